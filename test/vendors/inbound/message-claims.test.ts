import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { claimMessages } from '../../../src/vendors/inbound/inbound-message.store.js';
import { uuidIn } from '../../support/events.js';
import { openTestGateway, type TestGateway } from '../../support/gateway.js';
import { givenMessage } from '../../support/messages.js';
import { numbers } from '../../support/numbers.js';
import { givenAccount } from '../../support/vendors/accounts.js';

/** Of an account, in a claim. */
const AT_ONCE = 8;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
beforeEach(() =>
  gateway.database.db.execute(sql`update inbound_messages set next_attempt_at = null, claim = null`),
);
afterAll(() => gateway.close());

/** Messages of a new account of a new organization that are due since so many seconds, the first one longest. */
async function givenDue(count: number, since: number): Promise<string> {
  const { id } = await givenAccount(await gateway.client(), { system: 'BURKI', url: 'http://127.0.0.1:1' });
  for (const n of numbers(count)) {
    const message = await givenMessage(gateway.database, id, `{"n":${n}}`);
    await gateway.database.db.execute(sql`update inbound_messages set state = null, attempts = 0,
      next_attempt_at = now() - make_interval(secs => ${since - n / 1_000}::float8) where id = ${uuidIn(message)}`);
  }
  return uuidIn(id);
}

const claim = (most: number) => claimMessages(gateway.database.db, randomUUID(), 45, most);
const accountsOf = (rows: { accountId: string }[]) => rows.map(({ accountId }) => accountId);
const bodiesOf = (rows: { body: Buffer | null }[]) => rows.map(({ body }) => body?.toString()).toSorted();

it('of an account with many messages some are claimed at a time, those that are due first', async () => {
  const account = await givenDue(20, 60);
  const first = await claim(64);
  expect(accountsOf(first)).toEqual(numbers(AT_ONCE).map(() => account));
  expect(bodiesOf(first)).toEqual(numbers(AT_ONCE).map((n) => `{"n":${n}}`));
  expect(await claim(64)).toEqual([]);
});

it('an account that has many waits for one that has few, though its messages came first', async () => {
  const many = await givenDue(20, 3_600);
  const few = await givenDue(2, 1);
  expect(new Set(accountsOf(await claim(4)))).toEqual(new Set([many]));
  // Four of the many are under way.
  expect(accountsOf(await claim(2))).toEqual([few, few]);
  expect(new Set(accountsOf(await claim(64)))).toEqual(new Set([many]));
});

it('many accounts with many messages each have their turns', async () => {
  const accounts = [await givenDue(9, 300), await givenDue(9, 200), await givenDue(9, 100)];
  const claimed = new Map(accounts.map((id) => [id, 0]));
  for (const _ of numbers(3)) {
    for (const id of accountsOf(await claim(4))) claimed.set(id, (claimed.get(id) ?? 0) + 1);
  }
  expect([...claimed.values()]).toEqual([4, 4, 4]);
});
