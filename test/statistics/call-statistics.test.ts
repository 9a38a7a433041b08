import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALL_DIMENSIONS, TIME_BUCKETS } from '../../src/statistics/call-dimension.enums.js';
import { call, filterMembers } from '../calls/call-arbitraries.js';
import { type Filter, finds, SEEN, type SeenCall } from '../calls/reference-filter.js';
import { createVoiceCall, givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import {
  COUNTED,
  type CountedCall,
  comparable,
  type Dimension,
  referenceFacet,
  referenceFigures,
} from './reference-figures.js';

const CALLS = 60;
/** Clocks that change, by an hour and by half of one, at midnight too; and one off the hour. */
const ZONES = [
  'UTC',
  'Europe/Lisbon',
  'america/new_york',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Pacific/Apia',
];
const TIMES = [
  '2024-03-10T06:59:59.999Z',
  '2024-03-10T07:00:00Z',
  '2024-03-31T00:59:59Z',
  '2024-03-31T01:30:00Z',
  '2024-10-27T00:30:00Z',
  '2024-10-27T01:30:00Z',
  '2024-10-05T15:20:00Z',
  '2024-04-06T14:40:00Z',
  '2024-04-06T15:10:00Z',
  '2018-11-04T02:59:59Z',
  '2018-11-04T03:30:00Z',
  '2011-12-30T10:00:00Z',
  '2023-12-31T23:30:00Z',
  '2024-01-01T00:00:00Z',
];

const more = fc.record(
  {
    vendorStatus: fc.constantFrom('busy', 'Busy', 'no-answer'),
    assistant: fc.constantFrom(
      { assistantId: '1', name: 'One' },
      { assistantId: '2' },
      { assistantId: 'ü', name: 'U' },
    ),
    channelId: fc.constantFrom('a', 'B', 'é'),
    startedAt: fc.constantFrom(...TIMES),
    ringingAt: fc.constantFrom(...TIMES),
    answeredAt: fc.constantFrom(...TIMES),
    duration: fc.nat(50),
    tags: fc.array(fc.constantFrom('vip', 'VIP', 'callback'), { maxLength: 4 }),
    metadata: fc.constantFrom<object>(
      { tier: 'gold', n: 1 },
      { tier: 'Gold', n: 1.5, list: ['x', 2] },
      { tier: true, n: { deep: 'gold' } },
      { tier: ['gold'] },
      { tier: null },
      {},
    ),
    cost: fc.record({
      total: fc.constantFrom('0.1', '0.2', '-0.05', '12345678901234567890.12345678901234567890'),
      currency: fc.constantFrom('USD', 'EUR'),
    }),
  },
  { requiredKeys: [] },
);
const STATUSES = ['ANSWERED_BY_STAFF', 'MISSED', 'VOICEMAIL', 'VOICEMAIL_RECEIVED'];
const NAMES = { BURKI: ['id', 'callSid'], CREOVAI: ['sessionId'], VCITA: ['uid'], BIRD: ['id'] };

type Counted = CountedCall & SeenCall;

let gateway: TestGateway;
let client: Client;
let all: Counted[];

beforeAll(async () => {
  gateway = await openTestGateway({ graphqlMaxFilterNodes: 100_000 });
  client = await gateway.client();
  const other = await gateway.client();
  const inputs = fc.sample(fc.tuple(call, more), { seed: 11, numRuns: CALLS });
  for (const [number, [common, own]] of inputs.entries()) {
    const references = Object.entries(NAMES)
      .filter((_, index) => (number >> index) % 2 === 1)
      .flatMap(([system, names]) => names.map((name) => ({ system, name, value: String(number) })));
    const named = references.length > 0 ? { references } : {};
    // The year 1, which others draw, has other clocks in each program.
    const { startedAt = null, ringingAt = null } = own;
    const input = { ...common, ...own, startedAt, ringingAt };
    const { id } = await givenCall(client, { ...input, ...named });
    await givenCall(other, input);
    if (number % 3 > 0) continue;
    const { errors } = await createVoiceCall(client, {
      call: { id },
      input: {
        staffUid: `staff-${number % 4}`,
        ...(number % 2 === 0 && { handledByStaffUid: `staff-${number % 5}` }),
        clientUid: 'c',
        fromNumber: '+14155550148',
        toNumber: '+14155550901',
        direction: 'INBOUND',
        status: STATUSES[(number / 3) % 4],
        rate: '0',
        provider: 'VONAGE',
        sourceId: `source ${number}`,
        externalUuid: `external ${number}`,
      },
    });
    expect(errors).toEqual([]);
  }
  const { calls } = await client.ask(`{ calls(first: 200) { nodes { ${SEEN} ${COUNTED} } } }`);
  all = calls.nodes;
  expect(all).toHaveLength(CALLS);
});
afterAll(() => gateway.close());

const FIGURES = `query ($filter: CallFilter, $by: [CallDimensionInput!], $timeZone: String!, $first: Int!) {
  callStatistics(filter: $filter, by: $by, timeZone: $timeZone, first: $first) {
    keys calls answered duration { sum average median p95 } costs { currency total }
  }
}`;
const figures = async (filter: unknown, by: Dimension[], timeZone = 'UTC', first = 1_000) =>
  (await client.ask(FIGURES, { filter, by, timeZone, first })).callStatistics;

const dimension: fc.Arbitrary<Dimension> = fc.oneof(
  fc.constantFrom(...CALL_DIMENSIONS).map((field) => ({ field })),
  fc.constantFrom(...TIME_BUCKETS).map((occurredAt) => ({ occurredAt })),
  fc
    .constantFrom<string[][]>(
      ['tier'],
      ['n'],
      ['n', 'deep'],
      ['list', '0'],
      ['list', '1'],
      ['__proto__'],
      ['a'],
    )
    .map((metadata) => ({ metadata })),
);
const seenTime = fc.constantFrom(...TIMES);
const MEMBERS = filterMembers({ createdAt: seenTime, updatedAt: seenTime });
const filter = fc
  .tuple(
    fc.record(
      Object.fromEntries(
        Object.entries(MEMBERS).map(([name, value]) => [name, value as fc.Arbitrary<unknown>]),
      ),
      { requiredKeys: [] },
    ),
    fc.subarray(Object.keys(MEMBERS), { maxLength: 1 }),
  )
  .map(
    ([members, names]) =>
      Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name))) as Filter,
  );

