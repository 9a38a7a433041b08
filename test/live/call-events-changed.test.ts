import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { fromUUID } from 'typeid-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { toCallEventFilter } from '../../src/events/call-event-filter.input.js';
import { eventChangesQuery } from '../../src/live/events/event-changes.queries.js';
import { isEventFound } from '../../src/live/events/event-match.js';
import {
  assignCallEvent,
  by,
  createMatchRule,
  other,
  readEvent,
  recordCallEvent,
  session,
} from '../events/events.js';
import { givenCall } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { type Follower, followOver, TRANSPORTS, type Transport } from './followers.js';

const CHANGED = `subscription ($filter: CallEventFilter) {
  callEventsChanged(filter: $filter) { id match sessionId metadata calls { nodes { id } } }
}`;
const INBOX = { match: ['PENDING', 'AMBIGUOUS'] };

let gateway: TestGateway;
let organization: string;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  organization = `org-${randomUUID()}`;
  client = await gateway.client({ organization });
});
afterAll(() => gateway.close());

async function followed(
  filter: object | null = null,
  transport: Transport = 'ws',
  on = gateway,
): Promise<Follower> {
  const before = on.counts().admitted;
  const follower = followOver(transport, { url: on.url, token: client.token }, CHANGED, { filter });
  await on.subscribers(before + 1);
  onTestFinished(async () => {
    follower.stop();
    await on.subscribers(before);
  });
  return follower;
}

const short = ({ changes }: Follower) =>
  changes.map(({ match, metadata, calls }) => [
    match,
    metadata,
    calls.nodes.map(({ id }: { id: string }) => id),
  ]);
const record = async (input: object): Promise<string> =>
  (await recordCallEvent(client, { ...input })).event.id;

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('an event is sent as it comes, and as it is decided', async () => {
    const follower = await followed(null, transport);
    const name = other(randomUUID());
    const id = await record({ target: { call: by(name) }, metadata: { a: 1 } });
    await follower.until(1);
    expect(follower.changes[0]).toMatchObject({ id, match: 'PENDING' });
    const call = await givenCall(client, { references: [name] });
    await follower.until(2);
    expect(short(follower)).toEqual([
      ['PENDING', { a: 1 }, []],
      ['MATCHED', { a: 1 }, [call.id]],
    ]);
    expect((await readEvent(client, id)).match).toBe('MATCHED');
  });

  it('an inbox is sent what waits, and that it waits no longer; not what found its call at once', async () => {
    const call = await givenCall(client, { metadata: { case: 7 } });
    const second = await givenCall(client, { metadata: { case: 7 } });
    await createMatchRule(client, {
      name: 'case',
      metadataPath: ['case'],
      callField: 'METADATA',
      callMetadataPath: ['case'],
    });
    const inbox = await followed(INBOX, transport);
    const all = await followed(null, transport);
    await record({ target: { call: { id: call.id } }, metadata: { at: 'once' } });
    const ambiguous = await record({ metadata: { case: 7 } });
    await inbox.until(1);
    await assignCallEvent(client, ambiguous, { id: second.id });
    await inbox.until(2);
    expect(short(inbox)).toEqual([
      ['AMBIGUOUS', { case: 7 }, []],
      ['MATCHED', { case: 7 }, [second.id]],
    ]);
    await all.until(3);
    expect(all.changes.map(({ match }) => match)).toEqual(['MATCHED', 'AMBIGUOUS', 'MATCHED']);
  });

  it('requires a sign-in, and no more than CALLS_READ', async () => {
    const reader = await gateway.client({ organization, scopes: ['CALLS_READ'] });
    const sent = followOver(transport, { url: gateway.url, token: reader.token }, CHANGED);
    onTestFinished(() => sent.stop());
    await gateway.subscribers(1);
    await record({ target: { sessionId: 's' }, metadata: {} });
    await sent.until(1);
    const anonymous = followOver(transport, { url: gateway.url }, CHANGED);
    await anonymous.ended();
    expect(anonymous.changes).toEqual([]);
  });
});

