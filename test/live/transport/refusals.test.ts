import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { ApiKeyService } from '../../../src/identity/api-key.service.js';
import { CLOSE } from '../../../src/live/transport/close-codes.js';
import { givenCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { CALLS_CHANGED, follow, followOver, socketUrl } from '../followers.js';

const ORIGIN = 'https://app.example.com';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ corsOrigins: [ORIGIN], liveMaxConnections: 1 });
  client = await gateway.client({ organization: 'acme' });
});
afterAll(() => gateway?.close());

/** How a WebSocket ends that says nothing but the opening message of its protocol. */
async function closed(protocols: string | string[], init: object, options = {}): Promise<[number, string]> {
  const socket = new WebSocket(socketUrl(gateway.url), protocols, options);
  onTestFinished(() => socket.terminate());
  socket.once('open', () => socket.send(JSON.stringify(init), () => {}));
  const [code, reason] = await once(socket, 'close');
  return [code, String(reason)];
}

const init = (token: string) => ({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });

it('every reason fits into a close frame', () => {
  for (const [, reason] of Object.values(CLOSE)) expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
});

describe('a client of another protocol is closed with 4406, and learns which one to use:', () => {
  it('one of subscriptions-transport-ws', async () => {
    const [code, reason] = await closed('graphql-ws', init(client.token));
    expect(code).toBe(4406);
    expect(reason).toMatch(/subscriptions-transport-ws is not served: use graphql-transport-ws/);
  });

  it.each([[[]], [['soap']], [['soap', 'graphql-ws']]])('one that offers %j', async (protocols) => {
    const [code, reason] = await closed(protocols, init(client.token));
    expect(code).toBe(4406);
    expect(reason).toMatch(/graphql-transport-ws/);
  });

  it('but not one that offers the served protocol as well', async () => {
    const [code] = await closed(['graphql-ws', 'graphql-transport-ws'], init('sb_unknown'));
    expect(code).toBe(4403);
  });
});

describe('a page of another origin', () => {
  const FOREIGN = 'http://localhost:5173';

  it('is refused with the same words over WebSocket and HTTP, whatever its key and protocol', async () => {
    const preflight = await fetch(gateway.url, {
      method: 'OPTIONS',
      headers: { origin: FOREIGN, 'access-control-request-method': 'POST' },
    });
    const { errors } = (await preflight.json()) as { errors: [{ message: string }] };
    const [{ message }] = errors;
    expect(message).toContain(FOREIGN);
    for (const protocol of ['graphql-transport-ws', 'graphql-ws']) {
      expect(await closed(protocol, init(client.token), { origin: FOREIGN })).toEqual([4403, message]);
    }
  });

  it('gets no answer to what it says before the end', async () => {
    const socket = new WebSocket(socketUrl(gateway.url), 'graphql-transport-ws', { origin: FOREIGN });
    onTestFinished(() => socket.terminate());
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    socket.once('open', () => {
      socket.send(JSON.stringify(init(client.token)));
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } }));
    });
    await once(socket, 'close');
    expect(messages).toEqual([]);
    expect(gateway.counts()).toMatchObject({ connections: 0 });
  });

  it('may connect if it is allowed', async () => {
    expect(await closed('graphql-transport-ws', init('sb_unknown'), { origin: ORIGIN })).toEqual([
      ...CLOSE.SIGN_IN,
    ]);
  });
});

it('a WebSocket elsewhere is 404, with the words of HTTP', async () => {
  const socket = new WebSocket(`${socketUrl(gateway.url)}/elsewhere`, 'graphql-transport-ws');
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  const [body] = await once(response, 'data');
  const over = await fetch(`${gateway.url}/elsewhere`);
  expect([response.statusCode, JSON.parse(String(body))]).toEqual([404, await over.json()]);
});

it('a key that is not known is refused with the same words on every transport', async () => {
  const { errors } = await gateway.anonymous('Bearer sb_unknown').send('{ viewer { name } }');
  const message = errors?.[0]?.message;
  const stream = followOver('sse', { url: gateway.url, token: 'sb_unknown' });
  await stream.ended();
  expect(stream.errors).toMatchObject([{ message, extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(await closed('graphql-transport-ws', init('sb_unknown'))).toEqual([4403, message]);
});

it('a key that has its connections is refused with the same words on every transport', async () => {
  const { token } = await gateway.client();
  const first = followOver('ws', { url: gateway.url, token });
  await gateway.subscribers(1);
  const stream = followOver('sse', { url: gateway.url, token });
  await stream.ended();
  expect(await closed('graphql-transport-ws', init(token))).toEqual([4421, stream.errors[0]?.message]);
  first.stop();
  await gateway.subscribers(0);
});

it('a client of graphql-ws goes on with a fresh key when its first one is revoked', async () => {
  const keys = new ApiKeyService(gateway.database);
  const key = { organization: 'acme', name: 'k', kind: 'APP', staffUid: null, expiresAt: null } as const;
  const first = await keys.create({ ...key, scopes: ['CALLS_READ'] });
  const fresh = await keys.create({ ...key, scopes: ['CALLS_READ'] });
  const tokens = [first.token, fresh.token];
  const endings: unknown[] = [];
  const ws = createClient({
    url: socketUrl(gateway.url),
    webSocketImpl: WebSocket,
    retryWait: async () => {},
    connectionParams: () => ({ Authorization: `Bearer ${tokens.shift()}` }),
    on: { closed: (event) => endings.push(event) },
  });
  onTestFinished(() => void ws.dispose());
  const follower = follow(ws, CALLS_CHANGED);
  await gateway.subscribers(1);
  await keys.revoke(first.id);
  await expect.poll(() => endings).toMatchObject([{ code: 4403, reason: CLOSE.SIGNED_OUT[1] }]);
  await gateway.subscribers(1);
  const { id } = await givenCall(client);
  expect(await follower.until(1)).toMatchObject([{ call: { id } }]);
  expect(tokens).toEqual([]);
});

describe('what is not served is said:', () => {
  it('subscriptions over HTTP, multipart or not', async () => {
    for (const accept of [
      'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
      'application/json',
    ]) {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
        body: JSON.stringify({ query: 'subscription { callsChanged { id } }' }),
      });
      const { errors } = (await response.json()) as { errors: [{ message: string }] };
      expect(errors[0].message).toMatch(/WebSocket.*\/graphql\/stream; not as multipart/);
    }
    const stream = await fetch(`${gateway.url}/stream?query=subscription{callsChanged{id}}`, {
      headers: { accept: 'multipart/mixed', authorization: `Bearer ${client.token}` },
    });
    expect([stream.status, await stream.text()]).toEqual([406, expect.stringMatching(/not multipart/)]);
  });

  it("graphql-sse's single connection mode", async () => {
    const response = await fetch(`${gateway.url}/stream`, { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await response.text()).toMatch(/distinct connections mode/);
  });

  it.each(['@defer', '@stream'])('%s', async (directive) => {
    const { status, errors } = await client.send(`{ ... ${directive} { viewer { name } } }`);
    expect(status).toBe(400);
    expect(errors?.[0]?.message).toMatch(/^Unknown directive "@\w+"\. .*no incremental delivery\.$/);
    const other = await client.send('{ ... @other { viewer { name } } }');
    expect(other.errors?.[0]?.message).toBe('Unknown directive "@other".');
  });
});
