import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readAccount, takeRequest } from '../../../src/vendors/inbound/message-account.store.js';
import { readRecorded } from '../../recordings/recorded.js';
import { uuidIn } from '../../support/events.js';
import {
  type Answer,
  type Client,
  openGatewayOn,
  openTestGateway,
  type TestGateway,
} from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { createTestDatabase } from '../../support/postgres.js';
import { openBird } from '../../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import type { SeenRequest } from '../../support/vendors/observations.js';
import { connect, readDeliveries } from '../delivery/connected.js';
import { callBy } from '../inbound/hooks.js';
import { ended, givenImport, imported, readImport } from './imports.js';

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
  onTestFinished(async () => {
    expect(burki.violations).toEqual([]);
    await burki.close();
  });
  account = await connect(gateway, client, { system: 'BURKI', url: burki.url });
});
afterAll(() => gateway.close());

/** Ended calls of a minute, the newest first in Burki's list, each with a recording and a line. */
function addRecorded(count: number): void {
  for (const n of numbers(count).map((index) => index + 1)) {
    burki.add({
      ...{ id: n, status: 'completed', duration: 60, call_meta: { n } },
      started_at: new Date(Date.UTC(2024, 0, 2) - n * 60_000).toISOString().replace('Z', ''),
    });
    burki.recordings.set(1_000 + n, { callId: n, bytes: Buffer.from('audio') });
    burki.transcripts.set(n, [{ content: `Hello ${n}`, speaker: 'user', segment_start: 0 }]);
  }
}

const of = (operation: string) => burki.requests.filter((each) => each.operation === operation);
const isOf = (operation: string, call: number) => (request: SeenRequest) =>
  request.operation === operation && request.path.startsWith(`/api/v1/calls/${call}/`);
const recorded = async (call: number, by = client) => {
  const { id } = await callBy(by, 'BURKI', 'id', `${call}`);
  const { recordings, transcripts } = await readRecorded(by, id);
  return [
    ...recordings.map(({ vendorId }: { vendorId: string }) => vendorId),
    ...transcripts.map(({ lines }: { lines: { text: string }[] }) => lines[0]?.text),
  ];
};
/** As if its pause were over, before which others may be made. */
const hurry = (id: string, attempts: number) =>
  gateway.database.db.execute(
    sql`update call_imports set attempts = ${attempts}, next_attempt_at = now() where id = ${uuidIn(id)}`,
  );

