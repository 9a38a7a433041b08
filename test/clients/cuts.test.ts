import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { openCuttableProxy } from '../live/cuttable-proxy.js';
import { follow, settled, wsClient } from '../live/followers.js';
import { type Random, randomOf } from '../live/random.js';
import { until } from '../live/until.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { open as openApollo } from './apollo/open.js';
import { followed } from './live/followed.js';
import { LiveWrites } from './live-writes.js';
import { openLive } from './open-live.js';
import { open as openRelay } from './relay/open.js';
import { CALL_UPDATES, CLIENTS, openStream, type Stream } from './streams.js';
import { open as openUrql } from './urql/open.js';

async function openGateway(...given: Parameters<typeof openTestGateway>): Promise<TestGateway> {
  const gateway = await openTestGateway(...given);
  onTestFinished(() => gateway.close());
  return gateway;
}

const cursorOf = async (client: Client): Promise<string> =>
  (await client.ask('{ changeCursor }')).changeCursor;

/** All that the log has after a cursor, as one whole connection receives it. */
async function expected(gateway: TestGateway, client: Client, after: string): Promise<string[]> {
  await settled(gateway);
  const last = await givenCall(client);
  const whole = follow(wsClient({ url: gateway.url, token: client.token }), CALL_UPDATES, { after });
  await until('the last call', () => whole.changes.at(-1)?.call.id === last.id);
  whole.stop();
  return whole.changes.map(({ cursor }) => cursor);
}

async function caughtUp(streams: Stream[], cursors: string[]): Promise<void> {
  await until('the last change', () => streams.every((stream) => stream.cursors.at(-1) === cursors.at(-1)));
  for (const { surprises } of streams) expect(surprises).toEqual([]);
  for (const stream of streams) expect(stream.cursors).toEqual(cursors);
}

/** Without erasures, which the log forgets, so that what is expected can be read at the end. */
async function change(writer: Client, random: Random, count: number): Promise<void> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const isNew = ids.length < 3 || random.below(4) === 0;
    if (isNew) ids.push((await givenCall(writer)).id);
    else await mergeCallMetadata(writer, { call: { id: random.of(ids) }, metadata: { n } });
  }
}

const begin = async (gateway: TestGateway, client: Client) => {
  await givenCall(client);
  await settled(gateway);
  return cursorOf(client);
};

describe.each(CLIENTS)('%s', (name) => {
  it.each([1, 2])(
    'receives every change once, in order, over a connection that is cut (seed %i)',
    async (seed) => {
      const gateway = await openGateway();
      const writer = await gateway.client();
      const after = await begin(gateway, writer);
      const proxy = await openCuttableProxy(() => Number(new URL(gateway.url).port));
      onTestFinished(proxy.close);
      const live = openLive({ url: `http://127.0.0.1:${proxy.port}/graphql`, token: writer.token });
      onTestFinished(() => live.dispose());
      const stream = openStream(name, live, { url: gateway.url, token: writer.token }, after);
      const random = randomOf(seed);
      const cut = async () => {
        for (let cuts = 0; cuts < 12; cuts += 1) {
          await proxy.cut(random.below(2_000), random.of(['end', 'reset']));
        }
      };
      await Promise.all([change(writer, random, 60), cut()]);
      await caughtUp([stream], await expected(gateway, writer, after));
      expect(stream.cursors.length).toBe(61);
    },
  );
});

it('every client goes on when the gateway stops and another one listens in its place', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  let gateway = await openGatewayOn(test.url);
  const { token } = await gateway.client({ organization: 'acme' });
  const port = Number(new URL(gateway.url).port);
  const { url } = gateway;
  const after = await begin(gateway, await gateway.client({ organization: 'acme' }));
  const streams = CLIENTS.map((name) => {
    const live = openLive({ url, token });
    onTestFinished(() => live.dispose());
    return openStream(name, live, { url, token }, after);
  });
  for (const round of [1, 2, 3]) {
    await gateway.subscribers(CLIENTS.length);
    await new LiveWrites(await gateway.client({ organization: 'acme' }), round).newCalls(5);
    await gateway.close();
    // On the same database, while the clients' gateway is away.
    const beside = await openGatewayOn(test.url);
    await new LiveWrites(await beside.client({ organization: 'acme' }), 10 * round).newCalls(5);
    await beside.close();
    gateway = await openGatewayOn(test.url, { port });
  }
  onTestFinished(() => gateway.close());
  const client = await gateway.client({ organization: 'acme' });
  await caughtUp(streams, await expected(gateway, client, after));
});

it('a client that does not read is cut by the gateway, and misses nothing', async () => {
  const gateway = await openGateway({ livePingInterval: 1, liveBufferLimit: 65_536 });
  const writer = await gateway.client();
  const call = await givenCall(writer);
  await settled(gateway);
  const after = await cursorOf(writer);
  const sockets: WebSocket[] = [];
  class SeenSocket extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      sockets.push(this);
    }
  }
  const query = `subscription ($after: String) {
    callsChanged(after: $after) { cursor newValues oldValues patch call { metadata } }
  }`;
  const follower = followed(
    { url: gateway.url, token: writer.token, webSocketImpl: SeenSocket },
    { query, variables: { after } },
  );
  await gateway.subscribers(1);
  const [first] = sockets;
  first?.pause();
  const text = '.'.repeat(200_000);
  for (let n = 0; n < 40; n += 1) {
    await mergeCallMetadata(writer, { call: { id: call.id }, metadata: { n, text } });
  }
  await until('the cut', () => gateway.counts().subscribers === 0);
  first?.resume();
  await follower.until(40);
  const seen = follower
    .changes()
    .map(({ newValues }) => (newValues as { metadata: { n: number } }).metadata.n);
  expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(sockets.length).toBeGreaterThan(1);
  expect(follower.end).toBeNull();
});

