import { spelling } from '../foundation/spelling.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';

/** Bird does not list its words; keys as `spelling` gives them. */
const WORDS: Readonly<Record<string, CallFlowCommandStatus>> = {
  accepted: 'ACCEPTED',
  running: 'RUNNING',
  started: 'RUNNING',
  starting: 'RUNNING',
  ongoing: 'RUNNING',
  inprogress: 'RUNNING',
  executing: 'RUNNING',
  completed: 'COMPLETED',
  complete: 'COMPLETED',
  done: 'COMPLETED',
  finished: 'COMPLETED',
  succeeded: 'COMPLETED',
  skipped: 'SKIPPED',
  canceled: 'SKIPPED',
  cancelled: 'SKIPPED',
  failed: 'FAILED',
  error: 'FAILED',
  rejected: 'FAILED',
};

/** By a vendor's word; null for one that is not known. */
export function commandStatusOf(word: string): CallFlowCommandStatus | null {
  const key = spelling(word);
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? null) : null;
}
