import type { DeliveryInterest } from '../deliveries/delivery-match.js';
import type { EventInterest } from '../events/event-match.js';

/** What a subscription to rows that are not in the log is about, by the rows' kind. */
export interface RowInterests {
  deliveries: DeliveryInterest;
  events: EventInterest;
}

export type RowKind = keyof RowInterests;

export type RowInterest = { [Kind in RowKind]: { rows: Kind; interest: RowInterests[Kind] } }[RowKind];
