import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { CALLS_CHANGED, followOver, TRANSPORTS } from '../live/followers.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

describe('a path in PUBLIC_URL', () => {
  let gateway: TestGateway;
  let client: Client;
  let origin: string;
  beforeAll(async () => {
    gateway = await openTestGateway({ publicUrl: 'https://calls.example.com/desk/one' });
    client = await gateway.client();
    origin = new URL(gateway.url).origin;
  });
  afterAll(() => gateway?.close());

  const get = async (path: string, accept = 'text/html') => {
    const { statusCode, headers, body } = await request(`${origin}${path}`, { headers: { accept } });
    return { status: statusCode, headers, text: await body.text() };
  };

  it.each(['/desk/one', ''])('is taken from requests, and may be gone already: %s', async (prefix) => {
    const answer = await request(`${origin}${prefix}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
      body: '{"query":"{ viewer { name } }"}',
    });
    expect([answer.statusCode, await answer.body.json()]).toMatchObject([200, { data: { viewer: {} } }]);
    expect((await get(`${prefix}/health/live`)).status).toBe(200);
    expect((await get(`${prefix}/figures?from=2026-01-01`)).headers['content-type']).toMatch(/html/);
    expect((await get(`${prefix}/nothing`)).status).toBe(404);
  });

  it.each([
    '/desk/onegraphql',
    '/desk/one/desk/one/graphql',
    '/desk',
    '/DESK/ONE/graphql',
    '/graphql/desk/one',
  ])('is taken once, and whole: %s', async (path) => expect((await get(path)).status).toBe(404));

  it.each(TRANSPORTS)('is taken from the address of subscriptions over %s', async (transport) => {
    const { id } = await givenCall(client);
    const follower = followOver(
      transport,
      { url: `${origin}/desk/one/graphql`, token: client.token },
      CALLS_CHANGED,
    );
    await gateway.subscribers(1);
    await mergeCallMetadata(client, { call: { id }, metadata: { seen: true } });
    await follower.until(1);
    follower.stop();
  });

  it.each(['/desk/one', '/desk/one/', '/desk/one?a=b', '/desk/one/calls/call_1', '/'])(
    'is in the addresses that the wallboard has at %s',
    async (path) => {
      const { status, text, headers } = await get(path);
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(text).toContain('<meta name="base-path" content="/desk/one" />');
      const files = [...text.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, file = '']) => file);
      expect(files.length).toBeGreaterThanOrEqual(2);
      for (const file of files) {
        expect(file).toMatch(/^\/desk\/one\/wallboard\//);
        expect((await get(file)).status).toBe(200);
      }
    },
  );

  it('leads to the explorer below it without the wallboard', async () => {
    const off = await openTestGateway({ wallboard: false, publicUrl: 'https://calls.example.com/desk' });
    const { statusCode, headers, body } = await request(new URL('/desk', off.url));
    await body.dump();
    await off.close();
    expect([statusCode, headers.location]).toEqual([302, '/desk/graphql']);
  });

  it.each(['calls', 'graphql/inner', 'recordings', 'health', 'vendor-apis.json'])(
    'cannot begin as a path of the gateway does: /%s',
    async (path) => {
      const publicUrl = `https://calls.example.com/${path}`;
      await expect(openTestGateway({ publicUrl })).rejects.toThrow(/^PUBLIC_URL has a path that begins with/);
    },
  );
});

const requestsOf = ({ log }: TestGateway) =>
  log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');

describe('TRUST_PROXY', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const { trustProxy } = loadConfig({ TRUST_PROXY: 'loopback, 10.0.0.0/8, 2001:db8::1' });
    gateway = await openTestGateway({ trustProxy }, 'info');
  });
  afterAll(() => gateway?.close());

  it.each([
    ['no header', undefined, '127.0.0.1'],
    ['the client', '192.0.2.7', '192.0.2.7'],
    ['one that says it is another', '198.51.100.1, 192.0.2.7', '192.0.2.7'],
    ['a further trusted proxy', '192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['IPv6', '2001:db8::9, 2001:db8::1', '2001:db8::9'],
    ['proxies alone', '10.0.0.9', '10.0.0.9'],
    ['no address', 'evil"}', '127.0.0.1'],
  ])('%s', async (_, forwarded, expected) => {
    gateway.log.length = 0;
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const { body } = await request(gateway.url, { headers });
    await body.dump();
    await expect.poll(() => requestsOf(gateway)).toMatchObject([{ address: expected }]);
  });

  it('without it, the header means nothing', async () => {
    const open = await openTestGateway({}, 'info');
    const { body } = await request(open.url, { headers: { 'x-forwarded-for': '192.0.2.7' } });
    await body.dump();
    await expect.poll(() => requestsOf(open)).toMatchObject([{ address: '127.0.0.1' }]);
    await open.close();
  });

  it.each(['everyone', '10.0.0.0/40', '10.0.0.1;10.0.0.2', ''])('refuses %j', (value) => {
    const read = () => loadConfig({ TRUST_PROXY: value });
    if (value === '') expect(read().trustProxy).toBeNull();
    else expect(read).toThrow(/TRUST_PROXY must be off, or IP addresses/);
  });
});
