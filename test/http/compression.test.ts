import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

const ORIGIN = 'https://app.example.com';
const LARGE = '{ calls(first: 20) { nodes { id metadata createdAt } } }';
const SMALL = '{ calls(first: 1) { nodes { id } } }';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ corsOrigins: [ORIGIN] });
  client = await gateway.client();
  for (let made = 0; made < 20; made += 1) {
    await givenCall(client, { metadata: { text: 'größer als ein Paket '.repeat(10), made } });
  }
});
afterAll(() => gateway.close());

async function ask(query: string, headers: Record<string, string>, method: 'GET' | 'POST' = 'POST') {
  const isPost = method === 'POST';
  const url = isPost ? gateway.url : `${gateway.url}?query=${encodeURIComponent(query)}`;
  const answer = await request(url, {
    method,
    headers: {
      authorization: `Bearer ${client.token}`,
      'apollo-require-preflight': 'true',
      ...(isPost && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isPost ? JSON.stringify({ query }) : null,
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  return { status: answer.statusCode, headers: answer.headers, bytes };
}

const opened = ({ headers, bytes }: { headers: Record<string, unknown>; bytes: Buffer }): string => {
  const encoding = headers['content-encoding'];
  return (
    encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
  ).toString();
};

describe('an answer above 1 KiB', () => {
  it.each<[string | undefined, string | undefined]>([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, gzip;q=0.1, identity;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['zstd', undefined],
    ['identity;q=0', undefined],
    ['', undefined],
    [undefined, undefined],
    [';;;,=', undefined],
  ])('for Accept-Encoding %s is sent as %s', async (accepted, encoding) => {
    const plain = await ask(LARGE, {});
    const answer = await ask(LARGE, accepted === undefined ? {} : { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers.vary).toBe('Origin, Accept-Encoding');
    expect(Number(answer.headers['content-length'])).toBe(answer.bytes.length);
    expect(JSON.parse(opened(answer)).data).toEqual(JSON.parse(plain.bytes.toString()).data);
    if (encoding !== undefined) expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 4);
  });

  it('that refuses is compressed too', async () => {
    const wrong = `{ ${Array.from({ length: 20 }, (_, at) => `nothingOfThisName${at}`).join(' ')} }`;
    const answer = await ask(wrong, { 'accept-encoding': 'br' });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([400, 'br']);
    expect(JSON.parse(opened(answer)).errors[0].message).toMatch(/nothingOfThisName0/);
  });

  it('of another route is compressed too, and announced by HEAD with the length that GET has', async () => {
    const url = `${new URL(gateway.url).origin}/vendor-apis.json`;
    const headers = { 'accept-encoding': 'gzip' };
    const [head, got] = await Promise.all(
      (['HEAD', 'GET'] as const).map((method) => request(url, { method, headers })),
    );
    expect(got?.headers['content-encoding']).toBe('gzip');
    for (const name of ['content-encoding', 'content-length', 'vary']) {
      expect(head?.headers[name]).toBe(got?.headers[name]);
    }
    expect(await head?.body.text()).toBe('');
    await got?.body.dump();
  });

  it('gives its memory back when it was sent', async () => {
    const { headers } = await ask(LARGE, { 'accept-encoding': 'br' });
    expect(headers['content-encoding']).toBe('br');
    const metrics = await (await request(`${new URL(gateway.url).origin}/metrics`)).body.text();
    expect(metrics).toMatch(/^switchboard_answer_bytes 0$/m);
  });
});

it('a small answer is sent as it is', async () => {
  const answer = await ask(SMALL, { 'accept-encoding': 'br, gzip' });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(JSON.parse(answer.bytes.toString()).errors).toBeUndefined();
});

it('an event stream is not compressed', async () => {
  const answer = await request(`${gateway.url}/stream`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${client.token}`,
      'content-type': 'application/json',
      'accept-encoding': 'gzip, br',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: LARGE }),
  });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(await answer.body.text()).toContain('event: next');
});
