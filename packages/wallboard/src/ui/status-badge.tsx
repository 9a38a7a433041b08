import type { CallStatus } from '../gql/graphql';
import { ToneBadge } from './tone-badge';
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
  <ToneBadge color={COLORS[status]}>{words(status)}</ToneBadge>
);
