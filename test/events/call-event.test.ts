import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { givenEvent, givenRule, uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: string;
let other: string;
let group: string;
let rule: string;
/** Event ids by kind. */
const events: Record<string, string> = {};
const TIME = new Date('2024-01-15T10:00:00.000Z');

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  const { database } = gateway;
  const made = await givenCall(client, { groups: [{ kind: 'case', key: '1' }] });
  call = made.id;
  other = (await givenCall(client)).id;
  const { node } = await client.ask('query ($id: ID!) { node(id: $id) { ... on Call { groups { id } } } }', {
    id: call,
  });
  group = node.groups[0].id;
  rule = await givenRule(database, call, { deletedAt: new Date() });
  const organizationId = await organization();
  events.session = await givenEvent(database, [call], {
    eventId: 'e1',
    sessionId: 's1',
    referenceSystem: 'CREOVAI',
    referenceName: 'sessionId',
    referenceValue: 's1',
    eventTime: TIME,
    metadata: { agent: { name: 'Kim' } },
  });
  events.reference = await givenEvent(database, [], {
    organizationId,
    target: 'CALL',
    referenceSystem: 'BIRD',
    referenceName: 'id',
    referenceValue: 'b1',
    eventTime: new Date(TIME.getTime() + 1),
  });
  events.group = await givenEvent(database, [call, other], {
    target: 'GROUP',
    groupId: uuidIn(group),
    eventTime: new Date(TIME.getTime() - 1),
  });
  events.matched = await givenEvent(database, [other], { target: 'RULES', matchedBy: uuidIn(rule) });
  events.ambiguous = await givenEvent(database, [], {
    organizationId,
    target: 'RULES',
    match: 'AMBIGUOUS',
  });
});
afterAll(() => gateway.close());

async function organization(): Promise<string> {
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select organization_id as id from calls where id = ${uuidIn(call)}`,
  );
  return row?.id ?? '';
}

const EVENT = `id eventId sessionId reference { system name value } group { id kind key } eventTime metadata match actor
  matchedBy { id name metadataPath callField callMetadataPath windowMinutes } calls { nodes { id } totalCount }`;

const read = async (id: string | undefined) =>
  (await client.ask(`query ($id: ID!) { node(id: $id) { ... on CallEvent { ${EVENT} } } }`, { id })).node;

describe('an event', () => {
  it('of a session shows the session, and no reference', async () => {
    expect(await read(events.session)).toEqual({
      id: events.session,
      eventId: 'e1',
      sessionId: 's1',
      reference: null,
      group: null,
      eventTime: TIME.toISOString(),
      metadata: { agent: { name: 'Kim' } },
      match: 'MATCHED',
      actor: 'test key',
      matchedBy: null,
      calls: { nodes: [{ id: call }], totalCount: 1 },
    });
  });

  it('that waits for a reference shows it', async () => {
    expect(await read(events.reference)).toMatchObject({
      sessionId: null,
      reference: { system: 'BIRD', name: 'id', value: 'b1' },
      match: 'PENDING',
      calls: { nodes: [], totalCount: 0 },
    });
  });

  it('of a group shows the group, and the calls that it was applied to', async () => {
    expect(await read(events.group)).toMatchObject({
      group: { id: group, kind: 'case', key: '1' },
      reference: null,
      calls: { nodes: [{ id: other }, { id: call }], totalCount: 2 },
    });
  });

  it('shows the rule that matched it, even if deleted, although no other query returns it', async () => {
    expect((await read(events.matched)).matchedBy).toEqual({
      id: rule,
      name: 'by number',
      metadataPath: ['caller'],
      callField: 'FROM',
      callMetadataPath: null,
      windowMinutes: 60,
    });
    expect((await client.ask('query ($id: ID!) { node(id: $id) { id } }', { id: rule })).node).toBeNull();
  });

  it('is listed at its calls, newest first', async () => {
    const { call: seen } = await client.ask(
      'query ($id: ID!) { call(id: $id) { events { nodes { id } totalCount } } }',
      { id: call },
    );
    expect(seen.events).toEqual({ nodes: [{ id: events.group }, { id: events.session }], totalCount: 2 });
  });

  it('is shown by the change that applied it', async () => {
    await gateway.database.db.execute(
      sql`update call_changes set event_id = ${uuidIn(events.session ?? '')} where call_id = ${uuidIn(call)}`,
    );
    const document = 'query ($id: ID!) { call(id: $id) { history { nodes { event { id eventId } } } } }';
    const changed = await client.ask(document, { id: call });
    expect(changed.call.history.nodes).toEqual([{ event: { id: events.session, eventId: 'e1' } }]);
    const unchanged = await client.ask(document, { id: other });
    expect(unchanged.call.history.nodes).toEqual([{ event: null }]);
  });
});

describe('events are found', () => {
  const found = async (filter: object | null): Promise<string[]> => {
    const { callEvents } = await client.ask(
      'query ($filter: CallEventFilter) { callEvents(filter: $filter) { nodes { id } totalCount } }',
      { filter },
    );
    expect(callEvents.totalCount).toBe(callEvents.nodes.length);
    return callEvents.nodes.map(({ id }: { id: string }) =>
      Object.keys(events).find((name) => events[name] === id),
    );
  };
  const ALL = ['ambiguous', 'matched', 'group', 'reference', 'session'];
  const at = (shift: number) => new Date(TIME.getTime() + shift).toISOString();

  it.each<[object | null, string[]]>([
    [null, ALL],
    [{}, ALL],
    [{ match: null, sessionId: null, eventId: null, group: null, eventTime: null }, ALL],
    [{ eventTime: {} }, ALL],
    [{ match: ['PENDING'] }, ['reference']],
    [{ match: ['AMBIGUOUS', 'PENDING', 'PENDING'] }, ['ambiguous', 'reference']],
    [{ match: ['MATCHED', 'AMBIGUOUS'] }, ['ambiguous', 'matched', 'group', 'session']],
    [{ match: [] }, []],
    [{ sessionId: 's1' }, ['session']],
    [{ sessionId: 'S1' }, []],
    [{ eventId: 'e1' }, ['session']],
    [{ group: { kind: 'case', key: '1' } }, ['group']],
    [{ group: { kind: 'case', key: '2' } }, []],
    [{ eventTime: { from: at(0), to: at(1) } }, ['session']],
    [{ eventTime: { to: at(1) } }, ['group', 'session']],
    [{ eventTime: { from: at(-1), to: at(2) }, match: ['MATCHED'] }, ['group', 'session']],
  ])('by %j', async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  it.each([
    ['filter.match', { match: new Array(101).fill('PENDING') }],
    ['filter.sessionId', { sessionId: '\0' }],
    ['filter.eventId', { eventId: 'x'.repeat(4097) }],
    ['filter.group.key', { group: { kind: 'case', key: '' } }],
  ])('by no filter that is wrong at %s', async (path, filter) => {
    const { errors } = await client.send(
      'query ($filter: CallEventFilter) { callEvents(filter: $filter) { totalCount } }',
      { filter },
    );
    expect(errors).toMatchObject([{ path: ['callEvents'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.message.startsWith(`${path}: `)).toBe(true);
  });
});
