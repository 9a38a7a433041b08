import type { CallTarget } from '../calls/call-target.js';
import type { Target } from '../refusal.js';

/** Which voice call is meant: by its own uuid, or as the voice call of a call. */
export type VoiceCallTarget = Target & ({ id: string } | { call: CallTarget });
