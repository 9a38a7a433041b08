import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { recordCallEvent } from '../../events/events.js';
import { givenCall, mergeCallMetadata, readCall } from '../../support/documents.js';
import {
  type Answer,
  type Client,
  openGatewayOn,
  openTestGateway,
  type TestGateway,
} from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { createTestDatabase } from '../../support/postgres.js';
import { deleteAccount, givenAccount, updateAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { connect, readDeliveries } from '../delivery/connected.js';
import {
  cancelImport,
  countCalls,
  ended,
  givenImport,
  imported,
  readImport,
  startImport,
} from './imports.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let account: Answer['data'];

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  burki = await openBurki();
  account = await connect(gateway, client, { system: 'BURKI', url: burki.url });
});
afterEach(async () => {
  expect(burki.violations).toEqual([]);
  await burki.close();
});
afterAll(() => gateway.close());

/** Minutes after the first of 2024, in Burki's form: of UTC, without an offset. */
const at = (minute: number) =>
  new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString().replace('Z', '');

/** One each minute, in threes of the same time. */
function addCalls(count: number, first = 1): void {
  for (const n of numbers(count)) {
    burki.add({
      id: first + n,
      status: 'completed',
      duration: 0,
      started_at: at(n - (n % 3)),
      ended_at: at(n + 1),
      call_meta: { customer_id: `c${n}` },
    });
  }
}

const burkiCall = async (id: number) => {
  const { callByReference } = await client.ask(
    'query ($value: String!) { callByReference(reference: { system: BURKI, name: "id", value: $value }) { id status startedAt duration metadata references { system name value } } }',
    { value: `${id}` },
  );
  return callByReference;
};