it('nothing that is older, and nothing of another organization, is sent', async () => {
  await record({ target: { sessionId: 'before' }, metadata: {} });
  const follower = await followed();
  const unrelated = await gateway.client();
  await recordCallEvent(unrelated, { target: { sessionId: 'theirs' }, metadata: {} });
  await record({ target: { sessionId: 'now' }, metadata: {} });
  await follower.until(1);
  expect(follower.changes.map(({ sessionId }) => sessionId)).toEqual(['now']);
});

it('what another gateway records is sent', async () => {
  const second = await openGatewayOn(gateway.databaseUrl);
  onTestFinished(() => second.close());
  const follower = await followed(INBOX, 'sse', second);
  await record({ target: { sessionId: 's' }, metadata: { a: 1 } });
  await follower.until(1);
  expect(short(follower)).toEqual([['PENDING', { a: 1 }, []]]);
});

it('refuses a filter that callEvents refuses', async () => {
  const filter = { group: { kind: '', key: '1' } };
  const refused = followOver('ws', { url: gateway.url, token: client.token }, CHANGED, { filter });
  await refused.ended();
  const { errors } = await client.send(
    'query ($filter: CallEventFilter) { callEvents(filter: $filter) { totalCount } }',
    { filter },
  );
  expect(refused.errors).toMatchObject([
    { message: errors?.[0]?.message, extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

it('finds in memory what callEvents finds', async () => {
  const T = ['2024-01-15T10:00:00.000Z', '2024-01-15T10:00:00.001Z', '2024-01-16T10:00:00.000Z'];
  const GROUPS = [
    { kind: 'case', key: '1' },
    { kind: 'case', key: '2' },
  ];
  const call = await givenCall(client, { groups: [GROUPS[0]], references: [session('s1')] });
  for (const [index, eventTime] of T.entries()) {
    await record({ eventId: `e${index}`, target: { group: GROUPS[0] }, eventTime, metadata: {} });
    await record({ target: { group: GROUPS[1] }, eventTime, metadata: {} });
    await record({ target: { sessionId: `s${index}` }, eventTime, metadata: {} });
    await record({ target: { call: { id: call.id } }, eventTime, metadata: {} });
    await record({ eventTime, metadata: {} });
  }
  const { db } = gateway.database;
  const [owner] = await db.execute<{ id: string }>(
    sql`select organization_id as id from calls where id = ${uuidIn(call.id)}`,
  );
  const rows = await eventChangesQuery(db).execute({
    organization: owner?.id,
    time: new Date(0).toISOString(),
    id: '00000000-0000-0000-0000-000000000000',
  });
  expect(rows).toHaveLength(15);
  const members: Record<string, fc.Arbitrary<unknown>> = {
    match: fc.subarray(['PENDING', 'MATCHED', 'AMBIGUOUS']),
    sessionId: fc.constantFrom('s0', 's1', ' s2 ', 'none'),
    eventId: fc.constantFrom('e0', 'e2', 'none'),
    group: fc.constantFrom(...GROUPS, { kind: 'case', key: '3' }),
    eventTime: fc.record({ from: fc.constantFrom(...T), to: fc.constantFrom(...T) }, { requiredKeys: [] }),
  };
  const filters = fc
    .subarray(Object.keys(members), { maxLength: 2 })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, members[name] as fc.Arbitrary<unknown>]))),
    );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const { callEvents } = await client.ask(
        'query ($filter: CallEventFilter) { callEvents(filter: $filter, first: 200) { nodes { id } } }',
        { filter },
      );
      const listed = callEvents.nodes.map(({ id }: { id: string }) => id).toSorted();
      const judged = toCallEventFilter(
        JSON.parse(JSON.stringify(filter), (key, value) =>
          (key === 'from' || key === 'to') && typeof value === 'string' ? new Date(value) : value,
        ),
      );
      const inMemory = rows
        .filter((row) => isEventFound(judged, row))
        .map(({ id }) => fromUUID(id, 'call_event'));
      expect(inMemory.toSorted()).toEqual(listed);
      found += listed.length > 0 ? 1 : 0;
    }),
    { numRuns: Number(process.env.RUNS ?? 150) },
  );
  expect(found).toBeGreaterThan(10);
});
