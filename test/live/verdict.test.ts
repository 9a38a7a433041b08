import { describe, expect, it } from 'vitest';
import type { Delivered } from './subscriber.js';
import { FLAWLESS, judge, type Logged } from './verdict.js';

const LOG: Logged[] = [
  { id: 'one', call: 'a', revision: 1 },
  { id: 'two', call: 'b', revision: 1 },
  { id: 'three', call: 'a', revision: 2 },
];

const deliveries = (...ids: string[]): Delivered[] =>
  ids.map((id) => {
    const { call, revision } = LOG.find((row) => row.id === id) ?? { call: 'c', revision: 1 };
    return { id, cursor: id, revision, matches: true, call: { id: call, revision } };
  });

describe('a delivered change', () => {
  it.each([
    ['all of it, in order', ['one', 'two', 'three'], {}],
    ['nothing', [], { lost: 3 }],
    ['all but one', ['one', 'three'], { lost: 1 }],
    ['one of them twice', ['one', 'two', 'one', 'three'], { doubled: 1 }],
    ['two of them in the other order', ['two', 'one', 'three'], { disordered: 1 }],
    ['something else besides', ['one', 'two', 'no-op', 'three'], { foreign: 1 }],
  ])('%s is classified correctly', (_, ids, wrong) => {
    expect(judge(LOG, deliveries(...ids))).toEqual({ ...FLAWLESS, ...wrong });
  });

  it('a call that is older than its change is stale', () => {
    const late = deliveries('one', 'two', 'three').map((each) => ({
      ...each,
      call: { ...each.call, revision: 1 },
    }));
    expect(judge(LOG, late)).toEqual({ ...FLAWLESS, stale: 1 });
  });
});
