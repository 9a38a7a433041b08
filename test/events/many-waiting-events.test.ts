import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidOf } from '../../src/graphql/ids.js';
import { canonical, type Json, mergePatch } from '../metadata/reference.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createMatchRule, other, recordCallEvent, session, upserted } from './events.js';

let gateway: TestGateway;
let client: Client;
let organization: string;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  await upserted(client, { references: [other('first')] });
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select organization_id as id from calls`,
  );
  organization = row?.id ?? '';
});
afterAll(() => gateway.close());

const NOON = Date.parse('2024-01-15T12:00:00.000Z');

/** Events that wait, as recordCallEvent would have left them, in a scattered order; the number of one is its place in time. */
async function waiting(
  count: number,
  { target, session: name = null, group = null, from = NOON }: Waiting,
  metadataOf: (number: number) => object = metadata,
): Promise<void> {
  const rows = upTo(count).map((index) => {
    const number = (index * 7919) % count;
    return { time: new Date(from + number).toISOString(), metadata: metadataOf(number) };
  });
  await gateway.database.db.execute(sql`
    insert into call_events (organization_id, id, actor, target, session_id, reference_system, reference_name,
      reference_value, group_id, event_time, arrival, metadata, match, created_at)
    select ${organization}::uuid, new_uuid(), 'vendor', ${target}::text, ${name}::text,
      case when ${name}::text is not null then 'CREOVAI' end,
      case when ${name}::text is not null then 'sessionId' end, ${name}::text, ${group}::uuid, r.time,
      nextval('patch_arrival'), r.metadata, 'PENDING', now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) r (time timestamptz, metadata jsonb)`);
}
interface Waiting {
  target: 'SESSION' | 'GROUP' | 'RULES';
  session?: string | null;
  group?: string | null;
  from?: number;
}

const metadata = (number: number) => ({
  [`own${number}`]: number,
  [`shared${number % 7}`]: number,
  nested: { [`k${number % 11}`]: number, gone: number % 3 === 0 ? null : number },
});
const foldOf = (numbers: number[]) =>
  canonical(numbers.reduce<Json>((all, number) => mergePatch(all, metadata(number)), {}));
const uuid = (id: string) => uuidOf('call', id) ?? '';
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

/** A call, its events by their match, and what its log says. */
async function stateOf(id: string) {
  const { call } = await client.ask(
    'query ($id: ID!) { call(id: $id) { metadata revision events(first: 200) { totalCount nodes { match } } history(first: 200) { totalCount nodes { kind revision } } } }',
    { id },
  );
  return call;
}

/** The metadata that the log tells of, change by change; each old value must be the one that was there. */
async function toldByLog(id: string): Promise<string> {
  const rows = await gateway.database.db.execute<{ was: object | null; became: object | null }>(sql`
    select h.old_values -> 'metadata' as was, h.new_values -> 'metadata' as became
    from call_changes h join calls c on c.id = h.call_id
    where h.call_id = ${uuid(id)} order by h.label, h.seq`);
  const told = new Map<string, unknown>();
  for (const { was, became } of rows) {
    for (const [key, value] of Object.entries(was ?? {})) {
      expect(told.get(key)).toEqual(value);
      told.delete(key);
    }
    for (const [key, value] of Object.entries(became ?? {})) told.set(key, value);
  }
  return canonical(Object.fromEntries(told) as Json);
}

async function faults(): Promise<unknown[]> {
  const rows = await gateway.database.db.execute(sql`
    select 'waits' as fault, count(*)::int from call_events where match = 'PENDING' having count(*) > 0
    union all
    select 'is due', count(*)::int from due_events having count(*) > 0
    union all
    select 'applied twice', count(*)::int from (
      select from call_changes where event_id is not null group by call_id, event_id having count(*) > 1) twice
    having count(*) > 0
    union all
    select 'not in the log', count(*)::int from (
      select event_id, call_id from call_event_calls except select event_id, call_id from call_changes) missing
    having count(*) > 0
    union all
    select 'no fold', count(*)::int from calls c where c.metadata <> coalesce((
      select metadata_fold(h.patch order by h.effective_at, h.arrival) from call_changes h
      where h.call_id = c.id and h.patch is not null), '{}') having count(*) > 0`);
  return [...rows];
}

it('lets in 1,500 events that waited for a session', async () => {
  await waiting(1_500, { target: 'SESSION', session: 'many' });
  const { id } = await upserted(client, { references: [session('many')] });
  const call = await stateOf(id);
  expect(canonical(call.metadata)).toBe(foldOf(upTo(1_500)));
  expect(call.events.totalCount).toBe(1_500);
  expect(call.history.totalCount).toBe(1_501);
  expect(await toldByLog(id)).toBe(foldOf(upTo(1_500)));
  // The upsert, with the first step, and one mutation for each further step: each a set of events, also on a slow machine.
  expect(call.revision).toBeGreaterThanOrEqual(3);
  expect(call.revision).toBeLessThan(50);
  expect(await faults()).toEqual([]);
}, 60_000);

it('lets in 1,200 events of a group that a call joins', async () => {
  const group = { kind: 'case', key: 'many' };
  await recordCallEvent(client, {
    target: { group },
    metadata: {},
    eventTime: new Date(NOON - 1).toISOString(),
  });
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select id from call_groups where key = 'many'`,
  );
  await waiting(1_200, { target: 'GROUP', group: row?.id ?? '' });
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => upserted(client, { references: [other(name)], groups: [group] })),
  );
  for (const { id } of [one, two]) {
    const call = await stateOf(id);
    expect(canonical(call.metadata)).toBe(foldOf(upTo(1_200)));
    expect(call.events.totalCount).toBe(1_201);
  }
  expect(await faults()).toEqual([]);
}, 60_000);

