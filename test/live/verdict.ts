import type { Delivered } from './subscriber.js';

export interface Verdict {
  lost: number;
  doubled: number;
  foreign: number;
  /** Delivered after a change that is later in the log, or after a later revision of the same call. */
  disordered: number;
  /** Delivered with a call that is older than the change, or with another call. */
  stale: number;
}

export interface Logged {
  id: string;
  call: string;
  revision: number;
}

export const FLAWLESS: Verdict = { lost: 0, doubled: 0, foreign: 0, disordered: 0, stale: 0 };

/** Compares what was delivered with the log, which is the truth. */
export function judge(log: readonly Logged[], delivered: readonly Delivered[]): Verdict {
  const positions = new Map(log.map(({ id }, position) => [id, position]));
  const seen = new Set<string>();
  const revisions = new Map<string, number>();
  const verdict = { ...FLAWLESS };
  let last = -1;
  for (const { id, revision, call, matches } of delivered) {
    const position = positions.get(id);
    const row = position === undefined ? undefined : log[position];
    if (position === undefined || row === undefined) {
      verdict.foreign += 1;
      continue;
    }
    if (seen.has(id)) {
      verdict.doubled += 1;
      continue;
    }
    seen.add(id);
    if (position <= last || row.revision <= (revisions.get(row.call) ?? 0)) verdict.disordered += 1;
    last = Math.max(last, position);
    revisions.set(row.call, row.revision);
    if (call.id !== row.call || revision !== row.revision || call.revision < row.revision || !matches)
      verdict.stale += 1;
  }
  verdict.lost = log.length - seen.size;
  return verdict;
}

export const summed = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce(
    (sum, each) => ({
      lost: sum.lost + each.lost,
      doubled: sum.doubled + each.doubled,
      foreign: sum.foreign + each.foreign,
      disordered: sum.disordered + each.disordered,
      stale: sum.stale + each.stale,
    }),
    FLAWLESS,
  );
