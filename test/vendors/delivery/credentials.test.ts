import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { recordCallEvent } from '../../events/events.js';
import { givenCall } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { readAccount, testAccount, updateAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { openCreovai } from '../../support/vendors/creovai.js';
import { connect, linesOf, readDeliveries, settled } from './connected.js';
import { deliveriesOf, discard, merge, newestDelivery, replay } from './deliveries.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  burki = await openBurki();
});
afterEach(async () => {
  expect(burki.violations).toEqual([]);
  await burki.close();
});
afterAll(() => gateway.close());

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => 101 + index);

/** Calls that Burki has too, from 101 on. */
async function givenCalls(count: number, owner = client): Promise<Answer['data'][]> {
  return Promise.all(
    idsOf(count).map((id) => {
      burki.add({ id });
      return givenCall(owner, { references: [{ system: 'BURKI', name: 'id', value: `${id}` }] });
    }),
  );
}

it('a wrong key makes the account FAILING and no delivery DEAD; with the right one all are delivered', async () => {
  const calls = await givenCalls(3);
  const { id } = await connect(gateway, client, {
    system: 'BURKI',
    url: burki.url,
    members: { apiKey: 'wrong-key' },
  });
  for (const call of calls) await merge(client, call.id, { first: call.id });
  await expect
    .poll(() => readAccount(client, id))
    .toMatchObject({
      state: 'FAILING',
      stateReason: expect.stringMatching(/^The vendor answered 401\b.*Authentication required/),
    });
  for (const call of calls) await merge(client, call.id, { second: call.id });
  // One of each call, once the tries under way have ended.
  await expect
    .poll(() => readAccount(client, id))
    .toMatchObject({ state: 'FAILING', pendingDeliveries: 3, deadDeliveries: 0 });
  expect(burki.requests.every(({ status }) => status === 401)).toBe(true);
  expect(await testAccount(client, id)).toMatchObject({ ok: false, message: expect.stringMatching(/401/) });

  await updateAccount(client, id, { vendor: { burki: { apiKey: 'burki-key' } } });
  await expect
    .poll(() => readAccount(client, id))
    .toMatchObject({
      state: 'ACTIVE',
      stateReason: null,
      pendingDeliveries: 0,
      deadDeliveries: 0,
    });
  expect(idsOf(3).map((each) => burki.calls.get(each)?.call_meta)).toEqual(
    calls.map((call) => ({ first: call.id, second: call.id })),
  );
  expect(await testAccount(client, id)).toMatchObject({
    ok: true,
    message: expect.stringMatching(/3 calls/),
  });
});

it('a pause holds deliveries, and its end sends them', async () => {
  const [call] = await givenCalls(1);
  const { id } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
  await updateAccount(client, id, { paused: true });
  await merge(client, call.id, { a: 1 });
  // The worker sends another organization's later change, so it has seen this one.
  const other = await gateway.client();
  burki.add({ id: 200 });
  await connect(gateway, other, { system: 'BURKI', url: burki.url });
  const later = await givenCall(other, { references: [{ system: 'BURKI', name: 'id', value: '200' }] });
  await merge(other, later.id);
  await settled(other, ['METADATA DELIVERED']);
  expect(await readAccount(client, id)).toMatchObject({ state: 'PAUSED', pendingDeliveries: 1 });
  expect(linesOf(burki)).toEqual(['PATCH /api/v1/calls/200/metadata']);

  await updateAccount(client, id, { paused: false });
  await settled(client, ['METADATA DELIVERED']);
  expect(burki.calls.get(101)?.call_meta).toEqual({ a: 1 });
});

it('a 422 is DEAD at once, says at the call why, and is delivered when it is replayed after the repair', async () => {
  const [call] = await givenCalls(1);
  const { id } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
  const detail = [{ loc: ['body', 'metadata'], msg: 'too many members', type: 'value_error' }];
  burki.behave({ refuse: () => ({ status: 422, body: { detail } }) });
  await merge(client, call.id, { a: 1 });
  await settled(client, ['METADATA DEAD']);
  const dead = await newestDelivery(client, call.id);
  expect(dead).toMatchObject({
    state: 'DEAD',
    attempts: 1,
    lastError: expect.stringMatching(/^The vendor answered 422\b.*too many members/),
    nextAttemptAt: null,
  });
  expect(await readAccount(client, id)).toMatchObject({ state: 'ACTIVE', deadDeliveries: 1 });

  burki.behave({});
  expect((await replay(client, [dead.id])).errors).toEqual([]);
  await settled(client, ['METADATA DELIVERED']);
  expect(await deliveriesOf(client, call.id)).toMatchObject([{ id: dead.id, lastError: null }]);
  expect(burki.calls.get(101)?.call_meta).toEqual({ a: 1 });
});

it('a DEAD event holds back the next one of its call until it is discarded', async () => {
  const creovai = await openCreovai();
  await connect(gateway, client, { system: 'CREOVAI', url: creovai.url });
  const session = randomUUID();
  const { id } = await givenCall(client, {
    references: [{ system: 'CREOVAI', name: 'sessionId', value: session }],
  });
  const record = (n: number) => recordCallEvent(client, { target: { call: { id } }, metadata: { n } });
  creovai.behave({
    refuse: ({ operation }) =>
      operation === 'event' ? { status: 400, body: 'Request content is invalid' } : null,
  });
  await record(1);
  await settled(client, ['EVENT DEAD']);
  creovai.behave({});
  await record(2);
  // The worker sends a later event of another call, so it has seen this one.
  const other = { system: 'CREOVAI', name: 'sessionId', value: randomUUID() };
  await givenCall(client, { references: [other] });
  await recordCallEvent(client, { target: { sessionId: other.value }, metadata: {} });
  await settled(client, ['EVENT DEAD', 'EVENT PENDING', 'EVENT DELIVERED']);
  const [dead] = await readDeliveries(client);
  await discard(client, [dead.id]);
  await settled(client, ['EVENT DISCARDED', 'EVENT DELIVERED', 'EVENT DELIVERED']);
  expect(creovai.session(session)?.events.map(({ metadata }) => metadata)).toEqual([{ n: 2 }]);
  expect(creovai.violations).toEqual([]);
  await creovai.close();
});
