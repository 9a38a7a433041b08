import { expect, it } from 'vitest';
import {
  type CarriedChange,
  type Carrying,
  carriedBy,
} from '../../../packages/wallboard/src/call/deliveries/carried.js';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const change = (second: number, more: Partial<CarriedChange> = {}): CarriedChange => ({
  ...{
    id: `change ${second}`,
    kind: 'METADATA_MERGED',
    recordedAt: at(second),
    actor: 'key',
    actorType: 'API_KEY',
  },
  ...{ oldValues: {}, newValues: { metadata: {} }, ...more },
});
const delivery = (createdAt: number, newest: number, more: Partial<Carrying> = {}): Carrying => ({
  ...{ kind: 'METADATA', createdAt: at(createdAt), account: { name: 'Burki EU' } },
  ...{ change: { id: `change ${newest}`, recordedAt: at(newest) }, ...more },
});

/** The changes that a delivery carries, of these. */
const carried = (changes: CarriedChange[], one: Carrying) => {
  const found = carriedBy(changes.toReversed(), [one]);
  return changes.filter(({ id }) => found.get(id)?.includes(one)).map(({ id }) => id);
};

it('a delivery carries the changes of its kind from the one with which it was written to the newest', () => {
  const all = [1, 2, 3, 4, 5].map((second) => change(second));
  expect(carried(all, delivery(2, 4))).toEqual(['change 2', 'change 3', 'change 4']);
  expect(carried(all, delivery(3, 3))).toEqual(['change 3']);
  expect(carried(all.slice(2), delivery(2, 4))).toEqual(['change 3', 'change 4']);
});

it('it takes along no change of another kind, and none that its vendor has made', () => {
  const all = [
    change(1),
    change(2, { kind: 'UPDATED', newValues: { status: 'BUSY' } }),
    change(3, { actor: 'Burki EU', actorType: 'VENDOR_ACCOUNT' }),
    change(4, { newValues: { voiceCall: {} } }),
    change(5),
  ];
  expect(carried(all, delivery(1, 5))).toEqual(['change 1', 'change 5']);
  expect(carried(all, delivery(4, 4, { kind: 'VOICE_CALL' }))).toEqual(['change 4']);
  expect(carried(all, delivery(1, 1, { kind: 'EVENT', change: null }))).toEqual([]);
});
