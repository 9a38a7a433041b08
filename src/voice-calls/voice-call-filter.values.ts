import type { OrderDirection } from '../calls/filter/call-filter.values.js';
import type { InstantRange, NumberRange } from '../foundation/ranges.js';
import type { VoiceCallDirection, VoiceCallStatus } from './voice-call.enums.js';

export interface VoiceCallFilter {
  status?: VoiceCallStatus[];
  direction?: VoiceCallDirection[];
  staffUid?: string[];
  clientUid?: string[];
  handledByStaffUid?: string[];
  fromNumber?: string;
  toNumber?: string;
  createdAt?: InstantRange;
  updatedAt?: InstantRange;
  /** The call's. */
  occurredAt?: InstantRange;
  /** Seconds. */
  duration?: NumberRange;
  search?: string;
}

export type VoiceCallOrderField = 'CREATED_AT' | 'UPDATED_AT' | 'DURATION';

/** Null sorts last in both directions; equal values go by id, in the same direction. */
export interface VoiceCallOrder {
  field: VoiceCallOrderField;
  direction: OrderDirection;
}

export interface VoiceCallList {
  filter: VoiceCallFilter;
  order: VoiceCallOrder;
}