describe('an import', () => {
  it('reads each call once, over many pages and many calls of one time', async () => {
    addCalls(1_201);
    const { id, from, to, ...all } = await imported(client, account.id);
    expect(all).toMatchObject({
      state: 'DONE',
      ...{ seen: 1_201, total: 1_201, created: 1_201, updated: 0, failed: 0 },
      lastError: null,
      position: '2024-01-01T00:00:00.000Z',
      account: { id: account.id },
    });
    expect([from, to]).toEqual([null, null]);
    expect(await countCalls(client)).toBe(1_201);
    expect(await burkiCall(1)).toMatchObject({
      status: 'COMPLETED',
      startedAt: '2024-01-01T00:00:00.000Z',
      duration: 0,
      metadata: { customer_id: 'c0' },
      references: [
        { system: 'BURKI', name: 'id', value: '1' },
        { system: 'BURKI', name: 'callSid', value: 'CA1' },
      ],
    });
    // Nothing goes back to where it came from.
    expect(await readDeliveries(client)).toEqual([]);

    burki.add({ id: 1, started_at: at(0), status: 'completed', duration: 61 });
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 1_201, created: 0, updated: 1 },
    });
    expect(await countCalls(client)).toBe(1_201);
  });

  it('reads more calls of one time than a page holds', async () => {
    for (const n of numbers(1_100)) burki.add({ id: n + 1, started_at: at(7) });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 1_100, created: 1_100 });
  });

  it('reads a page of calls that have much metadata', async () => {
    const notes = 'x'.repeat(60_000);
    for (const n of numbers(60)) burki.add({ id: n + 1, started_at: at(n), call_meta: { notes } });
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id), { timeout: 60_000 })
      .toMatchObject({ state: 'DONE', seen: 60, created: 60, failed: 0, lastError: null });
  });

  it('reads the time that was asked for, its ends included', async () => {
    addCalls(9);
    const time = { from: `${at(3)}Z`, to: `${at(6)}Z` };
    const done = await imported(client, account.id, time);
    expect(done).toMatchObject({ ...time, state: 'DONE', seen: 6, created: 6 });
    expect(await burkiCall(1)).toBeNull();
    expect(await burkiCall(4)).not.toBeNull();
  });

  it('is not shifted by calls that come meanwhile', async () => {
    addCalls(700);
    let isFirst = true;
    burki.behave({
      refuse: () => {
        if (isFirst) {
          isFirst = false;
          return null;
        }
        burki.add({
          id: 10_000 + burki.requests.length,
          started_at: new Date(Date.now() + 60_000).toISOString(),
        });
        return null;
      },
    });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 700, created: 700 });
  });

  it('keeps what was merged here, and what events after the call say', async () => {
    addCalls(3);
    const reference = (id: number) => ({ system: 'BURKI', name: 'id', value: `${id}` });
    const known = await givenCall(client, { references: [reference(1)] });
    await mergeCallMetadata(client, { call: { id: known.id }, metadata: { customer_id: 'ours' } });
    await givenCall(client, { references: [reference(3)] });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', created: 1, updated: 2 });
    expect((await burkiCall(1)).metadata).toEqual({ customer_id: 'ours' });

    // One that the import has made, and one that was known.
    for (const { id } of [await burkiCall(2), await burkiCall(3)]) {
      const record = (eventTime: string, metadata: object) =>
        recordCallEvent(client, { target: { call: { id } }, eventTime, metadata });
      await record('2024-06-01T00:00:00Z', { customer_id: 'of June' });
      await record('2023-06-01T00:00:00Z', { customer_id: 'of before', only: 1 });
      expect((await readCall(client, id)).metadata).toEqual({ customer_id: 'of June', only: 1 });
    }
  });

  it('counts what cannot be written, says why, and goes on', async () => {
    addCalls(3);
    // Two calls here are one at Burki.
    for (const [name, value] of [
      ['id', '2'],
      ['callSid', 'CA2'],
    ]) {
      await givenCall(client, { references: [{ system: 'BURKI', name, value }] });
    }
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 3, created: 2, failed: 1 },
      lastError: expect.stringMatching(/CA2/),
    });
  });

  it('reads smaller pages of calls that are together too large, and goes on past one that alone is', async () => {
    const mebibytes = (count: number) => 'x'.repeat(count * 1_048_576);
    for (const n of numbers(13)) {
      burki.add({ id: n + 1, started_at: at(n), assistant_name: mebibytes(n === 6 ? 17 : 2) });
    }
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id), { timeout: 60_000 })
      .toMatchObject({
        ...{ state: 'DONE', seen: 13, total: 13, created: 12, failed: 1 },
        lastError: "A record could not be read. The vendor's answer is longer than 16 MiB.",
      });
    expect(await countCalls(client)).toBe(12);
    expect(await burkiCall(7)).toBeNull();
    // Not again and again: half as many each time.
    expect(burki.requests.length).toBeLessThan(40);
  }, 60_000);

  it('writes a call without metadata that is too large', async () => {
    burki.add({ id: 1, call_meta: { big: 'x'.repeat(300_000) } });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 1, failed: 0 });
    expect((await burkiCall(1)).metadata).toEqual({});
  });
});

describe('a vendor that', () => {
  it('is away is asked again, and lastError says so meanwhile', async () => {
    addCalls(3);
    burki.behave({ refuse: () => ({ status: 503, body: { detail: 'maintenance' } }) });
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id))
      .toMatchObject({
        state: 'RUNNING',
        lastError: expect.stringMatching(/^The vendor answered 503.*maintenance/),
      });
    burki.behave({});
    expect(await ended(client, { id })).toMatchObject({ state: 'DONE', seen: 3, created: 3 });
  });

  it('refuses the key is asked again with the new one', async () => {
    addCalls(3);
    await updateAccount(client, account.id, { vendor: { burki: { apiKey: 'wrong' } } });
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id))
      .toMatchObject({
        state: 'RUNNING',
        lastError: expect.stringMatching(/401/),
      });
    await updateAccount(client, account.id, { vendor: { burki: { apiKey: 'burki-key' } } });
    expect(await ended(client, { id })).toMatchObject({ state: 'DONE', seen: 3 });
  });

  it('does not take the request makes it FAILED, with the vendor’s words', async () => {
    burki.behave({ refuse: () => ({ status: 422, body: { detail: 'date_to: not supported' } }) });
    const { id } = await givenImport(client, account.id);
    expect(await ended(client, { id })).toMatchObject({
      state: 'FAILED',
      lastError: expect.stringMatching(/^The vendor answered 422.*date_to: not supported/),
      finishedAt: expect.any(String),
    });
  });
});

