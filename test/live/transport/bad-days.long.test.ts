import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { GatewayConfig } from '../../../src/gateway.js';
import { ApiKeyService } from '../../../src/identity/api-key.service.js';
import { SIGNED_OUT, TOO_MANY_CONNECTIONS } from '../../../src/live/transport/close-codes.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { CALLS_CHANGED, follow, followOver, settled, socketUrl, TRANSPORTS, wsClient } from '../followers.js';

let gateway: TestGateway;
let client: Client;
let call: string;

async function open(config: GatewayConfig = {}) {
  gateway = await openTestGateway(config);
  client = await gateway.client({ organization: 'acme' });
  ({ id: call } = await givenCall(client));
  await settled(gateway);
}
afterEach(() => gateway.close());

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const target = (token = client.token) => ({ url: gateway.url, token });
const merge = (metadata: object) => mergeCallMetadata(client, { call: { id: call }, metadata });
const none = {
  sockets: 0,
  streams: 0,
  connections: 0,
  subscriptions: 0,
  keys: 0,
  subscribers: 0,
  admitted: 0,
  audiences: 0,
  organizations: 0,
};
const untilNobody = () =>
  vi.waitFor(() => expect(gateway.counts()).toEqual(none), { timeout: 10_000, interval: 10 });

/** A client that subscribes with the transport's protocol, and reads only on request. */
async function silentSubscriber(transport: 'ws' | 'sse') {
  // A small write with a large effect: each change of a few kilobytes gives an answer of megabytes.
  const metadata = Array.from({ length: 100 }, (_, n) => `m${n}: call { metadata }`);
  const subscribe = { query: `subscription { callsChanged { id ${metadata.join(' ')} } }` };
  if (transport === 'ws') {
    const socket = new WebSocket(socketUrl(gateway.url), 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${client.token}` } }),
    );
    await once(socket, 'message');
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: subscribe }));
    await gateway.subscribers(1);
    socket.pause();
    const closed = once(socket, 'close');
    return async () => {
      socket.resume();
      const [code, reason] = await closed;
      return `${code} ${reason}`;
    };
  }
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const body = JSON.stringify(subscribe);
  socket.write(
    `POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.token}\r\nAccept: text/event-stream\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await gateway.subscribers(1);
  return async () => {
    let text = '';
    socket.on('data', (data) => {
      text = (text + data).slice(-1_000);
    });
    await once(socket, 'close');
    return text;
  };
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a subscriber that does not read is ended, with the reason', async () => {
    await open({ liveBufferLimit: 100_000, livePingInterval: 5 });
    const read = await silentSubscriber(transport);
    const other = followOver(transport, target(), 'subscription { callsChanged { id } }');
    await gateway.subscribers(2);
    // Socket buffers fill first.
    let count = 0;
    await vi.waitFor(
      async () => {
        count += 1;
        await merge({ text: String(count).padEnd(20_000, '.') });
        expect(gateway.counts().subscribers).toBe(1);
      },
      { timeout: 60_000, interval: 0 },
    );
    expect(await read()).toMatch(
      transport === 'ws' ? /^4420 This subscriber reads too slowly/ : /"code":"RATE_LIMITED"/,
    );
    expect(await other.until(count)).toHaveLength(count);
    expect(gateway.counts()).toMatchObject({ subscribers: 1, connections: 1 });
  });

  it('a key that is revoked, or expires, loses its subscriptions within a second', async () => {
    await open();
    const keys = new ApiKeyService(gateway.database);
    const key = { organization: 'acme', name: 'k', kind: 'APP', staffUid: null, scopes: ['ADMIN'] } as const;
    const revoked = await keys.create({ ...key, scopes: ['ADMIN'], expiresAt: null });
    const expiring = await keys.create({
      ...key,
      scopes: ['ADMIN'],
      expiresAt: new Date(Date.now() + 1_500),
    });
    const [first, second, other] = [revoked.token, expiring.token, client.token].map((token) =>
      followOver(transport, target(token)),
    );
    await gateway.subscribers(3);
    await keys.revoke(revoked.id);
    const begun = performance.now();
    const over = await first?.ended();
    expect(performance.now() - begun).toBeLessThan(1_300);
    if (transport === 'ws') expect(over).toMatchObject({ code: 4403, reason: SIGNED_OUT.message });
    else expect(first?.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    await second?.ended();
    await merge({ a: 1 });
    expect(await other?.until(1)).toHaveLength(1);
    expect([first?.changes, second?.changes]).toEqual([[], []]);
    expect(gateway.counts()).toMatchObject({ subscribers: 1, keys: 1 });
  });

  it('a key has a limit of connections and subscriptions', async () => {
    await open({ liveMaxConnections: 2, liveMaxSubscriptions: 2 });
    const followers = [followOver(transport, target()), followOver(transport, target())];
    await gateway.subscribers(2);
    const third = followOver(transport, target());
    const over = await third.ended();
    if (transport === 'ws') expect(over).toMatchObject({ code: 4421, reason: TOO_MANY_CONNECTIONS.message });
    else expect(third.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    const unrelated = await gateway.client();
    const other = followOver(transport, target(unrelated.token));
    await gateway.subscribers(3);
    followers[0]?.stop();
    await gateway.subscribers(2);
    const late = followOver(transport, target());
    await gateway.subscribers(3);
    await merge({ a: 1 });
    for (const follower of [followers[1], late]) expect(await follower?.until(1)).toHaveLength(1);
    expect(other.changes).toEqual([]);
  });

  it('hundreds of connections come and go, and leave nothing', async () => {
    await open();
    const comeAndGo = async () => {
      const followers = Array.from({ length: 50 }, () => followOver(transport, target()));
      await gateway.subscribers(50);
      for (const follower of followers) follower.stop();
      await untilNobody();
    };
    await comeAndGo();
    const before = heapInUse();
    for (let round = 0; round < 9; round += 1) await comeAndGo();
    expect(heapInUse() - before).toBeLessThan(6_000_000);
    const wires = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    // Connections of the pool, of the listener, and of clients with keep-alive.
    await vi.waitFor(() => expect(wires()).toBeLessThan(40), 20_000);
  });
});

