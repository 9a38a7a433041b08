import type { InstantRange, NumberRange } from '../../foundation/ranges.js';
import type { DeliveryState } from '../../vendors/delivery/delivery.enums.js';
import type { CallDirection, CallStatus, CallSystem } from '../call.enums.js';

export interface CallFilter {
  status?: CallStatus[];
  direction?: CallDirection[];
  system?: CallSystem[];
  from?: string;
  to?: string;
  customerNumber?: string;
  assistantId?: string;
  channelId?: string;
  group?: { kind: string; key: string };
  tags?: { anyOf?: string[]; allOf?: string[] };
  metadata?: MetadataFilter;
  createdAt?: InstantRange;
  updatedAt?: InstantRange;
  startedAt?: InstantRange;
  endedAt?: InstantRange;
  occurredAt?: InstantRange;
  /** Seconds. */
  duration?: NumberRange;
  hasVoiceCall?: boolean;
  search?: string;
  staffUid?: string[];
  clientUid?: string[];
  hasRecording?: boolean;
  deliveryState?: DeliveryState[];
  and?: CallFilter[];
  or?: CallFilter[];
  not?: CallFilter;
}

/** The filter and all that it is made of. */
export function filtersIn(filter: CallFilter): CallFilter[] {
  const { and = [], or = [], not } = filter;
  return [filter, ...[...and, ...or, ...(not === undefined ? [] : [not])].flatMap(filtersIn)];
}

/** Containment as Postgres defines it for jsonb: nested objects too, lists as sets. */
export interface MetadataFilter {
  contains?: Record<string, unknown>;
  anyOf?: Record<string, unknown>[];
  hasKeys?: string[];
}

export type CallOrderField = 'CREATED_AT' | 'STARTED_AT' | 'UPDATED_AT' | 'DURATION' | 'OCCURRED_AT';
export type OrderDirection = 'ASC' | 'DESC';

/** Null sorts last in both directions; equal values go by id, in the same direction. */
export interface CallOrder {
  field: CallOrderField;
  direction: OrderDirection;
}

export const NEWEST_FIRST: Readonly<CallOrder> = Object.freeze({ field: 'CREATED_AT', direction: 'DESC' });

export interface CallPosition {
  /** As text; null for a call without one. Absent in the order of creation, which is that of the ids. */
  value?: string | null;
  id: string;
}
