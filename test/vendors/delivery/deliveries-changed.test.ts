import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { VOICE_CALL } from '../../identity/world.js';
import { type Follower, followOver, TRANSPORTS, type Transport } from '../../live/followers.js';
import { givenSender, setDelivery } from '../../support/deliveries.js';
import { createVoiceCall, hangUpCall } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { DELIVERY, discard, givenBurkiCall, merge, newestDelivery, replay } from './deliveries.js';

const DELIVERIES_CHANGED = `subscription ($filter: DeliveryFilter) { deliveriesChanged(filter: $filter) { ${DELIVERY} } }`;

let gateway: TestGateway;
let organization: string;
let client: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  organization = `org-${randomUUID()}`;
  client = await gateway.client({ organization });
  await givenSender(gateway.database, client, { name: 'main' });
  ({ id: call } = await givenBurkiCall(client));
});
afterAll(() => gateway.close());

async function followed(
  filter: object | null = null,
  transport: Transport = 'ws',
  on = gateway,
): Promise<Follower> {
  const before = on.counts().admitted;
  const follower = followOver(transport, { url: on.url, token: client.token }, DELIVERIES_CHANGED, {
    filter,
  });
  await on.subscribers(before + 1);
  onTestFinished(async () => {
    follower.stop();
    await on.subscribers(before);
  });
  return follower;
}

const shown = ({ changes }: Follower) => changes.map(({ kind, state }) => `${kind} ${state}`);

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('each delivery is sent when it is written and when it changes, as a list would show it', async () => {
    const follower = await followed(null, transport);
    await merge(client, call);
    await follower.until(1);
    expect(follower.changes[0]).toEqual(await newestDelivery(client, call));
    const { id } = follower.changes[0];
    await setDelivery(gateway.database, id, { state: 'DEAD' });
    await follower.until(2);
    await replay(client, [id]);
    await follower.until(3);
    await discard(client, [id]);
    await follower.until(4);
    expect(follower.changes.map((each) => [each.id, each.state, each.account.name])).toEqual(
      ['PENDING', 'DEAD', 'PENDING', 'DISCARDED'].map((state) => [id, state, 'main']),
    );
  });

  it('nothing that is older than the subscription is sent', async () => {
    await merge(client, call);
    const follower = await followed(null, transport);
    await hangUpCall(client, { id: call });
    await follower.until(1);
    expect(shown(follower)).toEqual(['HANG_UP PENDING']);
  });

  it('requires a sign-in and ADMIN', async () => {
    const reader = await gateway.client({ organization, scopes: ['CALLS_READ', 'METADATA_WRITE'] });
    const refused = followOver(transport, { url: gateway.url, token: reader.token }, DELIVERIES_CHANGED);
    await refused.ended();
    expect(refused.errors).toMatchObject([{ message: /ADMIN/, extensions: { code: 'FORBIDDEN' } }]);
    const anonymous = followOver(transport, { url: gateway.url }, DELIVERIES_CHANGED);
    await anonymous.ended();
    expect(anonymous.changes).toEqual([]);
  });

  it.each([
    ['a malformed id', { account: 'x' }, 'BAD_USER_INPUT', /^filter\.account\b/],
    [
      'an unknown call',
      { call: { reference: { system: 'BURKI', name: 'id', value: '0' } } },
      'NOT_FOUND',
      /BURKI id 0/,
    ],
  ])('refuses a filter with %s', async (_, filter, code, words) => {
    const follower = followOver(transport, { url: gateway.url, token: client.token }, DELIVERIES_CHANGED, {
      filter,
    });
    await follower.ended();
    expect(follower.errors).toMatchObject([{ message: words, extensions: { code } }]);
  });

  it('a revoked key is signed out', async () => {
    const follower = await followed(null, transport);
    await gateway.database.db.execute(
      sql`update api_keys set expires_at = now() where organization_id = (
        select organization_id from deliveries where call_id = ${uuidIn(call)} union
        select organization_id from calls where id = ${uuidIn(call)})`,
    );
    await follower.ended();
  });
});

