import { createSecretKey } from 'node:crypto';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VENDOR_APIS, type VendorApiName } from '../../src/config/tables/vendors.js';
import { AccessTokens } from '../../src/identity/access-tokens.js';
import { instantOf } from '../../src/vendor-apis/instants.js';
import { pathSpeller } from '../../src/vendor-apis/spellings.js';
import { givenCall } from '../support/documents.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({}, 'info');
});
afterAll(() => gateway.close());

const request = ({ url }: TestGateway, method: string, path: string, token?: string, body?: object) =>
  fetch(`${new URL(url).origin}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
const documentOf = async (of: TestGateway) => (await request(of, 'GET', '/vendor-apis.json')).json();

/** One request of each vendor that needs a key. */
const REQUESTS: Record<VendorApiName, [method: string, path: string]> = {
  burki: ['GET', '/api/v1/calls/1'],
  creovai: ['POST', '/callEvent/v1/outofband/event'],
  vcita: ['GET', '/v3/communication/voice_calls'],
  bird: ['GET', '/workspaces/w/channels/c/calls/1'],
};

describe('VENDOR_APIS', () => {
  it.each([
    ['all of them', VENDOR_APIS],
    ['two of them', ['burki', 'bird']],
    ['none', []],
  ] as [string, VendorApiName[]][])('serves %s, and nothing of the others', async (_, vendorApis) => {
    const some = await openGatewayOn(gateway.databaseUrl, { vendorApis });
    try {
      for (const name of VENDOR_APIS) {
        const [method, path] = REQUESTS[name];
        const { status } = await request(some, method, path, undefined, method === 'GET' ? undefined : {});
        expect([name, status]).toEqual([name, vendorApis.includes(name) ? 401 : 404]);
      }
      const { status } = await request(some, 'GET', '/vendor-apis.json');
      expect(status).toBe(vendorApis.length > 0 ? 200 : 404);
      if (vendorApis.length === 0) return;
      const { paths } = (await documentOf(some)) as {
        paths: Record<string, Record<string, { tags: string[] }>>;
      };
      const tags = Object.values(paths).flatMap((methods) =>
        Object.values(methods).flatMap((each) => each.tags),
      );
      expect(new Set(tags.map((tag) => tag.toLowerCase()))).toEqual(new Set(vendorApis));
    } finally {
      await some.close();
    }
  });
});

describe('the description', () => {
  it('names every request, and whether it needs a key', async () => {
    const { paths } = (await documentOf(gateway)) as { paths: Record<string, Record<string, Described>> };
    const requests = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => `${method} ${path}${security ? ' open' : ''}`),
    );
    expect(requests.toSorted()).toEqual([
      'get /api/v1/calls/',
      'get /api/v1/calls/sid/{call_sid}',
      'get /api/v1/calls/{call_id}',
      'get /v3/communication/voice_calls/',
      'get /v3/communication/voice_calls/{uid}',
      'get /workspaces/{workspaceId}/channels/{channelId}/calls/{callId}',
      'patch /api/v1/calls/{call_id}/metadata',
      'patch /workspaces/{workspaceId}/channels/{channelId}/calls/{callId}',
      'post /Token open',
      'post /api/v1/calls/{call_sid}/terminate',
      'post /callevent/v1/outofband/case',
      'post /callevent/v1/outofband/collection',
      'post /callevent/v1/outofband/event',
      'post /callevent/v1/outofband/mastercall',
      'post /capture/v2/outofband/case',
      'post /capture/v2/outofband/collection',
      'post /capture/v2/outofband/interaction',
      'post /capture/v2/outofband/master',
      'post /v3/communication/voice_calls/',
      'post /workspaces/{workspaceId}/channels/{channelId}/calls/{callId}/hangup',
      'put /v3/communication/voice_calls/{uid}',
    ]);
  });

  it('refuses what the gateway refuses', async () => {
    const { paths } = (await documentOf(gateway)) as { paths: Record<string, Record<string, Described>> };
    const schemaOf = (path: string, method: string) =>
      new Ajv({ strict: false, discriminator: true, formats: { 'date-time': true } }).compile(
        paths[path]?.[method]?.requestBody?.content['application/json']?.schema ?? {},
      );
    const metadata = schemaOf('/api/v1/calls/{call_id}/metadata', 'patch');
    expect([metadata({ metadata: {} }), metadata({ metadata: 1 }), metadata({})]).toEqual([
      true,
      false,
      false,
    ]);
    const patch = schemaOf('/workspaces/{workspaceId}/channels/{channelId}/calls/{callId}', 'patch');
    expect([patch({ status: 'completed' }), patch({ callFlow: [{ command: 'say' }] })]).toEqual([
      true,
      false,
    ]);
  });
});

interface Described {
  tags: string[];
  security?: object[];
  requestBody?: { content: Record<string, { schema: object }> };
}

describe('a request', () => {
  it('is in the log as others are, without what it carries', async () => {
    const client = await gateway.client();
    await givenCall(client, { references: [{ system: 'BURKI', name: 'id', value: '77' }] });
    await request(gateway, 'PATCH', '/api/v1/calls/77/metadata', client.token, {
      metadata: { secret: 'hunter2' },
    });
    await request(gateway, 'GET', '/api/v1/calls/78', client.token);
    await request(gateway, 'PATCH', '/api/v1/calls/77/metadata', client.token, {});
    const lines = gateway.log
      .map((line) => JSON.parse(line))
      .filter(({ route }) => route?.startsWith('/api/v1'));
    const { viewer } = await client.ask('{ viewer { organization { slug } } }');
    const common = { organization: viewer.organization.slug, key: expect.any(String) };
    const merge = { operation: 'burki.updateCallMetadata', type: 'mutation', cost: 11 };
    expect(lines).toMatchObject([
      { ...common, ...merge, outcome: 'ok', status: 200, route: '/api/v1/calls/:call_id/metadata' },
      { ...common, operation: 'burki.getCall', type: 'query', outcome: 'refused', code: 'NOT_FOUND' },
      { ...common, operation: 'burki.updateCallMetadata', outcome: 'refused', code: 'INVALID', status: 422 },
    ]);
    expect(gateway.log.join()).not.toContain('hunter2');
    expect(gateway.log.join()).not.toContain(client.token);
  });

  it('is charged to the rate of its key, and refused in the shape of the vendor', async () => {
    const strict = await openGatewayOn(gateway.databaseUrl, { rateLimit: 1, rateBurst: 5 });
    try {
      const { token } = await strict.client();
      const statuses: number[] = [];
      let last: Response | undefined;
      for (let sent = 0; sent < 5; sent += 1) {
        last = await request(strict, 'GET', '/api/v1/calls/1', token);
        statuses.push(last.status);
      }
      expect(statuses).toContain(404);
      expect(last?.status).toBe(429);
      expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await last?.json()).toEqual({ detail: expect.stringContaining('exceeded its rate') });
    } finally {
      await strict.close();
    }
  });

  it.each([
    ['burki', 'DELETE', '/api/v1/calls/', 'GET, HEAD', { detail: 'Method Not Allowed' }],
    ['burki', 'POST', '/api/v1/calls/7/metadata', 'PATCH', { detail: 'Method Not Allowed' }],
    ['burki', 'PUT', '/api/v1/calls/sid/CA7', 'GET, HEAD', { detail: 'Method Not Allowed' }],
    ['creovai', 'GET', '/token', 'POST', 'Method Not Allowed'],
    ['creovai', 'PUT', '/CallEvent/v1/outofband/event', 'POST', 'Method Not Allowed'],
    [
      'vcita',
      'DELETE',
      '/v3/communication/voice_calls/u-1',
      'GET, HEAD, PUT',
      { success: false, errors: [{ code: 'method_not_allowed', message: 'Method Not Allowed' }] },
    ],
    [
      'vcita',
      'PATCH',
      '/v3/communication/voice_calls',
      'GET, HEAD, POST',
      { success: false, errors: [{ code: 'method_not_allowed', message: 'Method Not Allowed' }] },
    ],
    [
      'bird',
      'PUT',
      '/workspaces/w/channels/c/calls/1',
      'GET, HEAD, PATCH',
      { code: 'MethodNotAllowed', message: 'Method Not Allowed' },
    ],
  ])(
    'to %s with another method, %s %s, is refused with those that are served',
    async (_, method, path, allow, body) => {
      // Whatever its body is, and whoever sends it.
      const answer = await fetch(new URL(path, gateway.url), {
        method,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'image/png' }, body: 'x' }),
      });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
      const text = await answer.text();
      expect(typeof body === 'string' ? text : JSON.parse(text)).toEqual(body);
      expect(gateway.log.map((line) => JSON.parse(line)).at(-1)).toMatchObject({
        ...{ outcome: 'refused', code: 'METHOD_NOT_ALLOWED', status: 405 },
      });
    },
  );

  it('to a path that is not served is not found, whatever its method', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, headers } = await request(gateway, method, '/api/v1/calls/7/other/8');
      expect([status, headers.get('allow')]).toEqual([404, null]);
    }
  });

  it('waits for its turn, and is refused in the shape of the vendor if there is no room', async () => {
    const full = await openGatewayOn(gateway.databaseUrl, { maxConcurrentRequests: 1, maxQueuedRequests: 0 });
    try {
      const { token } = await full.client();
      const ask = () => request(full, 'GET', '/api/v1/calls/', token);
      // One of them has the only slot, and waits for the table.
      const [refused, both] = await gateway.database.transaction(async (tx) => {
        await tx.execute('lock table calls in access exclusive mode');
        const asked = [ask(), ask()];
        return [await Promise.race(asked), asked];
      });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused.json()).toEqual({ detail: expect.stringContaining('Too many requests') });
      const statuses = (await Promise.all(both)).map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([200, 503]);
    } finally {
      await full.close();
    }
  });

  it('that fails shows nothing internal', async () => {
    const broken = await openTestGateway();
    try {
      const { token } = await broken.client();
      await broken.database.db.execute('alter table call_references rename to call_references_gone');
      const answer = await request(broken, 'GET', '/api/v1/calls/1', token);
      expect([answer.status, await answer.json()]).toEqual([500, { detail: 'Internal server error' }]);
      expect(broken.log.join()).toContain('call_references');
    } finally {
      await broken.close();
    }
  });

  it('has the security headers', async () => {
    const { headers } = await request(gateway, 'GET', '/api/v1/calls/1');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
  });
});

describe('a time', () => {
  const instants = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  });

  it('without an offset is of UTC, with one it is an instant', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (instant, minutes) => {
        const iso = instant.toISOString();
        expect(instantOf(iso)).toEqual(instant);
        expect(instantOf(iso.slice(0, -1))).toEqual(instant);
        const two = (number: number) => String(number).padStart(2, '0');
        const ahead = Math.abs(minutes);
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
        const local = new Date(instant.getTime() + minutes * 60_000).toISOString();
        if (local.length === iso.length) expect(instantOf(local.replace('Z', offset))).toEqual(instant);
      }),
    );
  });

  it('of a day is its beginning', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const day = instant.toISOString().slice(0, 10);
        expect(instantOf(day)?.toISOString()).toBe(`${day}T00:00:00.000Z`);
        expect(instantOf(day.replaceAll('-', '/'))?.toISOString()).toBe(`${day}T00:00:00.000Z`);
      }),
    );
  });

  it('is nothing else', () => {
    for (const text of ['', 'Z', 'now', '2024-02-30', '2024-01-01T25:00:00', '2024-01-01T00:00:00+99:00']) {
      expect(instantOf(text)).toBeNull();
    }
  });
});

describe('a path without case', () => {
  const spell = pathSpeller(['/Token', '/callevent/v1/outofband/event']);

  it('gets the spelling of its route, and keeps its query', () => {
    fc.assert(
      fc.property(
        fc.webQueryParameters(),
        fc.array(fc.boolean(), { minLength: 29, maxLength: 29 }),
        (query, upper) => {
          const path = '/callevent/v1/outofband/event';
          const written = [...path].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join('');
          expect(spell({ url: `${written}?${query}` })).toBe(`${path}?${query}`);
        },
      ),
    );
  });

  it('leaves all other paths as they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webPath(), fc.constantFrom('/graphql', '/TOKENS', '/callevent/v1/')),
        (path) => {
          fc.pre(!['/token', '/callevent/v1/outofband/event'].includes(path.toLowerCase()));
          expect(spell({ url: path })).toBe(path);
        },
      ),
    );
    expect(spell({})).toBe('');
  });
});

describe('an access token', () => {
  const secret = createSecretKey(Buffer.alloc(32, 1));
  const hash = 'ab'.repeat(32);

  it('stands for its key until it ends, and opens with its own secret alone', () => {
    let now = Date.parse('2024-01-01T00:00:00Z');
    const tokens = new AccessTokens(secret, () => now);
    const token = tokens.issue(hash);
    expect(tokens.keyHashIn(token)).toBe(hash);
    expect(tokens.issue(hash)).not.toBe(token);
    expect(new AccessTokens(createSecretKey(Buffer.alloc(32, 2)), () => now).keyHashIn(token)).toBeNull();
    now += 1_798_999;
    expect(tokens.keyHashIn(token)).toBe(hash);
    now += 1;
    expect(tokens.keyHashIn(token)).toBeNull();
  });

  it('is nothing once a letter of it has changed', () => {
    const tokens = new AccessTokens(secret);
    const token = tokens.issue(hash);
    fc.assert(
      fc.property(fc.nat(token.length - 6), fc.constantFrom(...'AQgw'), (at, letter) => {
        const place = at + 4;
        const other = `${token.slice(0, place)}${letter}${token.slice(place + 1)}`;
        fc.pre(other !== token);
        expect(tokens.keyHashIn(other)).toBeNull();
      }),
    );
    for (const text of [
      '',
      'x',
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      hash,
    ])
      expect(tokens.keyHashIn(`sbt_${text}`)).toBeNull();
  });
});
