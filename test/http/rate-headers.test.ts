import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followOver, TRANSPORTS } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

const LIST = '{ calls(first: 49) { nodes { id } } }';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({ rateLimit: 10, rateBurst: 120 });
});
afterAll(() => gateway.close());

async function ask(url: string, { token }: Client | { token: null }, query = LIST) {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  const body = (await answer.body.json()) as { extensions?: { cost: { remaining?: number } } };
  return { status: answer.statusCode, headers: answer.headers, remaining: body.extensions?.cost.remaining };
}

const numbersIn = (header: unknown) => (String(header).match(/\d+/g) ?? []).map(Number);

describe('a rated key', () => {
  it('is sent what it has left, in headers and in extensions.cost', async () => {
    const client = await gateway.client();
    const first = await ask(gateway.url, client);
    expect(first.headers['ratelimit-policy']).toBe('"points";q=120;w=12');
    expect(first.headers.ratelimit).toMatch(/^"points";r=\d+;t=\d+$/);
    const [left = -1, seconds] = numbersIn(first.headers.ratelimit);
    expect(left).toBe(first.remaining);
    // A point comes back each tenth of a second.
    expect(left).toBeGreaterThanOrEqual(70);
    expect(left).toBeLessThan(120);
    expect(seconds).toBe(Math.ceil((120 - left) / 10));
    const second = await ask(gateway.url, client);
    expect(second.remaining).toBeLessThan(left);
    const refused = await ask(gateway.url, client, '{ calls(first: 200) { nodes { id } } }');
    expect(refused.status).toBe(429);
    expect(refused.headers.ratelimit).toMatch(/^"points";r=\d+;t=\d+$/);
    expect(numbersIn(refused.headers['retry-after'])[0]).toBeGreaterThan(0);
    expect(refused.remaining).toBeGreaterThanOrEqual(0);
  });

  it('whose operation is larger than its burst has nothing left, and is in no debt that is shown', async () => {
    const client = await gateway.client();
    const { status, remaining } = await ask(gateway.url, client, '{ calls(first: 200) { nodes { id } } }');
    expect([status, remaining]).toEqual([200, 0]);
  });

  it('is not locked by an introspection', async () => {
    const client = await gateway.client();
    const { remaining = 0 } = await ask(
      gateway.url,
      client,
      '{ __schema { types { name fields { name } } } }',
    );
    expect(remaining).toBeGreaterThanOrEqual(69);
  });

  it.each(TRANSPORTS)('is sent it over %s in extensions.cost', async (transport) => {
    const { token } = await gateway.client();
    const follower = followOver(transport, { url: gateway.url, token }, LIST);
    await follower.ended();
    expect(follower.answers).toMatchObject([{ extensions: { cost: { remaining: expect.any(Number) } } }]);
  });
});

it('a key without a rate, and a client without a key, are sent none', async () => {
  const free = await openTestGateway({ rateLimit: 0 });
  try {
    const { headers, remaining } = await ask(free.url, await free.client());
    expect([headers.ratelimit, headers['ratelimit-policy'], remaining]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  } finally {
    await free.close();
  }
  const anonymous = await ask(gateway.url, { token: null }, '{ __typename }');
  expect([anonymous.headers.ratelimit, anonymous.remaining]).toEqual([undefined, undefined]);
});
