import type { Target } from '../refusal.js';
import type { CallSystem } from './call.enums.js';

export interface ReferenceValue {
  system: CallSystem;
  name: string;
  value: string;
}

/**
 * Which call is meant, by our uuid or by a vendor's reference; `path` is the argument that says so, and `label` names
 * it in messages as the client did ("id call_01h…", "reference BURKI id 101").
 */
export type CallTarget = Target & ({ id: string } | { reference: ReferenceValue });
