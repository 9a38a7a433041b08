import type { InstantRange, NumberRange } from '../ranges.js';
import type { VoiceCallDirection, VoiceCallStatus } from './voice-call.enums.js';

/** Every member given must hold; what is no condition is absent. */
export interface VoiceCallFilter {
  /** VOICEMAIL finds VOICEMAIL_RECEIVED too, and the other way round: they are two names of one thing. */
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
