import type { Target } from '../../foundation/refusal.js';
import type { CallSystem } from '../call.enums.js';

export interface ReferenceValue {
  system: CallSystem;
  name: string;
  value: string;
}

/**
 * `id` is the uuid, `path` the argument that names the call, `label` its text as the client gave it, e.g. "reference
 * BURKI id 101".
 */
export type CallTarget = Target & ({ id: string } | { reference: ReferenceValue });
