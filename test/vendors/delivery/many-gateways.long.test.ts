import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { VendorRefusal } from '../../../src/vendors/request/vendor-client.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { createTestDatabase } from '../../support/postgres.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { openBurki } from '../../support/vendors/burki.js';
import { deliveriesOf, givenBurkiCall, merge } from './deliveries.js';
import { insertAccount, openScriptedWorker, type Script, type ScriptedWorker } from './scripted-worker.js';

const CONCURRENCY = 4;

let gateway: TestGateway;
let client: Client;
let organizationId: string;
const workers: ScriptedWorker[] = [];

beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
afterAll(() => gateway.close());
beforeEach(async () => {
  client = await gateway.client();
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  organizationId = uuidIn(viewer.organization.id);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

const account = (rate: number) =>
  insertAccount(gateway.database, {
    ...{ organizationId, system: 'BURKI', kinds: ['METADATA'] },
    ...{ rate, concurrency: CONCURRENCY },
  });

async function givenDeliveries(count: number): Promise<void> {
  for (const n of numbers(count)) await merge(client, (await givenBurkiCall(client)).id, { n });
}

/** Three, as in three gateways. */
function work(script: Script): void {
  for (const _ of numbers(3)) workers.push(openScriptedWorker(gateway.database, script));
}

const allDelivered = () =>
  vi.waitFor(
    async () => {
      const left = await gateway.database.db.execute(
        sql`select state from deliveries where organization_id = ${organizationId} and state <> 'DELIVERED' limit 1`,
      );
      expect([...left]).toEqual([]);
    },
    { timeout: 120_000, interval: 50 },
  );
const rateOf = async (id: string) =>
  (
    await gateway.database.db.execute<{ rate: number }>(
      sql`select rate from vendor_accounts where organization_id = ${organizationId} and id = ${id}`,
    )
  )[0]?.rate;

it('an account has as many requests under way as its concurrency allows, over all workers', async () => {
  await account(10_000);
  await givenDeliveries(60);
  let inFlight = 0;
  let most = 0;
  work(async () => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await sleep(30);
    inFlight -= 1;
    // Wakes the others too.
    gateway.database.signals.committed();
    return undefined;
  });
  await allDelivered();
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(CONCURRENCY);
  expect(workers.filter(({ tried }) => tried.length > 0).length).toBeGreaterThan(1);
  expect(workers.flatMap(({ failures }) => failures)).toEqual([]);
});

it('the rate of an account is that of all workers together', async () => {
  const rate = 20;
  await account(rate);
  await givenDeliveries(100);
  const times: number[] = [];
  work(() => void times.push(performance.now()));
  await allDelivered();
  // A claim comes before its request, which may come late: so a window may have some more than a second's burst.
  for (const seconds of [1, 2, 4]) {
    const most = Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + seconds * 1_000).length),
    );
    expect(most, `in ${seconds} s`).toBeLessThanOrEqual(rate * (seconds + 1) + CONCURRENCY);
  }
  const lasted = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(lasted).toBeGreaterThan((1_000 * (100 - rate - CONCURRENCY)) / rate - 500);
});

it('a 429 halves the rate, and successes bring it back', async () => {
  const id = await account(1_000);
  await givenDeliveries(1);
  let isLimited = true;
  work(() => {
    if (!isLimited) return undefined;
    isLimited = false;
    throw new VendorRefusal({ status: 429, text: '', retryAfter: null, requestId: null });
  });
  await vi.waitFor(async () => expect(await rateOf(id)).toBe(500), { timeout: 60_000, interval: 5 });
  await allDelivered();
  expect(await rateOf(id)).toBe(550);
  await givenDeliveries(12);
  await allDelivered();
  expect(await rateOf(id)).toBe(1_000);
});

it('a gateway with VENDORS=off sends nothing, and another one sends what it wrote', async () => {
  const burki = await openBurki();
  try {
    const { id } = await givenAccount(client, { system: 'BURKI', url: burki.url });
    burki.add({ id: 1, call_sid: 'CA1' });
    const { upsertCall } = await client.ask(
      'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { call { id } } }',
      { input: { references: [{ system: 'BURKI', name: 'id', value: '1' }] } },
    );
    await merge(client, upsertCall.call.id, { a: 1 });
    await sleep(2_500);
    expect(burki.requests).toEqual([]);
    expect(await deliveriesOf(client, upsertCall.call.id)).toMatchObject([
      { state: 'PENDING', attempts: 0, account: { id } },
    ]);
    const other = await openGatewayOn(gateway.databaseUrl);
    try {
      await allDelivered();
    } finally {
      await other.close();
    }
    expect(burki.calls.get(1)?.call_meta).toEqual({ a: 1 });
  } finally {
    await burki.close();
  }
});

it('without accounts a gateway makes no statement more, in a merge or while idle', async () => {
  const [withWorker, without] = await Promise.all([true, false].map(statementsOf));
  expect(without?.length).toBeGreaterThan(0);
  expect(withWorker).toEqual(without);
});

/** Of a merge and of two seconds after it; all, unlike `takeStatements`. */
async function statementsOf(vendors: boolean): Promise<string[]> {
  const { url, drop } = await createTestDatabase();
  const statements: string[] = [];
  const logger = { logQuery: (query: string) => void statements.push(query) };
  const own = await openGatewayOn(url, { vendors }, drop, 'warn', { logger });
  try {
    const caller = await own.client();
    const { id } = await givenBurkiCall(caller);
    await merge(caller, id, { a: 1 });
    statements.length = 0;
    await merge(caller, id, { a: 2 });
    await sleep(2_500);
    // Every half minute, and a second after a key is used.
    return statements.filter((query) => !/from event_admissions|"api_keys" set last_used_at/.test(query));
  } finally {
    await own.close();
  }
}
