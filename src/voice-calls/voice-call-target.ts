import type { CallTarget } from '../calls/reference/call-target.values.js';
import type { Target } from '../foundation/refusal.js';

export type VoiceCallTarget = Target & ({ id: string } | { call: CallTarget });
