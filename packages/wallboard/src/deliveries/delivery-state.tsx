import type { DeliveryState } from '../gql/graphql';
import { ToneBadge } from '../ui/tone-badge';
import { words } from '../ui/words';

const COLORS: Record<DeliveryState, string> = {
  PENDING: 'cyan',
  RETRYING: 'orange',
  DELIVERED: 'green',
  DELIVERED_DIFFERENT: 'yellow',
  DEAD: 'red',
  SUPERSEDED: 'gray',
  EXPIRED: 'red',
  INCOMPLETE: 'grape',
  DISCARDED: 'gray',
};

export const DELIVERY_STATES = Object.keys(COLORS) as DeliveryState[];

/** Those that can be sent again: replayDeliveries of the schema. */
export const REPLAYABLE: readonly DeliveryState[] = ['DEAD', 'EXPIRED', 'DISCARDED'];

export const DeliveryStateBadge = ({ state }: { state: DeliveryState }) => (
  <ToneBadge color={COLORS[state]}>{words(state)}</ToneBadge>
);
