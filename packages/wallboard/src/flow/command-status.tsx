import type { CallFlowCommandStatus } from '../gql/graphql';
import { ToneBadge } from '../ui/tone-badge';
import { words } from '../ui/words';

const COLORS: Record<CallFlowCommandStatus, string> = {
  ACCEPTED: 'gray',
  RUNNING: 'orange',
  COMPLETED: 'blue',
  SKIPPED: 'gray',
  FAILED: 'red',
};

export const CommandStatus = ({ status }: { status: CallFlowCommandStatus }) => (
  <ToneBadge color={COLORS[status]} size="sm">
    {words(status)}
  </ToneBadge>
);
