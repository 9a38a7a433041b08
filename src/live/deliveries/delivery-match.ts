import type { DeliveryFilter } from '../../vendors/delivery/delivery-filter.values.js';
import type { ChangedDelivery } from './delivery-changes.queries.js';

/** A filter whose call has been found; its record may be joined into another later. */
export type DeliveryInterest = Omit<DeliveryFilter, 'call'> & { callId?: string };

export function isDeliveryFound(
  { state, kind, account, callId, createdAt: { from, to } = {} }: DeliveryInterest,
  delivery: Pick<ChangedDelivery, 'state' | 'kind' | 'accountId' | 'callId' | 'aliases' | 'createdAt'>,
): boolean {
  const { createdAt } = delivery;
  return (
    (state === undefined || state.includes(delivery.state)) &&
    (kind === undefined || kind.includes(delivery.kind)) &&
    (account === undefined || account === delivery.accountId) &&
    (callId === undefined || callId === delivery.callId || delivery.aliases.includes(callId)) &&
    (from === undefined || createdAt >= from) &&
    (to === undefined || createdAt < to)
  );
}
