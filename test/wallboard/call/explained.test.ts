import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conflicts,
  type Edits,
  edited,
  patchOf,
  withEdit,
} from '../../../packages/wallboard/src/call/metadata/edits.js';
import {
  isObject,
  isSame,
  type Json,
  merged,
  patchBetween,
  valueAt,
} from '../../../packages/wallboard/src/call/metadata/merge-patch.js';
import { explained, folded, inOrder, type Patch } from '../../../packages/wallboard/src/call/metadata/why.js';
import { mergePatch } from '../../../src/metadata/merge-patch.js';

const key = fc.constantFrom('a', 'b', 'c', '__proto__', '');
const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.constant(null)));
const members = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries): Json => Object.fromEntries(entries));
/** What metadata can be: no object has a null. */
const { metadata } = fc.letrec<{ value: unknown; metadata: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('metadata')),
  metadata: members(tie('value')),
}));
const { patch } = fc.letrec<{ value: unknown; patch: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.constant(null), tie('patch')),
  patch: members(tie('value')),
}));
const path = fc.array(key, { minLength: 1, maxLength: 3 });

const patches = fc
  .array(fc.record({ patch, effective: fc.nat(5), recorded: fc.nat(5) }), { maxLength: 8 })
  .chain((made) =>
    fc.shuffledSubarray(
      made.map(
        ({ patch: each, effective, recorded }, at): Patch => ({
          id: String(at),
          patch: each,
          patchOrder: `${effective} ${at}`,
          effectiveAt: `2026-01-01T00:00:0${effective}Z`,
          recordedAt: `2026-01-02T00:00:0${recorded}Z`,
        }),
      ),
      { minLength: made.length },
    ),
  );

/** As the gateway keeps patches whose changes it prunes: of each, what no later one of them sets, removes or replaces. */
function checkpointOf(pruned: readonly Patch[]): Patch[] {
  let later: Json = {};
  return inOrder(pruned)
    .toReversed()
    .flatMap((each) => {
      const left = uncovered(each.patch, later);
      later = covered(later, each.patch);
      return left === null ? [] : [{ ...each, patch: left }];
    });
}

function uncovered(given: Json, later: Json): Json | null {
  const above = new Map(Object.entries(later));
  const left = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    const over = above.get(name);
    if (over === true) return [];
    if (!isObject(value) || !isObject(over)) return [[name, value]];
    const within = uncovered(value, over);
    return within === null ? [] : [[name, within]];
  });
  return left.length === 0 ? null : Object.fromEntries(left);
}

function covered(later: Json, given: Json): Json {
  const above = new Map(Object.entries(later));
  for (const [name, value] of Object.entries(given)) {
    const over = above.get(name);
    if (over === true || !isObject(value)) above.set(name, true);
    else above.set(name, covered(isObject(over) ? over : {}, value));
  }
  return Object.fromEntries(above);
}

describe('a merge patch', () => {
  it('is merged as the gateway merges it', () => {
    fc.assert(
      fc.property(metadata, patch, (target, each) => {
        expect(merged(target, each)).toEqual(mergePatch(target, each));
      }),
    );
  });

  it('between two values makes the one of the other', () => {
    fc.assert(
      fc.property(metadata, metadata, (from, to) => {
        expect(isSame(merged(from, patchBetween(from, to)), to)).toBe(true);
        expect(patchBetween(to, to)).toEqual({});
      }),
    );
  });
});

describe('edits', () => {
  const edits = fc.array(fc.tuple(path, fc.option(fc.oneof(leaf, metadata), { nil: undefined })), {
    maxLength: 5,
  });
  const after = (begun: Json, all: [string[], unknown][]): Edits =>
    all.reduce<Edits>((done, [at, value]) => withEdit(begun, done, at, value), []);

  it('make the patch that turns the metadata into what is shown', () => {
    fc.assert(
      fc.property(metadata, edits, (begun, all) => {
        const done = after(begun, all);
        expect(isSame(merged(begun, patchOf(begun, done)), edited(begun, done))).toBe(true);
        expect(conflicts(begun, done)).toEqual([]);
      }),
    );
  });

  it('keep what others change elsewhere', () => {
    const begun = { mine: 1, theirs: 1 };
    const done = withEdit(begun, [], ['mine'], 2);
    const now = { mine: 1, theirs: 2, new: true };
    expect(conflicts(now, done)).toEqual([]);
    expect(patchOf(now, done)).toEqual({ mine: 2 });
  });

  it('conflict where others have changed the same place to something else', () => {
    const done = withEdit({ a: { b: 1 } }, [], ['a', 'b'], 2);
    expect(conflicts({ a: { b: 3 } }, done)).toEqual(done);
    expect(conflicts({}, done)).toEqual(done);
    expect(conflicts({ a: { b: 2 } }, done)).toEqual([]);
  });
});

describe('why a value is so', () => {
  it('folds to the value that the metadata has', () => {
    fc.assert(
      fc.property(patches, path, (all, at) => {
        const whole = [...all]
          .sort((one, other) => (one.patchOrder < other.patchOrder ? -1 : 1))
          .reduce<Json>((done, each) => mergePatch(done, { ...each.patch }), {});
        expect(folded(all)).toEqual(whole);
        expect(explained(all, at).at(-1)?.after).toEqual(valueAt(whole, at));
      }),
    );
  });

  it('is the same where old patches are gone but for what still counts of them', () => {
    fc.assert(
      fc.property(patches, fc.nat(8), path, (all, gone, at) => {
        // Some of them, whenever they count: the gateway prunes them in the order in which they came.
        const left = [...checkpointOf(all.slice(0, gone)), ...all.slice(gone)];
        expect(folded(left)).toEqual(folded(all));
        expect(explained(left, at).at(-1)?.after).toEqual(valueAt(folded(all), at));
      }),
    );
  });

  it('is decided by the last patch that changes the value: without the later ones it is the same', () => {
    fc.assert(
      fc.property(patches, path, (all, at) => {
        const steps = explained(all, at);
        const deciding = steps.find(({ isDeciding }) => isDeciding);
        if (deciding === undefined) {
          expect(valueAt(folded(all), at)).toBeUndefined();
          return;
        }
        const upTo = all.filter(({ patchOrder }) => patchOrder <= deciding.patch.patchOrder);
        const before = upTo.filter((each) => each !== deciding.patch);
        expect(valueAt(folded(upTo), at)).toEqual(valueAt(folded(all), at));
        expect(valueAt(folded(before), at)).toEqual(deciding.before);
        expect(isSame(deciding.before, deciding.after)).toBe(false);
      }),
    );
  });

  it('names what was overridden, and what came late', () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
    const all = [
      { id: 'late', patchOrder: '1', patch: { stage: 'open' }, effectiveAt: at(1), recordedAt: at(9) },
      { id: 'deciding', patchOrder: '2', patch: { stage: 'closed' }, effectiveAt: at(2), recordedAt: at(3) },
      { id: 'elsewhere', patchOrder: '3', patch: { other: 1 }, effectiveAt: at(4), recordedAt: at(4) },
      { id: 'same', patchOrder: '4', patch: { stage: 'closed' }, effectiveAt: at(5), recordedAt: at(5) },
    ];
    expect(explained(all, ['stage']).map(({ patch: { id }, ...step }) => ({ id, ...step }))).toEqual([
      { id: 'late', before: undefined, after: 'open', isDeciding: false, isLate: true },
      { id: 'deciding', before: 'open', after: 'closed', isDeciding: true, isLate: false },
      { id: 'same', before: 'closed', after: 'closed', isDeciding: false, isLate: false },
    ]);
  });
});
