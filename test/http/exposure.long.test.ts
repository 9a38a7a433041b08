import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

const SANDBOX = 'https://studio.apollographql.com';
const QUERY = JSON.stringify({ query: '{ viewer { name } }' });

let gateway: TestGateway;
/** Allows the pages of Apollo Sandbox, and stops at once. */
let open: TestGateway;
let token: string;
beforeAll(async () => {
  gateway = await openTestGateway({ corsOrigins: [] });
  open = await openTestGateway({
    corsOrigins: [SANDBOX, 'https://console.example.com'],
    requestTimeout: 2,
    headersTimeout: 1,
    keepAliveTimeout: 1,
    connectionTimeout: 3,
  });
  ({ token } = await open.client());
});
afterAll(() => Promise.all([gateway.close(), open.close()]));

const JSON_TYPE = { 'content-type': 'application/json' };

describe('every answer', () => {
  it.each([
    ['of a query', '', { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ __typename }"}' }],
    ['of a refusal', '', { method: 'POST', headers: JSON_TYPE, body: '[' }],
    ['of an unknown place', '/nowhere', {}],
    ['of an event stream', '/stream?query={__typename}', { headers: { accept: 'text/event-stream' } }],
  ])('has the security headers: %s', async (_, path, request) => {
    const response = await fetch(`${gateway.url}${path}`, request);
    await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
      'cross-origin-opener-policy': 'same-origin-allow-popups',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': expect.stringMatching(/^no-/),
    });
    for (const name of ['x-powered-by', 'server', 'access-control-allow-origin']) {
      expect(response.headers.has(name)).toBe(false);
    }
  });
});

describe('a page of another site', () => {
  const preflight = (to: TestGateway, origin: string, path = '') =>
    fetch(`${to.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('gets no CORS headers unless its origin is configured', async () => {
    for (const [to, origin] of [
      [gateway, SANDBOX],
      [open, 'https://evil.example.com'],
      [open, `${SANDBOX}.evil.example.com`],
      [open, 'null'],
    ] as const) {
      const response = await preflight(to, origin);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      const answer = await fetch(to.url, { method: 'POST', headers: { ...JSON_TYPE, origin }, body: QUERY });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it.each([SANDBOX, 'https://console.example.com'])(
    'of %s may ask, over event streams too',
    async (origin) => {
      for (const path of ['', '/stream']) {
        const response = await preflight(open, origin, path);
        expect(response.status).toBe(204);
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET, POST, DELETE',
          'access-control-allow-headers': 'authorization,content-type',
          vary: expect.stringMatching(/Origin/i),
        });
        const headers = { ...JSON_TYPE, origin, authorization: `Bearer ${token}`, accept: '*/*' };
        const answer = await fetch(`${open.url}${path}`, { method: 'POST', headers, body: QUERY });
        expect(await answer.text()).toContain('test key');
        expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      }
    },
  );

  /** It was asked for its key, or refused before. */
  const ASKED = /^4403 Sign in /;
  const REFUSED = /^4403 Pages .*CORS_ORIGINS/;

  const upgrade = async (to: TestGateway, origin?: string) => {
    const socket = new WebSocket(to.url.replace('http', 'ws'), 'graphql-transport-ws', { origin });
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    const [code, reason] = await once(socket, 'close');
    return `${code} ${reason}`;
  };

  it('opens no WebSocket unless its origin is configured', async () => {
    expect(await upgrade(open, SANDBOX)).toMatch(ASKED);
    expect(await upgrade(gateway, SANDBOX)).toMatch(REFUSED);
    expect(await upgrade(open, 'https://evil.example.com')).toMatch(REFUSED);
    expect(await upgrade(open, 'null')).toMatch(REFUSED);
  });

  it('opens one where it is of the gateway itself, and programs open them', async () => {
    expect(await upgrade(gateway, new URL(gateway.url).origin)).toMatch(ASKED);
    expect(await upgrade(gateway)).toMatch(ASKED);
  });

  const write = 'mutation{upsertCall(input:{references:[{system:OTHER,name:"n",value:"csrf"}]}){created}}';
  it.each([
    ['GET', `?query=${encodeURIComponent(write)}`, undefined, undefined],
    ['GET', `/stream?query=${encodeURIComponent(write)}`, undefined, undefined],
    ['POST', '', 'text/plain', JSON.stringify({ query: write })],
    ['POST', '', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(write)}`],
    [
      'POST',
      '',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n${write}\r\n--x--`,
    ],
    ['POST', '/stream', 'text/plain', JSON.stringify({ query: write })],
    ['POST', '/stream', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(write)}`],
  ])('writes nothing by a form or a link: %s %s %s', async (method, path, type, body) => {
    const headers = { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) };
    const response = await fetch(`${open.url}${path}`, { method, headers, body });
    const text = await response.text();
    expect(text).toMatch(/"errors":\[/);
    const { calls } = await open.anonymous(`Bearer ${token}`).ask('{ calls { totalCount } }');
    expect(calls.totalCount).toBe(0);
  });
});

/** Opens a connection, writes, and returns what was received until it was closed, and after how long. */
async function until(write: (socket: Socket) => unknown): Promise<{ text: string; seconds: number }> {
  const { hostname, port } = new URL(open.url);
  const socket = connect(Number(port), hostname);
  const start = performance.now();
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const timer = write(socket);
  await once(socket, 'close');
  clearInterval(timer as NodeJS.Timeout);
  return { text, seconds: (performance.now() - start) / 1000 };
}

const HEAD = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

describe('a client that takes too long is cut off:', () => {
  it('one that says nothing', async () => {
    const { seconds } = await until(() => undefined);
    expect(seconds).toBeLessThan(6);
  });

  it('one that sends its headers letter by letter', async () => {
    const { text, seconds } = await until((socket) => {
      socket.write(HEAD);
      return setInterval(() => socket.write('x-a: b\r\n'), 100);
    });
    expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout/);
    expect(seconds).toBeLessThan(6);
  });

  it('one whose body never ends', async () => {
    const { text, seconds } = await until((socket) => {
      socket.write(`${HEAD}content-length: 1000\r\n\r\n`);
      return setInterval(() => socket.write(' '), 100);
    });
    expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout/);
    expect(text).toMatch(
      /\{"errors":\[\{"message":".{10,}","extensions":\{"code":"REQUEST_TIMEOUT"\}\}\]\}$/,
    );
    expect(seconds).toBeLessThan(6);
  });

  it('one that has its answer and keeps the connection', async () => {
    const body = '{"query":"{ __typename }"}';
    const { text, seconds } = await until((socket) => {
      socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`);
    });
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(seconds).toBeLessThan(6);
  });

  it('but not a WebSocket or an event stream, on which nothing may happen for long', async () => {
    const socket = new WebSocket(open.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    const stream = await fetch(`${open.url}/stream?query=subscription{callsChanged{id}}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(open.counts()).toMatchObject({ sockets: 1, streams: 1 });
    socket.terminate();
    await stream.body?.cancel();
  });
});

describe('invalid HTTP', () => {
  it.each([
    ['noise', 'nothing of the kind\r\n\r\n', 400],
    ['headers without end', `${HEAD}x: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
  ])('is answered in GraphQL’s format: %s', async (_, bytes, status) => {
    const { text } = await until((socket) => void socket.write(bytes));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
    expect(body.errors[0].extensions.code).toMatch(/^[A-Z_]+$/);
  });
});
