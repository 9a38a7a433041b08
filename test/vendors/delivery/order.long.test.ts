import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeliveryRow } from '../../../src/db/tables/deliveries.js';
import { claimDeliveries, settleDelivery } from '../../../src/vendors/delivery/delivery.store.js';
import type { Settlement } from '../../../src/vendors/delivery/delivery-failure.js';
import { givenCall, hangUpCall, mergeCallMetadata, replaceCallFlow } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { discard, replay } from './deliveries.js';
import { deepMerge, patch, shallowMerge, withoutRemoved } from './random-patches.js';
import { insertAccount } from './scripted-worker.js';

const CALLS = 8;
const WRITERS = 6;
const WRITES = 40;
const CLAIMERS = 4;
const KINDS = ['METADATA', 'EVENT', 'CALL_FLOW', 'HANG_UP'] as const;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
  await watchClaims();
});
afterAll(() => gateway.close());

const run = (statement: ReturnType<typeof sql>) => gateway.database.db.execute(statement);

/** Looks at each claim in its own transaction, where those of an account come one after another. */
async function watchClaims(): Promise<void> {
  await run(sql`create table faults (fault text)`);
  await run(sql`
    create function watch_claim() returns trigger language plpgsql as $$
    declare
      present timestamptz := clock_timestamp();
    begin
      if new.claim is distinct from old.claim and new.claim is not null then
        insert into faults select 'two live claims in a lane: ' || new.kind || ' beside ' || o.kind from deliveries o
        where o.account_id = new.account_id and o.lane = new.lane and o.id <> new.id and o.claimed_until > present;
        insert into faults select 'claimed from a live claim: ' || new.kind where old.claimed_until > present;
        insert into faults select 'a held one is claimed' where new.is_held;
      end if;
      if new.claim is distinct from old.claim and new.claim is not null or new.state = 'DELIVERED' then
        insert into faults select new.kind || ' overtakes one that is ' || o.state from deliveries o
        where o.account_id = new.account_id and o.lane = new.lane and o.kind = new.kind and o.position < new.position
          and o.state in ('PENDING', 'RETRYING', 'DEAD') and (o.state <> 'DEAD' or o.kind = 'EVENT')
          -- It held back nothing while it lacked something, and may be woken only now.
          and o.last_error is distinct from 'INCOMPLETE';
      end if;
      return null;
    end $$`);
  await run(
    sql`create trigger watch_claim after update on deliveries for each row execute function watch_claim()`,
  );
}

/** What a vendor has of each call, whichever way it merges. */
class Vendor {
  readonly shallow = new Map<string, unknown>();
  readonly deep = new Map<string, unknown>();

  send(call: string, metadata: Record<string, unknown>): void {
    this.shallow.set(call, shallowMerge(this.shallow.get(call), metadata));
    this.deep.set(call, deepMerge(this.deep.get(call), metadata));
  }
}

/** What happens to a claimed delivery, by a number from 0 to 99. */
function fateOf(drawn: number): Settlement | null {
  const settlement = (state: Settlement['state'], verdict: Settlement['verdict']): Settlement => ({
    ...{ state, verdict, error: state, delay: drawn },
  });
  if (drawn < 45) return settlement('DELIVERED', 'OK');
  if (drawn < 62) return settlement('RETRYING', 'NONE');
  if (drawn < 72) return settlement('RETRYING', 'LIMITED');
  if (drawn < 82) return settlement('INCOMPLETE', 'NONE');
  return drawn < 90 ? settlement('DEAD', 'OK') : null;
}

