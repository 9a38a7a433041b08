import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCall } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { numbers } from '../support/numbers.js';
import { assignCallEvent, joinCalls, other, past, readEvent, recordCallEvent } from './events.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const STEP = 500;
const CALLS = 1_200;

/** A group's event that counts in more calls than one step takes it out of. */
async function givenEvent(client: Client, name: string) {
  const group = { kind: 'case', key: name };
  const ids: string[] = [];
  for (let at = 0; at < CALLS; at += 400) {
    const inputs = numbers(400).map((n) => ({
      references: [other(`${name}-${at + n}`)],
      groups: [group],
      metadata: { own: 1 },
    }));
    const { upsertCalls } = await client.ask(
      'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } } }',
      { inputs },
    );
    ids.push(...upsertCalls.map(({ call }: { call: { id: string } }) => call.id));
  }
  const { event } = await recordCallEvent(client, {
    target: { group },
    eventTime: past(1),
    metadata: { grouped: 1 },
  });
  await expect.poll(() => counted(event.id)).toBe(CALLS);
  return { event, ids };
}

/** In how many calls it counts: by their metadata and by the log, which must agree. */
async function counted(event: string): Promise<number> {
  const [row] = await gateway.database.db.execute<{ shown: number; logged: number }>(sql`
    select count(*) filter (where c.metadata ? 'grouped')::integer as shown, count(h.call_id)::integer as logged
    from call_event_calls a
    join calls c on c.organization_id = a.organization_id and c.id = a.call_id
    left join lateral (
      select h.call_id from call_changes h join calls r on r.organization_id = h.organization_id and r.id = h.call_id
      where h.organization_id = a.organization_id and (r.id = c.id or r.joined_into = c.id)
        and h.event_id = a.event_id and h.patch is not null limit 1
    ) h on true
    where a.event_id = ${uuidIn(event)}`);
  expect(row?.shown).toBe(row?.logged);
  return row?.shown ?? 0;
}

/** As a gateway does that is killed after the first step. Whether it would have gone on. */
async function dismissAndDie(event: string): Promise<boolean | undefined> {
  const [row] = await gateway.database.db.execute<{ is_left: boolean }>(sql`
    select d.is_left from call_events e, dismiss_call_event(e.organization_id, e.id, 'test key') d
    where e.id = ${uuidIn(event)}`);
  return row?.is_left;
}

const dismiss = (client: Client, id: string) =>
  client.ask(
    'mutation ($id: ID!) { payload: dismissCallEvent(id: $id) { event { match } errors { code } } }',
    {
      id,
    },
  );

it('an event is taken out of many calls step by step, each once', async () => {
  const client = await gateway.client();
  const { event, ids } = await givenEvent(client, 'steps');
  const { payload } = await dismiss(client, event.id);
  expect(payload).toEqual({ event: { match: 'DISMISSED' }, errors: [] });
  await expect.poll(() => counted(event.id), { timeout: 60_000 }).toBe(0);
  for (const id of [ids[0], ids[STEP], ids.at(-1)]) {
    const { metadata, history } = await readCall(client, id as string);
    expect(metadata).toEqual({ own: 1 });
    expect(history.nodes.filter(({ kind }: { kind: string }) => kind === 'EVENT_DISMISSED')).toHaveLength(1);
  }
  const left = await gateway.database.db.execute(sql`
    select from event_admissions where event_id = ${uuidIn(event.id)}`);
  expect(left).toHaveLength(0);
});

it('the steps that a killed gateway has left are taken by another, also of a call that was joined meanwhile', async () => {
  const client = await gateway.client();
  const { event, ids } = await givenEvent(client, 'killed');
  expect(await dismissAndDie(event.id)).toBe(true);
  expect(await dismissAndDie(event.id)).toBe(true);
  expect(await counted(event.id)).toBe(CALLS - STEP);
  const [first, last] = [ids.toSorted()[0], ids.toSorted().at(-1)] as [string, string];
  await joinCalls(client, { id: first }, { id: last });
  const next = await openGatewayOn(gateway.databaseUrl);
  await expect.poll(() => counted(event.id), { timeout: 60_000 }).toBe(0);
  await next.close();
  expect(await dismissAndDie(event.id)).toBe(false);
  expect(await readCall(client, first)).toMatchObject({ metadata: { own: 1 } });
});

it('an event that is not yet taken out of all its calls is before it is assigned to one', async () => {
  const client = await gateway.client();
  const { event, ids } = await givenEvent(client, 'assigned');
  await dismissAndDie(event.id);
  const chosen = ids.at(-1) as string;
  const { errors } = await assignCallEvent(client, event.id, { id: chosen });
  expect(errors).toEqual([]);
  expect(await counted(event.id)).toBe(1);
  expect(await readCall(client, chosen)).toMatchObject({ metadata: { own: 1, grouped: 1 } });
  expect(await readEvent(client, event.id)).toMatchObject({ match: 'MATCHED' });
  const [row] = await gateway.database.db.execute<{ left: number }>(sql`
    select count(*)::integer as left from calls c where c.metadata ? 'grouped'
      and c.organization_id = (select organization_id from call_events where id = ${uuidIn(event.id)})`);
  expect(row?.left).toBe(1);
});