describe('a WebSocket', () => {
  beforeEach(() => open({ liveMaxSubscriptions: 3, livePingInterval: 1 }));

  it('carries several subscriptions and no more than the key may have; one that is completed makes space', async () => {
    const ws = wsClient(target());
    const followers = [1, 2, 3].map(() => follow(ws, CALLS_CHANGED));
    await gateway.subscribers(3);
    const fourth = follow(ws, CALLS_CHANGED);
    await fourth.ended();
    expect(fourth.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    followers[0]?.stop();
    await gateway.subscribers(2);
    followers.push(follow(ws, CALLS_CHANGED));
    await gateway.subscribers(3);
    await merge({ a: 1 });
    for (const follower of followers.slice(1)) expect(await follower.until(1)).toHaveLength(1);
    expect(gateway.counts()).toMatchObject({ connections: 1, sockets: 1, audiences: 1 });
    expect(followers[0]?.changes).toEqual([]);
  });

  it('is cut off when it does not answer a ping, and kept when it does', async () => {
    const follower = followOver('ws', target());
    const dead = new WebSocket(socketUrl(gateway.url), 'graphql-transport-ws', { autoPong: false });
    const pinged = once(dead, 'ping');
    const closed = once(dead, 'close');
    await once(dead, 'open');
    dead.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${client.token}` } }),
    );
    await pinged;
    expect((await closed)[0]).toBe(1006);
    await expect.poll(() => gateway.counts().connections).toBe(1);
    expect(follower.over).toBeUndefined();
  });

  it.each([
    ['of another protocol', 'graphql-ws', undefined, 4406],
    ['that says something else', 'graphql-transport-ws', 'hello', 4400],
    [
      'that subscribes before it has signed in',
      'graphql-transport-ws',
      '{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}',
      4401,
    ],
    ['that says too much', 'graphql-transport-ws', 'x'.repeat(5_000_000), 1009],
  ])('%s is closed with the code of the protocol', async (_, protocol, message, code) => {
    const socket = new WebSocket(socketUrl(gateway.url), protocol);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (message !== undefined) socket.once('open', () => socket.send(message));
    expect(await closed).toBe(code);
    await untilNobody();
  });

  it('is at /graphql and nowhere else', async () => {
    const socket = new WebSocket(`${socketUrl(gateway.url)}/elsewhere`, 'graphql-transport-ws');
    const [error] = await once(socket, 'error');
    expect(String(error)).toMatch(/404/);
  });
});

describe('an event stream', () => {
  beforeEach(() => open());
  const ask = (init: RequestInit, query = '') => fetch(`${gateway.url}/stream${query}`, init);
  const authorization = () => `Bearer ${client.token}`;

  it('works with GET too, which changes nothing', async () => {
    const query = (text: string) => `?query=${encodeURIComponent(text)}`;
    const headers = { accept: 'text/event-stream', authorization: authorization() };
    const read = await ask({ headers }, query('{ viewer { name } }'));
    expect((await read.text()).replace(/"remaining":\d+/, '"remaining":…')).toBe(
      ':\n\nevent: next\ndata: {"data":{"viewer":{"name":"test key"}},"extensions":{"cost":{"requested":2,"limit":200000,"remaining":…}}}\n\nevent: complete\ndata:\n\n',
    );
    const write = await ask(
      { headers },
      query(`mutation { hangUpCall(call: { id: "${call}" }) { errors { code } } }`),
    );
    expect(await write.text()).toContain('"code":"BAD_REQUEST"');
    expect((await client.ask(`{ call(id: "${call}") { revision } }`)).call.revision).toBe(1);
  });

  it.each([
    ['another kind of answer', { method: 'POST', body: '{}', headers: { accept: 'application/json' } }, 406],
    [
      'no JSON',
      { method: 'POST', body: '{', headers: { accept: '*/*', 'content-type': 'application/json' } },
      400,
    ],
  ])('that asks for %s is refused', async (_, init, status) => {
    expect(
      (await ask({ ...init, headers: { 'content-type': 'application/json', ...init.headers } })).status,
    ).toBe(status);
  });

  it('without a document reports what is missing', async () => {
    const answer = await ask({ method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } });
    expect(await answer.text()).toMatch(/event: next\ndata: .*"code":"BAD_REQUEST".*\n\nevent: complete/);
  });
});