it('only what the filter finds is sent', async () => {
  const vcita = await givenSender(gateway.database, client, { system: 'VCITA', kinds: ['VOICE_CALL'] });
  const { id: second } = await givenBurkiCall(client);
  const byState = await followed({ state: ['DEAD'] });
  const byKind = await followed({ kind: ['HANG_UP'] });
  const byAccount = await followed({ account: vcita });
  const byCall = await followed({ call: { id: second } });
  const byReference = await followed({ call: { reference: (await referencesOf(second))[0] } });
  const byTime = await followed({ createdAt: { to: '2024-01-01T00:00:00Z' } });
  await hangUpCall(client, { id: call });
  await byKind.until(1);
  await createVoiceCall(client, {
    call: { id: call },
    input: { ...VOICE_CALL, uid: randomUUID(), sourceId: randomUUID(), externalUuid: randomUUID() },
  });
  await merge(client, second);
  await byCall.until(1);
  await byAccount.until(1);
  // The other account takes the voice call as well, and of two ids of one millisecond either may be the newest.
  await setDelivery(gateway.database, byAccount.changes[0].id, { state: 'DEAD' });
  for (const follower of [byState, byAccount, byReference]) await follower.until(1);
  await byAccount.until(2);
  expect(shown(byState)).toEqual(['VOICE_CALL DEAD']);
  expect(shown(byKind)).toEqual(['HANG_UP PENDING']);
  expect(shown(byAccount)).toEqual(['VOICE_CALL PENDING', 'VOICE_CALL DEAD']);
  expect(shown(byCall)).toEqual(['METADATA PENDING']);
  expect(shown(byReference)).toEqual(['METADATA PENDING']);
  expect(shown(byTime)).toEqual([]);
});

async function referencesOf(id: string) {
  const { call: found } = await client.ask(
    'query ($id: ID!) { call(id: $id) { references { system name value } } }',
    { id },
  );
  return found.references;
}

it('a subscription to the call of a record goes on when that is joined into another', async () => {
  const { id: duplicate } = await givenBurkiCall(client);
  const follower = await followed({ call: { id: duplicate }, kind: ['HANG_UP'] });
  await client.ask(
    'mutation ($call: ID!, $duplicate: ID!) { joinCalls(call: { id: $call }, duplicate: { id: $duplicate }) { errors { code } } }',
    { call, duplicate },
  );
  await hangUpCall(client, { id: call });
  await follower.until(1);
  expect(follower.changes).toMatchObject([{ kind: 'HANG_UP', call: { id: call } }]);
});

it('no subscriber is sent another organization’s deliveries', async () => {
  const unrelated = await gateway.client();
  await givenSender(gateway.database, unrelated);
  const { id: theirs } = await givenBurkiCall(unrelated);
  const follower = await followed();
  await merge(unrelated, theirs);
  await merge(client, call);
  await follower.until(1);
  await hangUpCall(unrelated, { id: theirs });
  await hangUpCall(client, { id: call });
  await follower.until(2);
  expect(follower.changes.map((each) => each.call.id)).toEqual([call, call]);
});

it('what is committed late is sent, though later changes were sent before it', async () => {
  const { id: other } = await givenBurkiCall(client);
  await merge(client, call);
  const { id } = await newestDelivery(client, call);
  const follower = await followed();
  const writer = postgres(gateway.databaseUrl, { max: 1 });
  onTestFinished(() => writer.end());
  await writer.begin(async (tx) => {
    await tx`update deliveries set state = 'DEAD', updated_at = clock_timestamp() where id = ${uuidIn(id)}`;
    await merge(client, other);
    await follower.until(1);
    // Longer than the time that is read again without need.
    await sleep(2_500);
    await hangUpCall(client, { id: other });
    await follower.until(2);
    expect(follower.changes.map((each) => each.call.id)).toEqual([other, other]);
  });
  await follower.until(3);
  expect(follower.changes[2]).toMatchObject({ id, state: 'DEAD' });
});

it('what another gateway writes is sent', async () => {
  const second = await openGatewayOn(gateway.databaseUrl);
  onTestFinished(() => second.close());
  const follower = await followed(null, 'sse', second);
  await merge(client, call);
  await follower.until(1);
  expect(shown(follower)).toEqual(['METADATA PENDING']);
});

it('without subscribers nothing is read', async () => {
  const follower = await followed();
  await merge(client, call);
  await follower.until(1);
  const reads = () =>
    gateway.takeStatements().filter((statement) => /pg_stat_activity/.test(statement)).length;
  expect(reads()).toBeGreaterThan(0);
  follower.stop();
  await gateway.subscribers(0);
  await sleep(100);
  reads();
  await merge(client, call);
  await sleep(1_500);
  expect(reads()).toBe(0);
});
