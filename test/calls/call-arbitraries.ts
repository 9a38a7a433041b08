import fc from 'fast-check';
import type { Filter } from './reference-filter.js';

/** Different texts that are equal in an index. */
export const LONG = 'x'.repeat(256);
const ADDRESSES = [
  '+14155550148',
  '+1 415 555 0148',
  '0014155550148',
  'tel:+14155550148',
  'sip:desk@example.com',
  `sip:${LONG}1`,
  `sip:${LONG}2`,
];
const LONG_TEXTS = ['a', 'A', '', LONG, `${LONG}1`, `${LONG}2`, `${LONG}${'\u{1f4de}'.repeat(3)}`];
const TAGS = ['vip', 'VIP', 'callback', 'a b'];
const STATUSES = ['RINGING', 'IN_PROGRESS', 'COMPLETED', 'NO_ANSWER'];
const DIRECTIONS = ['INBOUND', 'OUTBOUND', 'INTERNAL', 'UNKNOWN'];
export const SYSTEMS = ['BURKI', 'CREOVAI', 'VCITA', 'BIRD', 'OTHER'];
const TIMES = [
  '2024-01-15T09:59:59.999Z',
  '2024-01-15T10:00:00Z',
  '2024-01-15T10:00:00.001Z',
  '0001-02-03T00:00:00Z',
];
export const GROUPS = [
  { kind: 'case', key: '1' },
  { kind: 'case', key: '2' },
  { kind: 'master', key: '1' },
];
const KEYS = ['a', 'b', 'c', '__proto__', LONG, `${LONG}y`];

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(1, 1.5, '1', 'x', true, null, [], {}),
    fc.array(tie('json'), { maxLength: 3 }),
    // Long enough for the lookup in a set.
    fc.array(fc.constantFrom<unknown>(0, -0, 1, 1.5, '1', 'x', true, null), { minLength: 9, maxLength: 12 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('json')), { maxLength: 2 }).map(Object.fromEntries),
  ),
}));
export const jsonObject = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), json), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

export const call = fc.record(
  {
    status: fc.constantFrom(...STATUSES),
    direction: fc.constantFrom(...DIRECTIONS),
    from: fc.constantFrom(...ADDRESSES),
    to: fc.constantFrom(...ADDRESSES),
    customerNumber: fc.constantFrom(...ADDRESSES),
    assistant: fc.constantFrom(...LONG_TEXTS).map((assistantId) => ({ assistantId })),
    channelId: fc.constantFrom(...LONG_TEXTS),
    groups: fc.subarray(GROUPS),
    tags: fc.subarray(TAGS),
    metadata: jsonObject,
    startedAt: fc.constantFrom(...TIMES),
    endedAt: fc.constantFrom(...TIMES),
    duration: fc.constantFrom(0, 1, 2, 60),
  },
  { requiredKeys: [] },
);

const range = (time: fc.Arbitrary<string>) =>
  fc.record({ from: fc.option(time), to: fc.option(time) }, { requiredKeys: [] });
const several = <T>(items: T[]) => fc.array(fc.constantFrom(...items), { maxLength: 4 });

export type FilterMembers = { [Member in keyof Required<Filter>]: fc.Arbitrary<Filter[Member]> };

/** One arbitrary per member of CallFilter; `times` are near those of the calls. */
export const filterMembers = (
  times: Record<'createdAt' | 'updatedAt', fc.Arbitrary<string>>,
): FilterMembers => ({
  status: several(STATUSES),
  direction: several(DIRECTIONS),
  system: several(SYSTEMS),
  from: fc.constantFrom(...ADDRESSES, 'nobody'),
  to: fc.constantFrom(...ADDRESSES),
  customerNumber: fc.constantFrom(...ADDRESSES),
  assistantId: fc.constantFrom(...LONG_TEXTS),
  channelId: fc.constantFrom(...LONG_TEXTS),
  group: fc.constantFrom(...GROUPS, { kind: 'case', key: 'unknown' }),
  tags: fc.record({ anyOf: fc.option(several(TAGS)), allOf: fc.option(several(TAGS)) }, { requiredKeys: [] }),
  metadata: fc.record(
    {
      contains: fc.option(jsonObject),
      anyOf: fc.option(fc.array(jsonObject, { maxLength: 3 })),
      hasKeys: fc.option(several([...KEYS, 'merged'])),
    },
    { requiredKeys: [] },
  ),
  createdAt: range(times.createdAt),
  updatedAt: range(times.updatedAt),
  startedAt: range(fc.constantFrom(...TIMES)),
  endedAt: range(fc.constantFrom(...TIMES)),
  duration: fc.record(
    { min: fc.option(fc.constantFrom(0, 1, 2, 61)), max: fc.option(fc.constantFrom(0, 1, 60)) },
    { requiredKeys: [] },
  ),
  hasVoiceCall: fc.boolean(),
});