describe('figures', () => {
  it('of any filter, by any dimensions, in any time zone, are what the calls add up to', async () => {
    await fc.assert(
      fc.asyncProperty(
        filter,
        fc.array(dimension, { maxLength: 2 }),
        fc.constantFrom(...ZONES),
        async (wanted, by, timeZone) => {
          const found = all.filter((each) => finds(wanted, each));
          expect(comparable(await figures(wanted, by, timeZone))).toEqual(
            comparable(referenceFigures(found, by, timeZone)),
          );
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);

  it.each(CALL_DIMENSIONS)('by %s of all calls are those of each value', async (field) => {
    const found = await figures(null, [{ field }]);
    expect(comparable(found)).toEqual(comparable(referenceFigures(all, [{ field }], 'UTC')));
    expect(found.length).toBeGreaterThan(1);
  });

  it.each(['TAG', 'SYSTEM'])('by %s twice show which of them come together', async (field) => {
    const by = [{ field }, { field }];
    const found = await figures(null, by);
    expect(comparable(found)).toEqual(comparable(referenceFigures(all, by, 'UTC')));
    const apart = found.filter(({ keys: [one, other] }: { keys: string[] }) => one !== other);
    expect(apart.length).toBeGreaterThan(1);
  });

  it('by two values of the voice call read it once', async () => {
    const by = [{ field: 'STAFF' }, { field: 'VOICE_CALL_STATUS' }];
    gateway.takeStatements();
    expect(comparable(await figures(null, by))).toEqual(comparable(referenceFigures(all, by, 'UTC')));
    const [statement = ''] = gateway.takeStatements().filter((query) => query.includes('tally'));
    expect(statement.match(/join "voice_calls"/g)).toHaveLength(1);
  });

  it.each(ZONES)('by hour, day, week and month go by the calendar of %s', async (timeZone) => {
    for (const occurredAt of TIME_BUCKETS) {
      const found = await figures(null, [{ occurredAt }], timeZone);
      expect(comparable(found)).toEqual(comparable(referenceFigures(all, [{ occurredAt }], timeZone)));
    }
  });

  it('stop after so many rows, in the order of the keys', async () => {
    const by = [{ field: 'STAFF' }, { field: 'STATUS' }];
    const whole = await figures(null, by);
    expect(await figures(null, by, 'UTC', 3)).toEqual(whole.slice(0, 3));
  });

  it('of no calls are one row of zeros, or none by a dimension', async () => {
    expect(await figures({ channelId: 'nowhere' }, [])).toEqual([
      {
        keys: [],
        calls: 0,
        answered: 0,
        duration: { sum: 0, average: null, median: null, p95: null },
        costs: [],
      },
    ]);
    expect(await figures({ channelId: 'nowhere' }, [{ field: 'STATUS' }])).toEqual([]);
  });

  it("show what vcita's voice_call_stats shows", async () => {
    const rows = await figures({ hasVoiceCall: true }, [{ field: 'VOICE_CALL_STATUS' }]);
    const counts = Object.fromEntries(
      rows.map(({ keys: [status], calls }: { keys: string[]; calls: number }) => [status, calls]),
    );
    const statuses = all.flatMap(({ voiceCall }) => (voiceCall as CountedCall['voiceCall'])?.status ?? []);
    expect(counts.MISSED).toBe(statuses.filter((status) => status === 'MISSED').length);
    expect(counts.VOICEMAIL).toBe(statuses.filter((status) => status.startsWith('VOICEMAIL')).length);
    expect(counts.VOICEMAIL_RECEIVED).toBeUndefined();
  });

  it.each([
    [
      'timeZone: "Mars/Olympus" is not a time zone: expected a name like Europe/Lisbon.',
      { timeZone: 'Mars/Olympus' },
    ],
    ['timeZone: "+01:00" is not a time zone: expected a name like Europe/Lisbon.', { timeZone: '+01:00' }],
    ['first: first must be between 1 and 1000, not 0.', { first: 0 }],
    ['first: first must be between 1 and 1000, not 1001.', { first: 1_001 }],
    ['by: by must have 0 to 2 items, not 3.', { by: [1, 2, 3].map(() => ({ field: 'STATUS' })) }],
    ['by.0.metadata: metadata must have 1 to 10 items, not 0.', { by: [{ metadata: [] }] }],
    ['by.0.metadata.1: metadata.1 must not be empty.', { by: [{ metadata: ['a', ''] }] }],
    ['filter.duration.min: min must be 0 or more, not -1.', { filter: { duration: { min: -1 } } }],
  ])('are refused: %s', async (message, variables) => {
    const { data, errors } = await client.send(FIGURES, { timeZone: 'UTC', first: 1, ...variables });
    expect(data).toEqual({ callStatistics: null });
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each([[{ field: 'STATUS', occurredAt: 'DAY' }], [{}], [{ field: null }]])(
    'take exactly one member of a dimension, not %j',
    async (wrong) => {
      const { status, errors } = await client.send(FIGURES, { timeZone: 'UTC', first: 1, by: [wrong] });
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    },
  );

  it('have the sum of the durations up to what an Int holds, and no further, whatever else is asked', async () => {
    const busy = await gateway.client();
    const SUM = '{ viewer { name } callStatistics { calls duration { sum average } } }';
    await givenCall(busy, { duration: 2_147_483_646, tags: ['long'] });
    await givenCall(busy, { duration: 1 });
    const most = { sum: 2_147_483_647, average: 2_147_483_647 / 2 };
    expect((await busy.ask(SUM)).callStatistics).toEqual([{ calls: 2, duration: most }]);
    await givenCall(busy, { duration: 1 });
    const { status, data, errors } = await busy.send(SUM);
    expect(status).toBe(200);
    expect(data).toEqual({ viewer: { name: 'test key' }, callStatistics: null });
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^filter: finds calls of 2147483648 seconds in one row/),
        path: ['callStatistics', 0, 'duration', 'sum'],
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ]);
    const others = await busy.ask('{ callStatistics { calls duration { average median p95 } } }');
    expect(others.callStatistics).toMatchObject([{ calls: 3, duration: { median: 1 } }]);
    const bounded = await busy.ask(
      '{ callStatistics(filter: { tags: { allOf: ["long"] } }) { duration { sum } } }',
    );
    expect(bounded.callStatistics).toEqual([{ duration: { sum: 2_147_483_646 } }]);
  });

  it('of long times wait for each other, and all come', async () => {
    const asked = Array.from({ length: 12 }, () => figures(null, [{ field: 'STATUS' }]));
    const [first, ...others] = await Promise.all(asked);
    for (const each of others) expect(each).toEqual(first);
  });
});

const FACET = `query ($field: CallDimension!, $filter: CallFilter, $startsWith: String, $first: Int!) {
  callFacet(field: $field, filter: $filter, startsWith: $startsWith, first: $first) { value label calls }
}`;

describe('a facet', () => {
  it('of any dimension has its values, the most frequent first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CALL_DIMENSIONS),
        filter,
        fc.constantFrom(null, '', 'v', 'V', 'STAFF-', 'b', 'ü', '%'),
        fc.integer({ min: 1, max: 5 }),
        async (field, wanted, startsWith, first) => {
          const found = all.filter((each) => finds(wanted, each));
          const { callFacet } = await client.ask(FACET, { field, filter: wanted, startsWith, first });
          const shown = callFacet.map(({ label: _label, ...rest }: { label: string | null }) => rest);
          expect(shown).toEqual(referenceFacet(found, field, startsWith).slice(0, first));
        },
      ),
      { numRuns: 80 },
    );
  }, 60_000);

  it('of assistants shows the name that the newest call has', async () => {
    const named = await gateway.client();
    for (const name of ['Old', 'New', undefined])
      await givenCall(named, { assistant: { assistantId: '7', name } });
    const { callFacet } = await named.ask(FACET, { field: 'ASSISTANT', first: 9 });
    expect(callFacet).toEqual([{ value: '7', label: 'New', calls: 3 }]);
  });

  it.each([
    ['first: first must be between 1 and 1000, not 0.', { first: 0 }],
    ['startsWith: startsWith must not contain the character NUL (\\u0000).', { startsWith: '\0', first: 1 }],
  ])('is refused: %s', async (message, variables) => {
    const { errors } = await client.send(FACET, { field: 'STATUS', ...variables });
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