it.each([1, 2])(
  'deliveries keep their order and none is lost, whatever claims and writes come together (%i)',
  async (seed) => {
    const client = await gateway.client();
    const { viewer } = await client.ask('{ viewer { organization { id } } }');
    const organizationId = uuidIn(viewer.organization.id);
    const draws = fc.sample(fc.integer({ min: 0, max: 99 }), { seed, numRuns: 20_000 });
    const draw = () => draws.pop() ?? 0;
    const accounts = new Map<string, Vendor>();
    for (const system of ['BIRD', 'BURKI'] as const) {
      const given = { organizationId, system, kinds: [...KINDS], concurrency: 5 };
      accounts.set(await insertAccount(gateway.database, given), new Vendor());
    }
    const calls: string[] = [];
    for (const _ of numbers(CALLS)) calls.push((await givenCall(client, named())).id);

    let isOver = false;
    const writing = Promise.all(
      numbers(WRITERS).map((writer) => write(client, calls, draw, seed * 100 + writer)),
    );
    const claiming = Promise.all(
      numbers(CLAIMERS).map(async () => {
        while (!isOver) await claimSome(accounts, draw);
      }),
    );
    await Promise.race([writing, claiming]);
    await writing;
    isOver = true;
    await claiming;
    await finish(client, calls, accounts);

    expect([...(await run(sql`select fault, count(*) from faults group by fault`))]).toEqual([]);
    const states = await run(
      sql`select distinct state from deliveries where organization_id = ${organizationId}`,
    );
    const final = ['DELIVERED', 'SUPERSEDED', 'DISCARDED'];
    expect(states.filter(({ state }) => !final.includes(state as string))).toEqual([]);
    const ours = await run(sql`select id, metadata from calls where organization_id = ${organizationId}`);
    for (const { shallow, deep } of accounts.values()) {
      for (const { id, metadata } of ours) {
        const call = id as string;
        expect({ call, metadata: withoutRemoved(shallow.get(call) ?? {}) }).toEqual({ call, metadata });
        expect({ call, metadata: deep.get(call) ?? {} }).toEqual({ call, metadata });
      }
    }
  },
);

const named = () => ({
  references: ['BIRD', 'BURKI'].map((system) => ({ system, name: 'id', value: randomUUID() })),
});

async function write(client: Client, calls: string[], draw: () => number, seed: number): Promise<void> {
  for (const metadata of fc.sample(patch, { seed, numRuns: WRITES })) {
    const id = calls[draw() % CALLS] ?? '';
    const drawn = draw();
    const { errors } =
      drawn < 50
        ? await mergeCallMetadata(client, { call: { id }, metadata })
        : drawn < 80
          ? await recordEvent(client, id, metadata)
          : drawn < 95
            ? await replaceCallFlow(client, { call: { id }, commands: [{ say: { text: 'hello' } }] })
            : await hangUpCall(client, { id });
    // A call that was hung up takes no more flows.
    expect(errors.filter(({ code }: { code: string }) => code !== 'CALL_ENDED')).toEqual([]);
  }
}

const recordEvent = async (client: Client, id: string, metadata: object, eventTime = new Date()) =>
  (
    await client.ask(
      'mutation ($input: RecordCallEventInput!) { payload: recordCallEvent(input: $input) { errors { code message } } }',
      { input: { target: { call: { id } }, eventTime: eventTime.toISOString(), metadata } },
    )
  ).payload;

/** Now and then a claimer takes long, or goes away: its leases end, and then it sends nothing. */
async function claimSome(accounts: Map<string, Vendor>, draw: () => number, isLast = false): Promise<void> {
  const { db } = gateway.database;
  const isSlow = !isLast && draw() < 15;
  const claimed = await claimDeliveries(db, randomUUID(), isSlow ? 0.02 : 600, 1 + (draw() % 6));
  await Promise.all(
    claimed.map(async (row) => {
      if (isSlow) {
        await sleep(draw());
        if (draw() < 50)
          await settleDelivery(gateway.database, row, { state: 'RETRYING', verdict: 'NONE', error: 'late' });
        return;
      }
      const fate = fateOf(isLast ? 0 : draw());
      const isSent = fate === null || fate.state === 'DELIVERED' || draw() < 50;
      if (row.kind === 'METADATA' && isSent) {
        const [found] = await db.execute<{ metadata: Record<string, unknown> }>(sql`
          select outgoing_metadata(c.metadata, d.touched) as metadata from deliveries d
          join calls c on c.organization_id = d.organization_id and c.id = d.call_id
          where d.organization_id = ${row.organizationId} and d.id = ${row.id}`);
        accounts.get(row.accountId)?.send(row.callId ?? '', found?.metadata ?? {});
      }
      if (!isLast) await sleep(draw() % 10);
      // As if it had been killed: others take it over.
      if (fate === null) await expire(row);
      else await settleDelivery(gateway.database, row, fate);
    }),
  );
  if (claimed.length === 0) await sleep(5);
}