describe('of Burki', () => {
  it('the recordings and transcripts come after the calls, and are read once', async () => {
    addRecorded(9);
    const done = { state: 'DONE', seen: 9, total: 9, updated: 0, failed: 0, toAsk: 9, asked: 9 };
    expect(await imported(client, account.id)).toMatchObject({ ...done, created: 9, lastError: null });
    for (const n of numbers(9).map((n) => n + 1))
      expect(await recorded(n)).toEqual([`${1_000 + n}`, `Hello ${n}`]);
    expect([of('list').length, of('recordings').length, of('transcripts').length]).toEqual([2, 9, 9]);
    expect(burki.requests.findLastIndex(({ operation }) => operation === 'list')).toBe(1);
    expect(burki.mostInFlight()).toBeLessThanOrEqual(4);
    const before = await readRecorded(client, (await callBy(client, 'BURKI', 'id', '1')).id);
    expect(await imported(client, account.id)).toMatchObject({ ...done, created: 0 });
    expect(await readRecorded(client, (await callBy(client, 'BURKI', 'id', '1')).id)).toEqual(before);
    expect(await readDeliveries(client)).toEqual([]);
  });

  it('nothing is asked for of calls that have not lasted, or go on', async () => {
    addRecorded(4);
    const [first, second, third] = [...burki.calls.values()];
    Object.assign(first ?? {}, { duration: 0 });
    Object.assign(second ?? {}, { duration: null });
    Object.assign(third ?? {}, { status: 'ongoing' });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 4, toAsk: 1, asked: 1 });
    expect([of('recordings').length, of('transcripts').length]).toEqual([1, 1]);
    for (const n of numbers(3).map((n) => n + 1)) expect(await recorded(n)).toEqual([]);
    expect(await recorded(4)).toEqual(['1004', 'Hello 4']);
  });

  it('calls of many pages are asked for, and one list request is made for each page', async () => {
    addRecorded(1_203);
    for (const call of burki.calls.values()) if (call.id % 401 !== 0) call.duration = 0;
    expect(await imported(client, account.id)).toMatchObject({
      state: 'DONE',
      seen: 1_203,
      toAsk: 3,
      asked: 3,
    });
    expect([of('list').length, of('recordings').length]).toEqual([6, 3]);
    for (const n of [401, 802, 1_203]) expect(await recorded(n)).toEqual([`${1_000 + n}`, `Hello ${n}`]);
  });

  it('another gateway goes on where the first one stopped', async () => {
    const { url, drop } = await createTestDatabase();
    const [first, second] = [
      await openGatewayOn(url, { vendors: true }),
      await openGatewayOn(url, { vendors: false }),
    ];
    const its = await first.client();
    const { id: at } = await connect(first, its, { system: 'BURKI', url: burki.url });
    addRecorded(30);
    burki.behave({ hang: isOf('recordings', 14) });
    const { id } = await givenImport(its, at);
    await expect.poll(() => burki.requests.some(isOf('recordings', 14))).toBe(true);
    await first.close();
    expect(await readImport({ ...its, ...second.anonymous(`Bearer ${its.token}`) }, id)).toMatchObject({
      ...{ state: 'RUNNING', seen: 30, created: 30, toAsk: 30, asked: 12 },
    });
    await second.close();
    burki.behave({});
    burki.release();
    const third = await openGatewayOn(url, { vendors: true });
    onTestFinished(async () => {
      await third.close();
      await drop();
    });
    const theirs = third.anonymous(`Bearer ${its.token}`);
    expect(await ended(theirs, { id })).toMatchObject({ state: 'DONE', created: 30, asked: 30, failed: 0 });
    for (const n of [1, 12, 13, 30])
      expect(await recorded(n, theirs)).toEqual([`${1_000 + n}`, `Hello ${n}`]);
    // Only those that were being asked for are asked for twice.
    expect(of('transcripts').length).toBeLessThanOrEqual(34);
    for (const n of numbers(12).map((n) => n + 1))
      expect(burki.requests.filter(isOf('recordings', n))).toHaveLength(1);
  });
});

