import { Badge } from '@mantine/core';
import type { CallFlowCommandStatus } from '../gql/graphql';
import { words } from '../ui/words';

const COLORS: Record<CallFlowCommandStatus, string> = {
  ACCEPTED: 'gray',
  RUNNING: 'orange',
  COMPLETED: 'blue',
  SKIPPED: 'gray',
  FAILED: 'red',
};

export const CommandStatus = ({ status }: { status: CallFlowCommandStatus }) => (
  <Badge variant="outline" size="sm" color={COLORS[status]} className="status-badge">
    {words(status)}
  </Badge>
);