describe('startCallImport', () => {
  const hang = () => burki.behave({ refuse: () => ({ status: 503, body: {} }) });

  it('starts one at a time for an account, and names the one that runs', async () => {
    hang();
    const { id } = await givenImport(client, account.id);
    expect(await startImport(client, account.id)).toMatchObject({
      callImport: { id, state: 'RUNNING' },
      errors: [{ code: 'ALREADY_EXISTS', path: ['account'] }],
    });
    const other = await givenAccount(client, { system: 'BURKI', url: burki.url });
    expect((await startImport(client, other.id)).errors).toEqual([]);
  });

  it('of many at once starts one', async () => {
    hang();
    const started = await Promise.all(numbers(8).map(() => startImport(client, account.id)));
    expect(new Set(started.map(({ callImport }) => callImport.id)).size).toBe(1);
    expect(started.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });

  it.each([
    ['an id of another type', () => ({ account: 'call_1' }), 'INVALID', ['account']],
    [
      'an end before the start',
      () => ({ from: '2024-02-01T00:00:00Z', to: '2024-01-01T00:00:00Z' }),
      'INVALID',
      ['from'],
    ],
    [
      'a start in the future',
      () => ({ from: new Date(Date.now() + 3_600_000).toISOString() }),
      'INVALID',
      ['from'],
    ],
  ])('refuses %s', async (_, time, code, path) => {
    const { account: id = account.id, ...rest } = time() as { account?: string };
    expect((await startImport(client, id, rest)).errors).toMatchObject([{ code, path }]);
  });

  it('refuses an account that does not receive, a deleted one and another organization’s', async () => {
    const silent = await givenAccount(client, { system: 'BURKI', url: burki.url, receives: false });
    expect((await startImport(client, silent.id)).errors).toMatchObject([
      { code: 'INVALID', path: ['account'] },
    ]);
    const foreign = await gateway.client();
    expect((await startImport(foreign, account.id)).errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['account'] },
    ]);
    await deleteAccount(client, account.id);
    expect((await startImport(client, account.id)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('is listed at its account, newest first, in pages', async () => {
    const first = await imported(client, account.id);
    const second = await imported(client, account.id);
    const list = async (args: string) => {
      const { node } = await client.ask(
        `query ($id: ID!) { node(id: $id) { ... on VendorAccount { imports(${args}) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } } }`,
        { id: account.id },
      );
      return node.imports;
    };
    const page = await list('first: 1');
    expect(page).toMatchObject({
      totalCount: 2,
      nodes: [{ id: second.id }],
      pageInfo: { hasNextPage: true },
    });
    const rest = await list(`first: 1, after: "${page.pageInfo.endCursor}"`);
    expect(rest).toMatchObject({ nodes: [{ id: first.id }], pageInfo: { hasNextPage: false } });
  });
});

describe('an import that runs', () => {
  it('ends when it is canceled, and keeps what it has read', async () => {
    addCalls(1_600);
    let pages = 0;
    burki.behave({ refuse: () => (++pages > 1 ? { status: 503, body: {} } : null) });
    const { id } = await givenImport(client, account.id);
    await expect.poll(async () => (await readImport(client, id)).seen).toBe(500);
    const { callImport, errors } = await cancelImport(client, id);
    expect(errors).toEqual([]);
    expect(callImport).toMatchObject({ id, state: 'CANCELED', seen: 500, finishedAt: expect.any(String) });
    expect((await cancelImport(client, id)).errors).toMatchObject([{ code: 'INVALID', path: ['id'] }]);
    expect(await countCalls(client)).toBe(500);
    const foreign = await gateway.client();
    expect((await cancelImport(foreign, id)).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['id'] }]);
    burki.behave({});
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 1_600, created: 1_100 });
  });

  it('is CANCELED with its account', async () => {
    burki.behave({ refuse: () => ({ status: 503, body: {} }) });
    const { id } = await givenImport(client, account.id);
    await deleteAccount(client, account.id);
    expect(await readImport(client, id)).toMatchObject({ state: 'CANCELED' });
  });

  it('waits while its account is paused', async () => {
    addCalls(3);
    await updateAccount(client, account.id, { paused: true });
    const { id } = await givenImport(client, account.id);
    // The worker has read another one since.
    const other = await gateway.client();
    const theirs = await connect(gateway, other, { system: 'BURKI', url: burki.url });
    await imported(other, theirs.id);
    expect(await readImport(client, id)).toMatchObject({ state: 'RUNNING', seen: 0 });
    await updateAccount(client, account.id, { paused: false });
    expect(await ended(client, { id })).toMatchObject({ state: 'DONE', seen: 3 });
  });

  it('counts each call once when a page was written and the gateway could not say so', async () => {
    const own = await openTestGateway();
    onTestFinished(() => own.close());
    const its = await own.client();
    const { id: at } = await connect(own, its, { system: 'BURKI', url: burki.url });
    await own.database.db.execute(sql`create sequence ends`);
    await own.database.db.execute(sql`create function refuse_ends() returns trigger language plpgsql as $$ begin
        if nextval('ends') in (1, 3) then raise exception 'the page has no end'; end if;
        return new;
      end $$`);
    await own.database.db.execute(sql`create trigger refuse_ends before update of seen on call_imports
      for each row execute function refuse_ends()`);
    addCalls(1_300);
    expect(await imported(its, at)).toMatchObject({
      ...{ state: 'DONE', seen: 1_300, created: 1_300, updated: 0, failed: 0 },
    });
    expect(await countCalls(its)).toBe(1_300);
  });

  it('writes no page that it cannot count', async () => {
    const own = await openTestGateway();
    onTestFinished(() => own.close());
    const its = await own.client();
    const { id: at } = await connect(own, its, { system: 'BURKI', url: burki.url });
    const { db } = own.database;
    await db.execute(sql`create sequence counts`);
    await db.execute(sql`create table written_before (calls bigint)`);
    // What is written already would stay, although the page is not counted.
    await db.execute(sql`create function refuse_counts() returns trigger language plpgsql as $$ begin
        if nextval('counts') = 1 then raise exception 'the page is not counted'; end if;
        insert into written_before select count(*) from calls c where c.xmin::text <> pg_current_xact_id()::xid::text;
        return new;
      end $$`);
    await db.execute(sql`create trigger refuse_counts before update of counted_page on call_imports
      for each row execute function refuse_counts()`);
    addCalls(3);
    expect(await imported(its, at)).toMatchObject({ state: 'DONE', seen: 3, created: 3, updated: 0 });
    const [row] = await db.execute<{ calls: string }>(
      sql`select max(calls)::text as calls from written_before`,
    );
    expect(row?.calls).toBe('0');
  });

  it('goes on in another gateway when the first one stops', async () => {
    const { url, drop } = await createTestDatabase();
    const [first, second] = [
      await openGatewayOn(url, { vendors: true }),
      await openGatewayOn(url, { vendors: false }),
    ];
    onTestFinished(async () => {
      await second.close();
      await drop();
    });
    const its = await second.client();
    const { id: at } = await connect(second, its, { system: 'BURKI', url: burki.url });
    addCalls(1_300);
    let pages = 0;
    burki.behave({ hang: () => ++pages === 2 });
    const { id } = await givenImport(its, at);
    await expect.poll(async () => (await readImport(its, id)).seen).toBe(500);
    await first.close();
    const third = await openGatewayOn(url);
    onTestFinished(() => third.close());
    expect(await ended(its, { id })).toMatchObject({ state: 'DONE', seen: 1_300, created: 1_300 });
    expect(await countCalls(its)).toBe(1_300);
  });
});