describe('a key', () => {
  it('that expires is followed by the next one, and no change is lost', async () => {
    const gateway = await openGateway();
    const key = { organization: 'renewed' };
    const writer = await gateway.client(key);
    const after = await begin(gateway, writer);
    const keys = new ApiKeyService(gateway.database);
    const given: string[] = [];
    const renew = async () => {
      const { token, id } = await keys.create({
        ...key,
        name: 'short',
        kind: 'APP',
        staffUid: null,
        scopes: ['CALLS_READ'],
        expiresAt: given.length < 2 ? new Date(Date.now() + 1_500) : null,
      });
      given.push(id);
      return token;
    };
    const follower = followed(
      { url: gateway.url, token: renew },
      { query: CALL_UPDATES, variables: { after } },
    );
    const writes = new LiveWrites(writer, 3);
    while (given.length < 3) await writes.newCall({});
    const all = await expected(gateway, writer, after);
    await follower.until(all.length);
    expect(follower.cursors()).toEqual(all);
    expect(follower.end).toBeNull();
  });

  it('that is revoked ends the subscriptions of a client that has no other', async () => {
    const gateway = await openGateway();
    const keys = new ApiKeyService(gateway.database);
    const { token, id } = await keys.create({
      organization: 'revoked',
      name: 'one',
      kind: 'APP',
      staffUid: null,
      scopes: ['CALLS_READ'],
      expiresAt: null,
    });
    const follower = followed({ url: gateway.url, token });
    await gateway.subscribers(1);
    await keys.revoke(id);
    const end = await follower.ended();
    expect(end).toMatchObject({ name: 'ConnectionRefused' });
    expect([4401, 4403]).toContain((end as { closeCode?: number }).closeCode);
  });
});

it('without after, nothing is lost either, though the cut comes before the first change', async () => {
  const gateway = await openGateway();
  const writer = await gateway.client();
  const call = await givenCall(writer);
  await settled(gateway);
  let port: number | undefined = Number(new URL(gateway.url).port);
  const proxy = await openCuttableProxy(() => port);
  onTestFinished(proxy.close);
  const url = `http://127.0.0.1:${proxy.port}/graphql`;
  const follower = followed(
    { url, token: writer.token },
    { query: 'subscription { callsChanged { revision call { id } } }' },
  );
  await gateway.subscribers(1);
  const there = port;
  port = undefined;
  await proxy.cut(0, 'reset');
  for (const n of [1, 2, 3]) await mergeCallMetadata(writer, { call: { id: call.id }, metadata: { n } });
  port = there;
  await follower.until(3);
  expect(follower.changes()).toEqual([2, 3, 4].map((revision) => ({ revision, call: { id: call.id } })));
});

it.each(CLIENTS)('%s gives its application the code of a refusal', async (name) => {
  const gateway = await openGateway();
  const { token } = await gateway.client();
  const live = openLive({ url: gateway.url, token });
  onTestFinished(() => live.dispose());
  const { cursors, surprises } = openStream(name, live, { url: gateway.url, token }, 'nowhere');
  await until('the refusal', () => surprises.length > 0);
  type Refusal = { errors?: Coded[]; graphQLErrors?: Coded[] };
  type Coded = { extensions: { code: string } };
  const { errors, graphQLErrors } = surprises[0] as Refusal;
  const codes = (errors ?? graphQLErrors ?? []).map(({ extensions }) => extensions.code);
  expect([codes, cursors]).toEqual([['BAD_USER_INPUT'], []]);
});

it('a cursor that is lost ends a subscription with its code', async () => {
  const gateway = await openGateway();
  const writer = await gateway.client();
  const call = await givenCall(writer);
  await settled(gateway);
  const after = await cursorOf(writer);
  const onCursorLost = vi.fn();
  const follower = followed(
    { url: gateway.url, token: writer.token, onCursorLost },
    { query: CALL_UPDATES, variables: { after } },
  );
  await gateway.subscribers(1);
  await mergeCallMetadata(writer, { call: { id: call.id }, metadata: { n: 1 } });
  await follower.until(1);
  await forgetMerges(gateway);
  expect(await follower.ended()).toMatchObject({ name: 'OperationRefused', code: 'CURSOR_LOST' });
  expect(onCursorLost).toHaveBeenCalledTimes(1);
});

/** Like a standby that had not received them when it was promoted. */
const forgetMerges = (gateway: TestGateway) =>
  gateway.database.db.execute(sql`delete from call_changes where kind = 'METADATA_MERGED'`);

it.each([
  ['Apollo Client', openApollo],
  ['urql', openUrql],
  ['Relay', openRelay],
])('a list of %s reads itself anew when its cursor is lost', async (_, open) => {
  const gateway = await openGateway();
  const writer = await gateway.client();
  const call = await givenCall(writer);
  await settled(gateway);
  const list = open({ url: gateway.url, token: writer.token, filter: null, first: 5 });
  onTestFinished(() => list.close());
  await list.loadMore();
  await gateway.subscribers(1);
  await mergeCallMetadata(writer, { call: { id: call.id }, metadata: { n: 1 } });
  await until('the change', () => list.calls()[0]?.revision === 2);
  await forgetMerges(gateway);
  const other = await givenCall(writer);
  await until('the list', () => list.calls().length === 2);
  expect(list.calls().map(({ id }) => id)).toEqual([other.id, call.id]);
  await mergeCallMetadata(writer, { call: { id: other.id }, metadata: { n: 2 } });
  await until('what comes after', () => list.calls()[0]?.revision === 2);
});
