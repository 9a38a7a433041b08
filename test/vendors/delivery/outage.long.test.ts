import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { givenAccount, readAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import { merge } from './deliveries.js';

const CALLS = 20;
const WRITES = 200;

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let creovai: FakeCreovai;
let calls: { id: string }[];

beforeAll(async () => {
  gateway = await openTestGateway();
  burki = await openBurki();
  creovai = await openCreovai();
});
afterAll(async () => {
  await gateway.close();
  await burki.close();
  await creovai.close();
});
beforeEach(async () => {
  client = await gateway.client();
  calls = [];
  for (const id of numbers(CALLS)) {
    burki.add({ id });
    const references = [
      { system: 'BURKI', name: 'id', value: `${id}` },
      { system: 'CREOVAI', name: 'sessionId', value: `session-${id}` },
    ];
    calls.push(await givenCall(client, { references }));
  }
});

const callAt = (index: number): string => calls[index % CALLS]?.id ?? '';

const set = (account: string, values: ReturnType<typeof sql>) =>
  gateway.database.db.execute(sql`update vendor_accounts set ${values} where id = ${uuidIn(account)}`);
const open = async (account: string): Promise<number> => {
  const [row] = await gateway.database.db.execute<{
    open: number;
  }>(sql`select count(*)::integer as open from deliveries
    where account_id = ${uuidIn(account)} and state in ('PENDING', 'RETRYING', 'INCOMPLETE')`);
  return row?.open ?? 0;
};

async function metric(name: string, system: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', gateway.url))).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name}{system="${system}"} `));
  return Number(line?.split(' ')[1]);
}

const record = async (call: string, n: number) => {
  const input = { target: { call: { id: call } }, eventTime: new Date().toISOString(), metadata: { n } };
  const { payload } = await client.ask(
    'mutation ($input: RecordCallEventInput!) { payload: recordCallEvent(input: $input) { errors { message } } }',
    { input },
  );
  expect(payload.errors).toEqual([]);
};

it('while a vendor is away writes go on, its lag shows, it is probed once at a time, and then all arrives in order', async () => {
  const away = await givenAccount(client, { system: 'CREOVAI', url: creovai.url });
  const other = await givenAccount(client, { system: 'BURKI', url: burki.url });
  for (const { id } of [away, other]) await set(id, sql`rate = 500, base_rate = 500, concurrency = 8`);

  for (const n of numbers(WRITES)) await record(callAt(n), n);
  await expect.poll(() => open(away.id)).toBe(0);
  await expect.poll(() => open(other.id)).toBe(0);

  creovai.behave({ away: true });
  for (const n of numbers(WRITES)) await record(callAt(n), WRITES + n);

  await expect
    .poll(() => readAccount(client, away.id))
    .toMatchObject({
      state: 'FAILING',
      stateReason: expect.stringMatching(/^The vendor cannot be reached: /),
      pendingDeliveries: WRITES,
    });
  const lag = await metric('switchboard_delivery_lag_seconds', 'CREOVAI');
  expect(lag).toBeGreaterThan(0);
  await expect.poll(() => metric('switchboard_delivery_lag_seconds', 'CREOVAI')).toBeGreaterThan(lag);
  expect(await metric('switchboard_deliveries_pending', 'CREOVAI')).toBe(WRITES);
  expect(await metric('switchboard_vendor_accounts_failing', 'CREOVAI')).toBe(1);

  // Nothing of another account waits for this one.
  await expect.poll(() => open(other.id)).toBe(0);
  const arrived = burki.requests.length;
  for (const n of numbers(CALLS)) await merge(client, callAt(n), { n });
  await expect.poll(() => open(other.id)).toBe(0);
  expect(burki.requests.length).toBeGreaterThanOrEqual(arrived + CALLS);
  expect(await open(away.id)).toBe(WRITES);

  // A probe of before that fails late must not cost the minutes until the next one. The lock of the account's row would
  // keep claims from it, so it is not taken without need.
  const hasten = async () => {
    await gateway.database.db.execute(
      sql`update vendor_accounts set open_until = now() where id = ${uuidIn(away.id)} and open_until > now()`,
    );
    await dueNow(away.id);
  };
  // While the circuit is open there is no request, and there are requests when its time is over.
  for (const _ of numbers(3)) {
    await expect.poll(() => isOpen(away.id)).toBe(true);
    const knocks = creovai.knocks.length;
    const probed = async () => {
      await hasten();
      return creovai.knocks.length;
    };
    await expect.poll(probed, { interval: 250 }).toBeGreaterThan(knocks);
  }

  creovai.behave({});
  const drained = async () => {
    await hasten();
    return open(away.id);
  };
  await expect.poll(drained, { timeout: 300_000, interval: 250 }).toBe(0);
  expect(await readAccount(client, away.id)).toMatchObject({ state: 'ACTIVE', stateReason: null });
  expect(await metric('switchboard_delivery_lag_seconds', 'CREOVAI')).toBe(0);
  for (const id of numbers(CALLS)) {
    const sent = creovai.session(`session-${id}`)?.events.map(({ metadata }) => metadata.n);
    expect(sent).toEqual(numbers((2 * WRITES) / CALLS).map((n) => id + n * CALLS));
  }
  expect(creovai.mostInFlight()).toBe(1);
  expect([...creovai.violations, ...burki.violations]).toEqual([]);
});

/** Instead of the seconds until the next try. */
const dueNow = (account: string) =>
  gateway.database.db.execute(sql`update deliveries set next_attempt_at = now()
    where account_id = ${uuidIn(account)} and state = 'RETRYING' and claim is null and next_attempt_at > now()`);

/** Open again, and no probe is under way. */
async function isOpen(account: string): Promise<boolean> {
  const rows =
    await gateway.database.db.execute(sql`select from vendor_accounts a where id = ${uuidIn(account)}
    and open_until > now() and not exists (select from deliveries d where d.account_id = a.id and d.claim is not null)`);
  return rows.length === 1;
}
