import type { InstantRange } from '../foundation/ranges.js';
import type { CallChangeKind } from './call-change.enums.js';

export interface CallChangeFilter {
  kind?: CallChangeKind[];
  actor?: string[];
  recordedAt?: InstantRange;
}
