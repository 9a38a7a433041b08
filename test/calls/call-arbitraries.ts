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
const TAGS = ['vip', 'VIP', 'callback', 'a b', '100% sure', 'a_b\\c', 'MÜLLER GmbH'];
const NAMES = ['ServiceBot', 'Ωδός ΟΔΟΣ', 'Привет'];
const SPOKEN = ['Where is my invoice?', 'İstanbul ẞ Straße', `the ${LONG} end`, 'call 4155550148 back'];
const SEARCHES = [
  ...['155', '415-555', '+1 415', '(415) 555', '0148', '0014', '555 0148', '00141', 'tel:+1', '415555014800'],
  ...[
    'desk@',
    'SIP:',
    'vip',
    'CallBack',
    '100%',
    '%__',
    'a_b',
    'a.b',
    'b\\c',
    '\\\\\\',
    'müller',
    'MÜLLER GMBH',
  ],
  ...[
    'οδοσ',
    'ΟΔΌΣ',
    'привет',
    'servicebot',
    'INVOICE?',
    'straße',
    'stanbul',
    LONG,
    `${LONG}x`,
    'nowhere',
    '   ',
  ],
  ...['0\u001e0', "o'x", '"""', 'number 1', 'Asked', 'bot\nv', 'botvip'],
];
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
export const STAFF = ['staff-1', 'staff-2', 'staff-3', LONG, `${LONG}1`];
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
    assistant: fc.record({
      assistantId: fc.constantFrom(...LONG_TEXTS),
      name: fc.option(fc.constantFrom(...NAMES)),
    }),
    channelId: fc.constantFrom(...LONG_TEXTS),
    groups: fc.subarray(GROUPS),
    tags: fc.subarray(TAGS),
    metadata: jsonObject,
    ringingAt: fc.constantFrom(...TIMES),
    startedAt: fc.constantFrom(...TIMES),
    endedAt: fc.constantFrom(...TIMES),
    duration: fc.constantFrom(0, 1, 2, 60),
    recordings: fc.uuid().map((vendorId) => [{ system: 'BURKI', vendorId }]),
    transcripts: fc
      .tuple(fc.uuid(), fc.constantFrom(null, ...SPOKEN), fc.subarray(SPOKEN))
      .map(([vendorId, summary, lines]) => [
        { system: 'BURKI', vendorId, summary, lines: lines.map((text) => ({ speaker: 'AGENT', text })) },
      ]),
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
): FilterMembers => {
  const members = simpleMembers(times);
  const simple = fc
    .subarray(Object.keys(members) as (keyof typeof members)[], { maxLength: 2 })
    .chain((names) => {
      const chosen = names.map((name) => [name, members[name] as fc.Arbitrary<unknown>] as const);
      return fc.record(Object.fromEntries(chosen)) as fc.Arbitrary<Filter>;
    });
  const list = fc.array(simple, { maxLength: 3 });
  const nested = fc.oneof(
    simple,
    fc.record({ or: list }),
    fc.record({ and: list, status: fc.option(members.status) }),
    fc.record({ not: simple }),
    fc.record({ not: fc.record({ or: list, not: simple }) }),
  ) as fc.Arbitrary<Filter>;
  return {
    ...members,
    and: fc.array(nested, { maxLength: 2 }),
    or: fc.array(nested, { maxLength: 3 }),
    not: nested,
  };
};

const simpleMembers = (times: Record<'createdAt' | 'updatedAt', fc.Arbitrary<string>>) => ({
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
  occurredAt: range(fc.oneof(fc.constantFrom(...TIMES), times.createdAt)),
  hasVoiceCall: fc.boolean(),
  search: fc.constantFrom(...SEARCHES),
  staffUid: several(STAFF),
  clientUid: several(['client-1', 'client-2', LONG, `${LONG}1`]),
  hasRecording: fc.boolean(),
});
