import { useEffect, useState } from 'react';

/** The rows of the table: those of the list, and for a while those that have left it. */
export interface ShownRows {
  /** Of the list that they are of. */
  key: string | null;
  live: readonly string[];
  ids: readonly string[];
  /** Fade, or wait until the reader has let go of the table. */
  left: ReadonlySet<string>;
  /** Have just come. */
  entered: ReadonlySet<string>;
  /** Have entered, and wait until the reader has let go of the table. */
  held: number;
}

export interface Live {
  key: string | null;
  ids: readonly string[];
  /** Whether the newest comes first, so that what enters has a place by its id. */
  isNewestFirst: boolean;
}

const NONE: ReadonlySet<string> = new Set();
export const NO_ROWS: ShownRows = { key: null, live: [], ids: [], left: NONE, entered: NONE, held: 0 };

/** Milliseconds that a row which has left takes to fade: see calls.css. */
export const FADE = 500;

/** What to show after a change of the list. Rows that are held stay where they are, and only later pages are added. */
export function nextRows(
  before: ShownRows,
  { key, ids: live, isNewestFirst }: Live,
  isHeld: boolean,
): ShownRows {
  if (before.key !== key) return { ...NO_ROWS, key, live, ids: live };
  if (isHeld) return heldRows(before, live, isNewestFirst);
  const shown = new Set(before.ids);
  const listed = new Set(live);
  const last = before.live.at(-1);
  const isPage = (id: string) => (isNewestFirst ? last === undefined || id < last : true);
  const entered = new Set(live.filter((id) => !shown.has(id) && !isPage(id)));
  const left = new Set(before.ids.filter((id) => !listed.has(id)));
  const ids = left.size === 0 ? live : isNewestFirst ? merged(live, [...left]) : live;
  return { key, live, ids, left: isNewestFirst ? left : NONE, entered, held: 0 };
}

function heldRows(before: ShownRows, live: readonly string[], isNewestFirst: boolean): ShownRows {
  const shown = new Set(before.ids);
  const listed = new Set(live);
  const last = before.ids.at(-1);
  const isPage = (id: string) => !isNewestFirst || last === undefined || id < last;
  const missing = live.filter((id) => !shown.has(id));
  const pages = missing.filter(isPage);
  return {
    ...before,
    live,
    ids: pages.length === 0 ? before.ids : [...before.ids, ...pages],
    left: new Set(before.ids.filter((id) => !listed.has(id))),
    entered: NONE,
    held: missing.length - pages.length,
  };
}

/** Both with the newest first, which is the order of ids. */
function merged(one: readonly string[], other: readonly string[]): string[] {
  const all: string[] = [];
  let [at, next] = [0, 0];
  while (at < one.length || next < other.length) {
    const [left, right] = [one[at], other[next]];
    if (right === undefined || (left !== undefined && left > right)) {
      if (left !== undefined) all.push(left);
      at += 1;
    } else {
      all.push(right);
      next += 1;
    }
  }
  return all;
}

/** @param isHeld while the reader points at the table or has a row in focus: nothing moves then */
export function useShownRows(live: Live, isHeld: boolean): { rows: ShownRows; release(): void } {
  const [{ rows, wasHeld }, setShown] = useState({ rows: NO_ROWS, wasHeld: isHeld });
  const change = (next: (before: ShownRows) => Partial<ShownRows>) =>
    setShown((before) => ({ ...before, rows: { ...before.rows, ...next(before.rows) } }));
  // While drawing, so that what is old by now is not drawn first.
  if (rows.key !== live.key || rows.live !== live.ids || wasHeld !== isHeld) {
    setShown({ rows: nextRows(rows, live, isHeld), wasHeld: isHeld });
  }

  const isFading = !isHeld && rows.left.size > 0;
  useEffect(() => {
    if (!isFading) return;
    const timer = setTimeout(() => change(({ live: ids }) => ({ ids, left: NONE })), FADE);
    return () => clearTimeout(timer);
  }, [isFading]);

  return { rows, release: () => change(({ live: ids }) => ({ ids, left: NONE, held: 0 })) };
}
