import type { ContenderName } from './contenders.js';

/** What Switchboard must reach: its requests a second divided by another's, at least. */
export const RATIOS: Record<string, Partial<Record<ContenderName, number>>> = {
  'call-by-id': { limit: 0.75, 'default-stack': 2.2, mercurius: 0.95, postgraphile: 1.5 },
  'nested-list': { limit: 0.7, 'default-stack': 3.5, mercurius: 1.5, postgraphile: 1.6 },
  'metadata-filter': { limit: 0.75, 'default-stack': 2.5, mercurius: 1.2 },
  merge: { limit: 0.7, 'default-stack': 1.8 },
  'update-voice-call': { limit: 0.7, 'default-stack': 1.5 },
  'replace-call-flow': { limit: 0.7, 'default-stack': 1.5 },
  'record-call-event': { limit: 0.7, 'default-stack': 1.5 },
};

/** The slowest hundredth, at most so many times the limit's. */
export const P99 = 2.5;
/** MB under load, at most. */
export const MEMORY = 300;
/** The time of 200 calls a page, at most so many times what the line through 1 and 50 calls predicts. */
export const LINEAR = 1.3;
/** The longest time over all sizes of the database, at most so many times the shortest. */
export const FLAT = 1.5;

/** Something that was promised. */
export interface Verdict {
  what: string;
  found: number;
  target: number;
  kept: boolean;
}

export const atLeast = (what: string, found: number, target: number): Verdict => ({
  what,
  found,
  target,
  kept: found >= target,
});

export const atMost = (what: string, found: number, target: number): Verdict => ({
  what,
  found,
  target,
  kept: found <= target,
});
