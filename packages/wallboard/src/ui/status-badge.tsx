import { Badge } from '@mantine/core';
import type { CallStatus } from '../gql/graphql';
import { words } from './words';

const COLORS: Record<CallStatus, string> = {
  SCHEDULED: 'grape',
  QUEUED: 'grape',
  STARTING: 'cyan',
  RINGING: 'orange',
  IN_PROGRESS: 'green',
  COMPLETED: 'blue',
  NO_ANSWER: 'red',
  VOICEMAIL: 'violet',
  BUSY: 'red',
  CANCELED: 'gray',
  FAILED: 'red',
  UNKNOWN: 'gray',
};

export const StatusBadge = ({ status }: { status: CallStatus }) => (
  <Badge variant="outline" color={COLORS[status]} className="status-badge">
    {words(status)}
  </Badge>
);
