import type { InstantRange, NumberRange } from '../ranges.js';
import type { CallDirection, CallStatus, CallSystem } from './call.enums.js';

/** Every member given must hold; what is no condition is absent. */
export interface CallFilter {
  status?: CallStatus[];
  direction?: CallDirection[];
  /** The systems one of which has a name for the call. */
  system?: CallSystem[];
  /** Numbers and addresses are compared exactly. */
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
  /** Seconds. */
  duration?: NumberRange;
  hasVoiceCall?: boolean;
}

/** Containment as Postgres defines it for jsonb: nested objects too, lists as sets. */
export interface MetadataFilter {
  contains?: Record<string, unknown>;
  anyOf?: Record<string, unknown>[];
  /** Top-level keys, all of them. */
  hasKeys?: string[];
}

export type CallOrderField = 'CREATED_AT' | 'STARTED_AT' | 'UPDATED_AT' | 'DURATION';
export type OrderDirection = 'ASC' | 'DESC';

/** Null comes last in both directions; ties go by id in the same direction. */
export interface CallOrder {
  field: CallOrderField;
  direction: OrderDirection;
}

export const NEWEST_FIRST: Readonly<CallOrder> = Object.freeze({ field: 'CREATED_AT', direction: 'DESC' });

/** Where a call stands in a list: the value that the list is ordered by, as text, and its id. */
export interface CallPlace {
  /** Null for a call without one; absent in the order of creation, which is that of the ids. */
  value?: string | null;
  id: string;
}
