import { readFile } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway?.close());

async function get(path: string, headers: Record<string, string> = {}, to = gateway) {
  const answer = await request(new URL(path, to.url), { headers: { accept: BROWSER, ...headers } });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  return { status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() };
}

const assetsOf = (page: string) =>
  [...page.matchAll(/(?:href|src)="(graphql\/explorer\/[^"]+)"/g)].map(([, path = '']) => `/${path}`);

describe('the page', () => {
  it('has no script and no style but its own files, and a policy that lets no other in', async () => {
    const { status, headers, text } = await get('/graphql');
    expect(status).toBe(200);
    expect(assetsOf(text)).toHaveLength(2);
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\/(?!www\.w3\.org)/);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        `connect-src 'self' ws://${new URL(gateway.url).host} wss://${new URL(gateway.url).host}`,
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.filter((each) => /http|unsafe-eval|\*/.test(each))).toEqual([]);
  });

  it('takes nothing into its policy that is no host', async () => {
    const { headers } = await get('/graphql', { host: "a; script-src 'unsafe-eval'" });
    expect(headers['content-security-policy']).toContain("connect-src 'self';");
  });

  it('is asked for anew each time, and 304 while it is the same', async () => {
    const { headers } = await get('/graphql');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await get('/graphql', { 'if-none-match': String(headers.etag) });
    expect([again.status, again.bytes.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
    expect((await get('/graphql', { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  it.each(['application/json', '*/*', 'application/graphql-response+json, text/html;q=0.5'])(
    'is not for a program that accepts %s',
    async (accept) => {
      const { headers } = await get('/graphql?query={__typename}', {
        accept,
        'apollo-require-preflight': '1',
      });
      expect(headers['content-type']).toMatch(/json/);
    },
  );
});

describe('its files', () => {
  it('are kept for a year, and sent as they were compressed by the build', async () => {
    const assets = assetsOf((await get('/graphql')).text);
    for (const path of assets) {
      const plain = await get(path);
      expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(plain.headers['content-type']).toMatch(
        path.endsWith('.js') ? /^text\/javascript/ : /^text\/css/,
      );
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const [encoding, open] of [
        ['br', brotliDecompressSync],
        ['gzip', gunzipSync],
      ] as const) {
        const sent = await get(path, { 'accept-encoding': encoding });
        expect(sent.headers['content-encoding']).toBe(encoding);
        expect(sent.headers.vary).toMatch(/Accept-Encoding/);
        expect(sent.bytes.length).toBeLessThan(plain.bytes.length * 0.6);
        expect(open(sent.bytes).equals(plain.bytes)).toBe(true);
      }
      expect((await get(path, { 'if-none-match': String(plain.headers.etag) })).status).toBe(304);
    }
  });

  it.each([
    'nothing.js',
    'index.html',
    '..%2f..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'main.js.br',
  ])('are no others: %s', async (name) => {
    const { status, text } = await get(`/graphql/explorer/${name}`);
    expect(status).toBe(404);
    expect(JSON.parse(text).errors[0].extensions.code).toBe('NOT_FOUND');
  });
});

it('with EXPLORER off, there is no page and no file, and a browser learns why', async () => {
  const off = await openTestGateway({ explorer: false, wallboard: false });
  const answers = [
    await get('/graphql', {}, off),
    await get('/', {}, off),
    await get('/graphql/explorer/x', {}, off),
  ];
  const { data } = await (await off.client()).send('{ __typename }');
  await off.close();
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(JSON.parse(answers[0]?.text ?? '').errors[0].message).toMatch(/EXPLORER/);
  expect(data).toEqual({ __typename: 'Query' });
});

describe('/schema.graphql', () => {
  it('is the schema, and 304 while it is the same', async () => {
    const { status, headers, text } = await get('/schema.graphql');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(text).toBe(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    expect((await get('/schema.graphql', { 'if-none-match': String(headers.etag) })).status).toBe(304);
  });

  it('is not shown where introspection is off', async () => {
    const closed = await openTestGateway({ graphqlIntrospection: false });
    const { status, text } = await get('/schema.graphql', {}, closed);
    await closed.close();
    expect([status, JSON.parse(text).errors[0].message]).toEqual([
      403,
      expect.stringMatching(/GRAPHQL_INTROSPECTION/),
    ]);
  });
});
