import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sharedAccount } from '../../../src/db/connection/account.js';
import type { CallImportRow } from '../../../src/db/tables/call-imports.js';
import {
  claimImport,
  claimImports,
  countPage,
  release,
} from '../../../src/vendors/imports/call-import.store.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { deleteAccount, givenAccount, updateAccount } from '../../support/vendors/accounts.js';
import { cancelImport, givenImport } from './imports.js';

const LEASE = 45;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
beforeEach(() => gateway.database.db.execute(sql`update call_imports set state = 'CANCELED'`));
afterAll(() => gateway.close());

interface Running {
  client: Client;
  account: string;
  /** The uuid of its import. */
  id: string;
}

/** An import that runs, of an account of its own. */
async function givenRunning(client: Client): Promise<Running> {
  const { id: account } = await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' });
  return { client, account, id: uuidIn((await givenImport(client, account)).id) };
}

const claim = (most: number) => claimImports(gateway.database.db, randomUUID(), LEASE, most);
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
const endLeases = () => gateway.database.db.execute(sql`update call_imports set claimed_until = now()`);

it('those that have waited longest are claimed first, and take turns, whoever’s they are', async () => {
  const [many, one] = [await gateway.client(), await gateway.client()];
  const ids: string[] = [];
  for (const client of [many, many, many, one]) ids.push((await givenRunning(client)).id);
  const turns: string[] = [];
  for (const _ of numbers(8)) {
    const [row, ...others] = await claim(1);
    expect(others).toEqual([]);
    if (row === undefined) expect.fail('nothing is claimed');
    turns.push(row.id);
    await release(gateway.database, row, 0);
  }
  expect(turns).toEqual([...ids, ...ids]);
});

it('of those that have waited since the same moment the oldest is claimed first', async () => {
  const client = await gateway.client();
  const [first, second] = [
    await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' }),
    await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' }),
  ];
  const ids = [];
  for (const { id } of [second, first]) ids.push(uuidIn((await givenImport(client, id)).id));
  await gateway.database.db.execute(sql`update call_imports set next_attempt_at = '2026-01-01'`);
  expect(idsOf(await claim(1))).toEqual([ids[0]]);
  expect(idsOf(await claim(1))).toEqual([ids[1]]);
});

it('no claim takes what another one has, until its lease is over', async () => {
  const client = await gateway.client();
  const ids = [(await givenRunning(client)).id, (await givenRunning(client)).id];
  expect(idsOf(await claim(1))).toEqual([ids[0]]);
  expect(idsOf(await claim(9))).toEqual([ids[1]]);
  expect(await claim(9)).toEqual([]);
  await endLeases();
  expect(idsOf(await claim(9)).toSorted()).toEqual(ids.toSorted());
});

it('one whose pause is not over is left to wait', async () => {
  const { id } = await givenRunning(await gateway.client());
  const [row] = await claim(1);
  if (row === undefined) expect.fail('nothing is claimed');
  await release(gateway.database, row, 60_000, 'It waits.');
  expect(await claim(1)).toEqual([]);
  await gateway.database.db.execute(sql`update call_imports set next_attempt_at = now() where id = ${id}`);
  expect(await claim(1)).toMatchObject([{ id, attempts: 2, lastError: 'It waits.' }]);
});

const NOT_CLAIMED: [string, (running: Running) => Promise<unknown>][] = [
  ['an account that is paused', ({ client, account }) => updateAccount(client, account, { paused: true })],
  [
    'an account that does not receive',
    ({ client, account }) => updateAccount(client, account, { receives: false }),
  ],
  ['an account that is deleted', ({ client, account }) => deleteAccount(client, account)],
  [
    'one that was canceled',
    ({ id }) => gateway.database.db.execute(sql`update call_imports set state = 'CANCELED' where id = ${id}`),
  ],
];

it.each(NOT_CLAIMED)('nothing is claimed of %s', async (_, change) => {
  const running = await givenRunning(await gateway.client());
  await change(running);
  expect(await claim(9)).toEqual([]);
  expect(await claimOne(running)).toEqual([]);
});

async function claimOne({ id }: Running) {
  const { db } = gateway.database;
  const [row] = await db.execute<{ organization: string }>(
    sql`select organization_id as organization from call_imports where id = ${id}`,
  );
  return claimImport(db, { organizationId: row?.organization ?? '', id }, randomUUID(), LEASE);
}

it('the command claims its own import alone, as a claim of all would', async () => {
  const [theirs, own] = [
    await givenRunning(await gateway.client()),
    await givenRunning(await gateway.client()),
  ];
  const [row, ...others] = await claimOne(own);
  expect(others).toEqual([]);
  expect(row?.id).toBe(own.id);
  expect(await claimOne(own)).toEqual([]);
  await gateway.database.db.execute(
    sql`update call_imports set claim = null, claimed_until = null, attempts = 0`,
  );
  const [again] = (await claim(9)).filter(({ id }) => id === own.id);
  const comparable = (claimed: typeof row) => ({ ...claimed, claim: null, claimedUntil: null });
  expect(comparable(row)).toEqual(comparable(again));
  expect(theirs.id).not.toBe(own.id);
});

it('one that another claim has taken over goes on for that alone, and counts no page of the first', async () => {
  await givenRunning(await gateway.client());
  const [first] = await claim(1);
  await endLeases();
  const [second] = await claim(1);
  if (first === undefined || second === undefined) expect.fail('nothing is claimed');
  expect(second.id).toBe(first.id);
  const lost = { name: 'ImportLost' };
  const { database } = gateway;
  const count = (row: CallImportRow) =>
    database.transaction(
      (tx) => countPage(tx, row, { created: 5, updated: 0 }),
      sharedAccount(row.organizationId),
    );
  await expect(count(first)).rejects.toMatchObject(lost);
  await expect(release(database, first, 0)).rejects.toMatchObject(lost);
  const [row] = await database.db.execute(
    sql`select created, claim from call_imports where id = ${first.id}`,
  );
  expect(row).toEqual({ created: 0, claim: second.claim });
  await count(second);
  // The same page again: it was written before, and could not be ended.
  await count(second);
  const [counted] = await database.db.execute(sql`select created from call_imports where id = ${first.id}`);
  expect(counted).toEqual({ created: 5 });
  await release(database, second, 0);
});

it('one that was canceled while it was claimed takes no page any more', async () => {
  const running = await givenRunning(await gateway.client());
  const [row] = await claim(1);
  if (row === undefined) expect.fail('nothing is claimed');
  const { callImport } = await cancelImport(running.client, fromUUID(running.id, 'call_import'));
  expect(callImport.state).toBe('CANCELED');
  await expect(release(gateway.database, row, 0)).rejects.toMatchObject({ name: 'ImportLost' });
});