it('lets in 1,200 events that a new rule finds', async () => {
  const { id } = await upserted(client, { references: [other('by rule')], from: '+14155550199' });
  const withPhone = (number: number) => ({ ...metadata(number), phone: '+14155550199' });
  await waiting(1_200, { target: 'RULES', from: Date.now() - 60_000 }, withPhone);
  const { errors } = await createMatchRule(client, { name: 'r', metadataPath: ['phone'], callField: 'FROM' });
  expect(errors).toEqual([]);
  expect((await stateOf(id)).events.totalCount).toBe(1_200);
  expect(await faults()).toEqual([]);
}, 60_000);

it('lets in late events by the order of their times, and tells of each what it changed', async () => {
  const { id } = await upserted(client, {
    references: [other('late')],
    metadata: { shared0: 'late', nested: { k1: 'late' } },
  });
  await recordCallEvent(client, {
    target: { call: { reference: other('late') } },
    metadata: { shared1: 'between', nested: { k2: 'between' } },
    eventTime: new Date(NOON + 30).toISOString(),
  });
  await waiting(60, { target: 'SESSION', session: 'late' });
  await upserted(client, { references: [other('late'), session('late')] });
  const before = upTo(30).reduce<Json>((all, number) => mergePatch(all, metadata(number)), {});
  const between = mergePatch(before, { shared1: 'between', nested: { k2: 'between' } });
  const after = upTo(60)
    .slice(30)
    .reduce<Json>((all, number) => mergePatch(all, metadata(number)), between);
  const expected = canonical(mergePatch(after, { shared0: 'late', nested: { k1: 'late' } }));
  expect(canonical((await stateOf(id)).metadata)).toBe(expected);
  expect(await toldByLog(id)).toBe(expected);
  expect(await faults()).toEqual([]);
}, 60_000);

it('goes on with the next write where a process ended between two steps', async () => {
  const group = { kind: 'case', key: 'cut' };
  await recordCallEvent(client, { target: { group }, metadata: {} });
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select id from call_groups where key = 'cut'`,
  );
  await waiting(700, { target: 'GROUP', group: row?.id ?? '' });
  await waiting(700, { target: 'SESSION', session: 'cut' });
  const { id } = await upserted(client, { references: [other('cut')] });
  // What one step does, and then nothing.
  await gateway.database.db.execute(sql`
    with named as (
      insert into call_references (organization_id, call_id, system, name, value)
      values (${organization}, ${uuid(id)}, 'CREOVAI', 'sessionId', 'cut')
    ), member as (
      insert into call_group_members (organization_id, group_id, call_id)
      values (${organization}, ${row?.id ?? ''}, ${uuid(id)})
    )
    insert into due_events (organization_id, call_id, event_id)
    select organization_id, ${uuid(id)}, id from call_events where group_id = ${row?.id ?? ''}`);
  const [step] = await gateway.database.db.execute<{ is_left: boolean }>(sql`
    select is_left from admit_waiting_events(${organization}, ${sql.param([uuid(id)])}::uuid[], '{}', '{}', 'x', '{}', 262144)`);
  expect(step?.is_left).toBe(true);
  expect((await stateOf(id)).events.totalCount).toBeLessThanOrEqual(500);
  const again = Array.from({ length: 4 }, () => upserted(client, { references: [other('cut')] }));
  await Promise.all(again);
  expect((await stateOf(id)).events.totalCount).toBe(1_401);
  expect(await faults()).toEqual([]);
}, 60_000);
