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
  /** Seconds. */
  duration?: NumberRange;
}