describe('a vendor', () => {
  it('that fails is asked again, from there on', async () => {
    addRecorded(12);
    burki.behave({ refuse: (each) => (isOf('recordings', 6)(each) ? { status: 503 } : null) });
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id))
      .toMatchObject({ state: 'RUNNING', asked: 4, failed: 0, lastError: 'The vendor answered 503' });
    burki.behave({});
    expect(await ended(client, { id })).toMatchObject({ state: 'DONE', asked: 12, failed: 0 });
    expect(await recorded(6)).toEqual(['1006', 'Hello 6']);
    expect(burki.requests.filter(isOf('recordings', 4))).toHaveLength(1);
  });

  it('that always fails for one call does not keep those behind it waiting', async () => {
    addRecorded(12);
    burki.behave({ refuse: (each) => (isOf('recordings', 6)(each) ? { status: 500 } : null) });
    const { id } = await givenImport(client, account.id);
    await expect.poll(async () => (await readImport(client, id)).lastError).not.toBeNull();
    await hurry(id, 10);
    expect(await ended(client, { id })).toMatchObject({
      ...{ state: 'DONE', asked: 12, failed: 1 },
      lastError: 'Recordings or the transcript could not be read. The vendor answered 500',
    });
    expect(await recorded(6)).toEqual(['Hello 6']);
    expect(await recorded(7)).toEqual(['1007', 'Hello 7']);
    burki.behave({});
  });

  it('that has answered nothing for a day is asked no more', async () => {
    addRecorded(12);
    burki.behave({ refuse: ({ operation }) => (operation === 'recordings' ? { status: 500 } : null) });
    const { id } = await givenImport(client, account.id);
    await expect.poll(async () => (await readImport(client, id)).lastError).not.toBeNull();
    await gateway.database.db.execute(sql`update call_imports set attempts = 10, next_attempt_at = now(),
      failing_since = now() - interval '25 hours' where id = ${uuidIn(id)}`);
    expect(await ended(client, { id })).toMatchObject({
      ...{ state: 'FAILED', created: 12, asked: 4, failed: 4 },
      lastError: 'The vendor answered 500',
    });
    burki.behave({});
  });

  it('that refuses the request for one call is not asked for that again', async () => {
    addRecorded(6);
    burki.behave({ refuse: (each) => (isOf('transcripts', 2)(each) ? { status: 422 } : null) });
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', asked: 6, failed: 1 },
      lastError: expect.stringMatching(/^Recordings or the transcript could not be read.*422/),
    });
    expect(await recorded(2)).toEqual(['1002']);
    expect(burki.requests.filter(isOf('transcripts', 2))).toHaveLength(1);
    burki.behave({});
  });

  it('that lets the account read no recordings is asked for no more, and the calls stay', async () => {
    addRecorded(40);
    burki.behave({ refuse: ({ operation }) => (operation === 'recordings' ? { status: 403 } : null) });
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 40, created: 40, toAsk: 40, asked: 0 },
      lastError: expect.stringMatching(/could not be read.*403/),
    });
    expect(of('recordings').length).toBeLessThanOrEqual(4);
    burki.behave({});
  });
});

it('of Bird the recordings of calls that have lasted come, and are not asked for by others', async () => {
  const bird = await openBird();
  onTestFinished(async () => {
    expect(bird.violations).toEqual([]);
    await bird.close();
  });
  const place = { workspaceId: randomUUID(), channelId: randomUUID() };
  const { id } = await connect(gateway, client, { system: 'BIRD', url: bird.url, members: place });
  const calls = numbers(6).map((n) => bird.add({ ...place, status: 'completed', duration: 10 * (n % 2) }));
  for (const call of calls)
    bird.recordings.set(randomUUID(), { callId: call.id, bytes: Buffer.from('audio') });
  expect(await imported(client, id)).toMatchObject({ state: 'DONE', created: 6, toAsk: 3, asked: 3 });
  for (const [n, call] of calls.entries()) {
    const { recordings } = await readRecorded(client, (await callBy(client, 'BIRD', 'id', call.id)).id);
    expect(recordings).toHaveLength(n % 2);
  }
  expect(bird.requests.filter(({ operation }) => operation === 'recordings')).toHaveLength(3);
});

it('an import leaves requests to what is live', async () => {
  const { database } = gateway;
  const at = uuidIn(account.id);
  const [row] = await database.db.execute<{ organization: string }>(
    sql`select organization_id as organization from vendor_accounts where id = ${at}`,
  );
  const of = await readAccount(database.db, { organizationId: row?.organization ?? '', accountId: at });
  const taken = async (canWait: boolean, tokens: number) => {
    for (;;) {
      const began = performance.now();
      await database.db.execute(
        sql`update vendor_accounts set rate = 2, tokens = ${tokens}, tokens_at = clock_timestamp() where id = ${at}`,
      );
      const wait = await takeRequest(database, of, { canWait });
      // In half a second there would be another token.
      if (performance.now() - began < 450) return wait === 0;
    }
  };
  expect(await taken(false, 0)).toBe(false);
  expect(await taken(false, 1)).toBe(true);
  expect(await taken(true, 1)).toBe(false);
  expect(await taken(true, 2)).toBe(true);
});
