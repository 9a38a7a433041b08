import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Origins } from '../../src/http/origins.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

const SILENT = pino({ level: 'silent' });
const DEFAULTS = { corsOrigins: undefined, host: '127.0.0.1', publicUrl: undefined };
const allows = (config: Partial<ConstructorParameters<typeof Origins>[0]>, origin: string) =>
  new Origins({ ...DEFAULTS, ...config }, SILENT).refusalOf({ origin, host: 'calls.example.com' }) === null;

const LOCAL = [
  'http://localhost:5173',
  'http://127.0.0.1:3000',
  'http://[::1]:8080',
  'https://app.localhost',
];
const FOREIGN = [
  'https://evil.example.com',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'http://192.168.1.7:5173',
  'null',
  'file://',
  '',
];

describe('without CORS_ORIGINS', () => {
  it.each(['127.0.0.1', 'localhost', '::1'])('a gateway on %s takes the pages of its machine', (host) => {
    for (const origin of LOCAL) expect([origin, allows({ host }, origin)]).toEqual([origin, true]);
    for (const origin of FOREIGN) expect([origin, allows({ host }, origin)]).toEqual([origin, false]);
    expect(allows({ host }, 'https://studio.apollographql.com')).toBe(true);
  });

  it.each([
    ['on an address that others reach', { host: '0.0.0.0' }],
    ['on ::', { host: '::' }],
    ['whose PUBLIC_URL is elsewhere', { publicUrl: 'https://api.example.com/calls' }],
    ['with CORS_ORIGINS=off', { corsOrigins: [] }],
    ['with others in CORS_ORIGINS', { corsOrigins: ['https://app.example.com'] }],
  ])('but not one %s', (_, config) => {
    for (const origin of [...LOCAL, 'https://studio.apollographql.com'])
      expect(allows(config, origin)).toBe(false);
  });

  it('one whose PUBLIC_URL is on its machine does', () => {
    expect(allows({ publicUrl: 'http://localhost:8080' }, LOCAL[0] ?? '')).toBe(true);
  });
});

it("the gateway's own pages may always ask: those of its host, and of PUBLIC_URL", () => {
  expect(allows({ corsOrigins: [] }, 'https://calls.example.com')).toBe(true);
  expect(allows({ publicUrl: 'https://api.example.com/calls' }, 'https://api.example.com')).toBe(true);
});

it('a refusal fits into the reason of a close frame, whatever the origin', () => {
  const origins = new Origins({ ...DEFAULTS, corsOrigins: [] }, SILENT);
  const anything = fc.oneof(
    // What a header may hold.
    fc
      .array(fc.integer({ min: 1, max: 255 }), { maxLength: 200 })
      .map((codes) => String.fromCharCode(...codes)),
    fc.domain().map((name) => `https://${name}`),
    fc.constantFrom(...FOREIGN),
  );
  fc.assert(
    fc.property(anything, (origin) => {
      const refusal = origins.refusalOf({ origin, host: 'x' }) ?? '';
      expect(Buffer.byteLength(refusal)).toBeLessThanOrEqual(123);
      expect(refusal).toMatch(/^[\x20-\x7e…]+$/);
    }),
  );
});

describe('over HTTP', () => {
  const ORIGIN = 'https://app.example.com';
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openTestGateway({ corsOrigins: [ORIGIN] });
  });
  afterAll(() => gateway?.close());

  const PATHS = ['/graphql', '/graphql/stream', '/export/calls.csv', '/schema.graphql', '/nowhere'];
  const options = (path: string, headers: Record<string, string>) =>
    fetch(new URL(path, gateway.url), { method: 'OPTIONS', headers });
  const preflight = (path: string, origin: string) =>
    options(path, { origin, 'access-control-request-method': 'POST' });

  it('a preflight of another origin is refused, and the answer names the origin and the variable', async () => {
    for (const path of PATHS) {
      const response = await preflight(path, 'http://localhost:5173');
      expect([path, response.status]).toEqual([path, 403]);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(await response.json()).toEqual({
        errors: [
          {
            message:
              'Pages of http://localhost:5173 may not ask this gateway: add the origin to CORS_ORIGINS',
            extensions: { code: 'FORBIDDEN' },
          },
        ],
      });
    }
  });

  it('one of an allowed origin is 204', async () => {
    for (const path of PATHS) {
      const response = await preflight(path, ORIGIN);
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
    }
  });

  it('OPTIONS that is no preflight is 405, and says what is allowed', async () => {
    for (const headers of [{}, { origin: ORIGIN }, { 'access-control-request-method': 'POST' }]) {
      const response = await options('/graphql', headers as Record<string, string>);
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
      expect(await response.text()).not.toMatch(/Cross-Site|CSRF/);
    }
  });

  it('each refused origin is in the log once', async () => {
    const logged = await openTestGateway({ corsOrigins: [] });
    onTestFinished(logged.close);
    const ask = (origin: string) => fetch(logged.url, { headers: { origin, accept: 'application/json' } });
    for (const origin of ['http://a.example', 'http://b.example', 'http://a.example', 'http://a.example']) {
      await (await ask(origin)).text();
    }
    const lines = logged.log.map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ origin: 'http://a.example' }, { origin: 'http://b.example' }]);
    for (const { msg } of lines) expect(msg).toMatch(/CORS_ORIGINS/);
  });
});
