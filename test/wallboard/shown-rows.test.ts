import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_ROWS, nextRows, type ShownRows } from '../../packages/wallboard/src/calls/shown-rows.js';

/** Ids of calls, newest first. */
const list = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 })
  .map((numbers) =>
    numbers.sort((one, other) => other - one).map((n) => `call_${String(n).padStart(2, '0')}`),
  );

const steps = fc.array(fc.tuple(list, fc.boolean()), { minLength: 1, maxLength: 6 });

function shown(
  lists: [string[], boolean][],
  isNewestFirst: boolean,
  each?: (...seen: Seen) => void,
): ShownRows {
  let rows = NO_ROWS;
  for (const [ids, isHeld] of lists) {
    const before = rows;
    rows = nextRows(before, { key: 'all', ids, isNewestFirst }, isHeld);
    each?.(before, rows, ids, isHeld);
  }
  return rows;
}
type Seen = [before: ShownRows, after: ShownRows, ids: string[], isHeld: boolean];

it('while they are held, rows stay where they are, and what is missing is counted', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (lists, isNewestFirst) => {
      shown(lists, isNewestFirst, (before, after, ids, isHeld) => {
        if (before.key === null || !isHeld) return;
        expect(after.ids.slice(0, before.ids.length)).toEqual(before.ids);
        expect(new Set(after.ids).size).toBe(after.ids.length);
        expect(after.held).toBe(ids.filter((id) => !after.ids.includes(id)).length);
        expect([...after.left]).toEqual(before.ids.filter((id) => !ids.includes(id)));
      });
    }),
  );
});

it('as soon as they are not held, rows are those of the list, and what has left fades in its place', () => {
  fc.assert(
    fc.property(steps, list, (lists, ids) => {
      const rows = shown([...lists, [ids, false]], true);
      expect(rows.ids.filter((id) => !rows.left.has(id))).toEqual(ids);
      expect(rows.ids).toEqual([...rows.ids].sort().reverse());
      expect(rows.held).toBe(0);
    }),
  );
});

it('another list replaces all rows at once', () => {
  fc.assert(
    fc.property(steps, list, fc.boolean(), (lists, ids, isHeld) => {
      const rows = nextRows(shown(lists, true), { key: 'other', ids, isNewestFirst: true }, isHeld);
      expect(rows).toMatchObject({ ids, held: 0, key: 'other' });
      expect([rows.left.size, rows.entered.size]).toEqual([0, 0]);
    }),
  );
});
