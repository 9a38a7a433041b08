import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createMatchRule, joinCalls, other, recordCallEvent, session, upserted } from './events.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** What should not be: by the tables, whatever made it so. */
async function faults(): Promise<unknown[]> {
  const rows = await gateway.database.db.execute(sql`
    select 'stuck' as fault, e.id from call_events e
    join call_references r on r.organization_id = e.organization_id and r.system = e.reference_system
      and r.name = e.reference_name and r.value = e.reference_value
    where e.match <> 'MATCHED'
    union all
    select 'missing of a session', e.id from call_events e
    join call_references r on r.organization_id = e.organization_id and r.system = e.reference_system
      and r.name = e.reference_name and r.value = e.reference_value
    where not exists (select from call_event_calls a where a.event_id = e.id and a.call_id = r.call_id)
    union all
    select 'missing of a group', e.id from call_events e
    join call_group_members m on m.organization_id = e.organization_id and m.group_id = e.group_id
    where e.match <> 'MATCHED' or not exists (
      select from call_event_calls a where a.event_id = e.id and a.call_id = m.call_id)
    union all
    select 'applied twice to one record', h.call_id from call_changes h
    where h.event_id is not null group by h.call_id, h.event_id having count(*) > 1
    union all
    select 'in the log and not applied', h.id from call_changes h join calls c on c.id = h.call_id
    where h.event_id is not null and not exists (
      select from call_event_calls a where a.event_id = h.event_id and a.call_id = coalesce(c.joined_into, c.id))
    union all
    select 'of a joined record', a.event_id from call_event_calls a join calls c on c.id = a.call_id
    where c.joined_into is not null
    union all
    select 'of no fold', c.id from calls c where c.joined_into is null and c.metadata <> coalesce((
      select metadata_fold(h.patch order by h.effective_at, h.arrival)
      from calls f join call_changes h on h.call_id = f.id and h.patch is not null
      where f.id = c.id or f.joined_into = c.id), '{}')`);
  return [...rows];
}

const past = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const groupOf = (name: number) => ({ kind: 'case', key: `group ${name}` });

/** Few names, so that they meet. */
const name = fc.nat({ max: 2 });
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('upsert' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('member' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('session' as const), name, of: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('group' as const), name, of: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), name, of: fc.nat({ max: 4 }) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Expected refusals (a reference of another call, a call that is not there yet, two that are one) are no concern here. */
async function perform({ do: what, name: number, of }: Operation): Promise<void> {
  const metadata = { [`k${of}`]: `${what} ${number}`, shared: of };
  const reference = { reference: other(`call ${of}`) };
  if (what === 'session' || what === 'group') {
    const target = what === 'group' ? { group: groupOf(number) } : { sessionId: `session ${number}` };
    const { errors } = await recordCallEvent(client, { target, metadata, eventTime: past(of) });
    expect(errors).toEqual([]);
  } else if (what === 'merge') {
    await client.ask(
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) { errors { code } } }',
      { call: reference, metadata },
    );
  } else if (what === 'join') {
    await joinCalls(client, reference, { reference: other(`call ${number}`) });
  } else {
    await client.ask(
      'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { code } } }',
      {
        input: {
          references: [other(`call ${of}`), ...(what === 'upsert' ? [session(`session ${number}`)] : [])],
          ...(what === 'member' && { groups: [groupOf(number)] }),
          metadata,
        },
      },
    );
  }
}

describe('calls and events that come at once', () => {
  it('never miss each other: no application is missing, and none waits that has a call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 8, maxLength: 24 }), async (operations) => {
        client = await gateway.client();
        await Promise.all(operations.map(perform));
        expect(await faults()).toEqual([]);
      }),
      { numRuns: 8 },
    );
    expect(gateway.log).toEqual([]);
  }, 120_000);

  it('meet when an event and the upsert that brings its call are sent in one moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const key = `round ${round}`;
      await Promise.all([
        recordCallEvent(client, { target: { sessionId: key }, metadata: { a: 1 } }),
        upserted(client, { references: [session(key)] }),
        recordCallEvent(client, { target: { group: { kind: 'case', key } }, metadata: { b: 1 } }),
        upserted(client, { references: [other(key)], groups: [{ kind: 'case', key }] }),
      ]);
    }
    expect(await faults()).toEqual([]);
    const { calls } = await client.ask('{ calls(first: 200) { nodes { metadata } } }');
    expect(calls.nodes.map(({ metadata }: { metadata: object }) => metadata)).toEqual(
      expect.arrayContaining([{ a: 1 }, { b: 1 }]),
    );
    expect(
      calls.nodes.filter(({ metadata }: { metadata: object }) => Object.keys(metadata).length !== 1),
    ).toEqual([]);
  });

  it('meet in a group that is known, when events and calls come to it in one moment', async () => {
    await upserted(client, { references: [other('first')], groups: [groupOf(0)] });
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        ['a', 'b', 'c', 'd'].flatMap((letter) => [
          upserted(client, { references: [other(`${letter}${round}`)], groups: [groupOf(0)] }),
          recordCallEvent(client, { target: { group: groupOf(0) }, metadata: { [`${letter}${round}`]: 1 } }),
        ]),
      );
    }
    expect(await faults()).toEqual([]);
    const { callGroup } = await client.ask(
      '{ callGroup(group: { kind: "case", key: "group 0" }) { calls(first: 200) { nodes { metadata } } } }',
    );
    const sizes = callGroup.calls.nodes.map(
      ({ metadata }: { metadata: object }) => Object.keys(metadata).length,
    );
    expect(sizes).toEqual(Array.from({ length: 33 }, () => 32));
  }, 60_000);

  it('meet by a rule, also when the rule is made in the same moment', async () => {
    for (let round = 0; round < 12; round += 1) {
      const number = `+1415555${1000 + round}`;
      const path = [`key${round}`];
      await Promise.all([
        createMatchRule(client, { name: number, metadataPath: path, callField: 'FROM' }),
        recordCallEvent(client, { metadata: { [`key${round}`]: number } }),
        upserted(client, { references: [other(number)], from: number }),
      ]);
    }
    const { callEvents } = await client.ask(
      '{ callEvents(first: 200) { nodes { match calls { totalCount } } } }',
    );
    expect(callEvents.nodes).toEqual(
      Array.from({ length: 12 }, () => ({ match: 'MATCHED', calls: { totalCount: 1 } })),
    );
    expect(gateway.log).toEqual([]);
  });
});