const expire = ({ organizationId, id }: DeliveryRow) =>
  run(
    sql`update deliveries set claimed_until = now() where organization_id = ${organizationId} and id = ${id}`,
  );

/** Every one can end now: what lacked something is woken by a change, and what was refused is sent again or given up. */
async function finish(client: Client, calls: string[], accounts: Map<string, Vendor>): Promise<void> {
  await run(sql`update vendor_accounts set rate = base_rate`);
  for (let round = 0; ; round += 1) {
    for (const id of calls) await mergeCallMetadata(client, { call: { id }, metadata: { round } });
    const { deliveries } = await client.ask(
      '{ deliveries(first: 200, filter: { state: [DEAD] }) { nodes { id kind } } }',
    );
    const dead = (isEvent: boolean): string[] =>
      deliveries.nodes
        .filter(({ kind }: { kind: string }) => (kind === 'EVENT') === isEvent)
        .map(({ id }: { id: string }) => id);
    if (dead(true).length > 0) expect((await discard(client, dead(true))).errors).toEqual([]);
    if (dead(false).length > 0) expect((await replay(client, dead(false))).errors).toEqual([]);
    await expect
      .poll(async () => {
        await run(
          sql`update deliveries set next_attempt_at = now() where state = 'RETRYING' and claim is null`,
        );
        await claimSome(accounts, () => 99, true);
        return (
          await run(
            sql`select kind, state, is_held from deliveries where state in ('PENDING', 'RETRYING', 'INCOMPLETE') limit 5`,
          )
        ).map((row) => row);
      })
      .toEqual([]);
    const { deliveries: left } = await client.ask('{ deliveries(filter: { state: [DEAD] }) { totalCount } }');
    if (left.totalCount === 0) return;
  }
}

it('a hang-up overtakes all that waits for its call', async () => {
  const client = await gateway.client();
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  const organizationId = uuidIn(viewer.organization.id);
  const account = await insertAccount(gateway.database, {
    organizationId,
    system: 'BIRD',
    kinds: [...KINDS],
  });
  const { id } = await givenCall(client, named());
  await mergeCallMetadata(client, { call: { id }, metadata: { a: 1 } });
  await recordEvent(client, id, { b: 1 });
  await hangUpCall(client, { id });
  const kinds: string[] = [];
  for (;;) {
    const [row, ...more] = (await claimDeliveries(gateway.database.db, randomUUID(), 600, 1_000)).filter(
      ({ accountId }) => accountId === account,
    );
    expect(more).toEqual([]);
    if (row === undefined) break;
    kinds.push(row.kind);
    await settleDelivery(gateway.database, row, { state: 'DELIVERED', verdict: 'OK', error: null });
  }
  expect(kinds[0]).toBe('HANG_UP');
  expect(kinds.toSorted()).toEqual(['EVENT', 'HANG_UP', 'METADATA']);
});

it('events that waited for their call are sent in the order of their times', async () => {
  const client = await gateway.client();
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  const organizationId = uuidIn(viewer.organization.id);
  await insertAccount(gateway.database, { organizationId, system: 'CREOVAI', kinds: ['EVENT'] });
  const sessionId = randomUUID();
  const order = numbers(60).map((n) => (n * 37) % 60);
  for (const n of order) {
    await client.ask(
      'mutation ($input: RecordCallEventInput!) { recordCallEvent(input: $input) { errors { code } } }',
      {
        input: { target: { sessionId }, eventTime: new Date(1.7e12 + n).toISOString(), metadata: { n } },
      },
    );
  }
  await givenCall(client, { references: [{ system: 'CREOVAI', name: 'sessionId', value: sessionId }] });
  const found = await run(sql`select e.metadata ->> 'n' as n from deliveries d
    join call_events e on e.organization_id = d.organization_id and e.id = d.event_id
    where d.organization_id = ${organizationId} and d.call_id is not null order by d.position`);
  expect(found.map(({ n }) => Number(n))).toEqual(numbers(60));
});
