import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createMatchRule, other, recordCallEvent, session, upserted } from './events.js';
import { faults } from './faults.js';
import { addWaiting, allLetIn, countOf, organizationOf, PLAIN, plainFold } from './waiting.js';

let gateway: TestGateway;
let client: Client;
let organization: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  organization = await organizationOf(gateway, client);
});
afterAll(() => gateway.close());

async function readCall(id: string) {
  const { call } = await client.ask(
    `query ($id: ID!) { call(id: $id) { metadata revision events { totalCount }
      history(first: 1) { totalCount nodes { kind revision newValues } } } }`,
    { id },
  );
  return call;
}

const upsertAll = async (inputs: object[]) => {
  const { upsertCalls } = await client.ask(
    'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { code } } }',
    { inputs },
  );
  expect(upsertCalls).toEqual(inputs.map(() => ({ errors: [] })));
};

const groupOf = (key: string) => ({ kind: 'case', key });
async function groupId(key: string): Promise<string> {
  const [row] = await gateway.database.db.execute<{ id: string }>(
    sql`select id from call_groups where organization_id = ${organization} and key = ${key}`,
  );
  return row?.id ?? '';
}

describe('1,500 events', () => {
  it('for one session are admitted by the upsert that brings its call, as one change of it', async () => {
    await addWaiting(gateway, { organization, count: 1500, session: 'many', metadata: PLAIN });
    const { id } = await upserted(client, { references: [session('many')] });
    await allLetIn(gateway);
    expect(await countOf(client, 'MATCHED')).toBe(1500);
    const { metadata, revision, events, history } = await readCall(id);
    expect(metadata).toEqual(plainFold(1500));
    expect([events.totalCount, history.totalCount]).toEqual([1500, 1501]);
    expect(history.nodes[0]).toMatchObject({
      kind: 'EVENT_APPLIED',
      revision,
      newValues: { metadata: { last: 1500 } },
    });
    expect(await faults(gateway)).toEqual([]);
  });

  it('that are older than the upsert’s metadata do not change its keys', async () => {
    await addWaiting(gateway, { organization, count: 1500, session: 'late', metadata: PLAIN });
    const { id } = await upserted(client, {
      references: [session('late')],
      metadata: { last: 'said by the upsert', key1: { deep: true }, key2: null },
    });
    await allLetIn(gateway);
    const { metadata, history } = await readCall(id);
    const { key2: _, ...expected } = {
      ...plainFold(1500),
      last: 'said by the upsert',
      key1: { deep: true },
    } as Record<string, unknown>;
    expect(metadata).toEqual(expected);
    expect(history.totalCount).toBe(1501);
    expect(await faults(gateway)).toEqual([]);
  });
});

describe('a group', () => {
  it('with a thousand events applies them all to a call that joins it', async () => {
    await recordCallEvent(client, { target: { group: groupOf('events') }, metadata: { first: true } });
    await addWaiting(gateway, { organization, count: 1000, group: await groupId('events'), metadata: PLAIN });
    const { id } = await upserted(client, { references: [other('joins')], groups: [groupOf('events')] });
    await allLetIn(gateway);
    const { metadata, history } = await readCall(id);
    expect(metadata).toEqual({ ...plainFold(1000), first: true });
    expect(history.totalCount).toBe(1002);
    expect(await faults(gateway)).toEqual([]);
  });

  it('of 2,100 calls applies an event in several steps, once to each call', async () => {
    const name = groupOf('members');
    await upserted(client, { references: [other('first')], groups: [name] });
    const members = await groupId('members');
    await gateway.database.db.execute(sql`
      with made as (
        insert into calls (organization_id, id, direction, status, tags, metadata, flow_revision, revision, change_label,
          created_at, updated_at)
        select ${organization}::uuid, new_uuid(), 'INBOUND', 'UNKNOWN', '{}', '{}', 0, 1, 0, now(), now()
        from generate_series(1, 2099) returning organization_id, id
      )
      insert into call_group_members (organization_id, group_id, call_id) select organization_id, ${members}::uuid, id from made`);
    const { event } = await recordCallEvent(client, { target: { group: name }, metadata: { told: 1 } });
    expect(event.match).toBe('MATCHED');
    expect(event.calls.totalCount).toBeGreaterThan(0);
    await allLetIn(gateway);
    const { calls } = await client.ask(
      '{ calls(filter: { metadata: { contains: { told: 1 } } }) { totalCount } }',
    );
    expect(calls.totalCount).toBe(2100);
    expect(await faults(gateway)).toEqual([]);
  });

  it('with 30 events applies them in several steps to 200 calls that join at once', async () => {
    await recordCallEvent(client, { target: { group: groupOf('batch') }, metadata: { first: true } });
    await addWaiting(gateway, { organization, count: 30, group: await groupId('batch'), metadata: PLAIN });
    await upsertAll(
      Array.from({ length: 200 }, (_, index) => ({
        references: [other(`${index}`)],
        groups: [groupOf('batch')],
        metadata: { own: index },
      })),
    );
    await allLetIn(gateway);
    const { calls } = await client.ask(
      '{ calls(filter: { metadata: { contains: { last: 30, first: true } } }) { totalCount } }',
    );
    expect(calls.totalCount).toBe(200);
    expect(await faults(gateway)).toEqual([]);
  });
});

describe('a new rule', () => {
  it('is tried on 5,000 waiting events in steps; each is decided once, and the others keep waiting for it', async () => {
    const caller = sql`jsonb_build_object('caller', '+1212555' || 1000 + n % 1000, 'seen', true)`;
    await addWaiting(gateway, { organization, count: 5000, metadata: caller });
    await upsertAll(
      ['+12125551001', '+12125551002', '+12125551002'].map((from, index) => ({
        references: [other(`${index}`)],
        from,
      })),
    );
    const { matchRule, errors } = await createMatchRule(client, {
      name: 'caller',
      metadataPath: ['caller'],
      callField: 'FROM',
    });
    expect(errors).toEqual([]);
    await allLetIn(gateway);
    expect(
      await Promise.all(['MATCHED', 'AMBIGUOUS', 'PENDING'].map((match) => countOf(client, match))),
    ).toEqual([5, 5, 4990]);
    const { id } = await upserted(client, { references: [other('late')], from: '+12125551999' });
    const { events, metadata } = await readCall(id);
    expect([events.totalCount, metadata.seen]).toEqual([5, true]);
    const { callEvents } = await client.ask(
      '{ callEvents(filter: { match: [MATCHED] }) { nodes { matchedBy { id } } } }',
    );
    expect(callEvents.nodes).toEqual(Array.from({ length: 10 }, () => ({ matchedBy: { id: matchRule.id } })));
    expect(await faults(gateway)).toEqual([]);
  });

  it('that is deleted while it is being tried stops', async () => {
    await addWaiting(gateway, {
      organization,
      count: 4500,
      metadata: sql`jsonb_build_object('caller', '+12125551001')`,
    });
    const { payload } = await client.ask(
      `mutation { payload: createMatchRule(input: { name: "caller", metadataPath: ["caller"], callField: FROM }) {
        matchRule { id } } }`,
    );
    const { deleted } = await client.ask(
      'mutation ($id: ID!) { deleted: deleteMatchRule(id: $id) { errors { code } } }',
      {
        id: payload.matchRule.id,
      },
    );
    expect(deleted.errors).toEqual([]);
    await allLetIn(gateway);
    await upserted(client, { references: [other('1')], from: '+12125551001' });
    expect(await countOf(client, 'PENDING')).toBe(4500);
  });
});
