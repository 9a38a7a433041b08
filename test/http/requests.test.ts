import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  gateway = await openTestGateway();
  token = (await gateway.client()).token;
});
afterAll(() => gateway.close());

interface Sent {
  method?: string;
  path?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

async function send({ method = 'POST', path = '', body, headers }: Sent, to = gateway, key = token) {
  const response = await fetch(`${to.url}${path}`, {
    method,
    body,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text, json: asJson(text) };
}

function asJson(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TYPENAME = JSON.stringify({ query: '{ __typename }' });
const WRITE =
  'mutation { upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }] }) { created } }';

/** Refused in GraphQL's format, without an internal error and without details of the server. */
async function expectRefused(sent: Sent, status: number): Promise<string> {
  const before = await fingerprint(gateway.database);
  const answer = await send(sent);
  expect({ status: answer.status, type: answer.type }).toEqual({
    status,
    type: 'application/json; charset=utf-8',
  });
  expect(answer.json).toMatchObject({
    errors: [
      {
        message: expect.stringMatching(/^\S.{9,}/s),
        extensions: { code: expect.stringMatching(/^[A-Z_]+$/) },
      },
    ],
  });
  expect(answer.json.errors[0].extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  expect(answer.text).not.toMatch(/node_modules|\bat \S+ \(|FST_ERR|stacktrace/);
  expect(answer.json.data ?? null).toBeNull();
  expect(await fingerprint(gateway.database)).toEqual(before);
  return answer.json.errors[0].message;
}

describe('a body is refused', () => {
  it.each([
    ['that breaks off', '{"query":'],
    ['that is empty', ''],
    ['that is not JSON', 'query { __typename }'],
    ['that ends with something else', `${TYPENAME}x`],
    ['with a comma too many', '{"query":"{ __typename }",}'],
    ['with NaN', '{"query":"{ __typename }","variables":{"a":NaN}}'],
    ['that is null', 'null'],
    ['that is a number', '1'],
    ['that is a string', '"{ __typename }"'],
    ['that is a list', '[]'],
    ['that is a batch', `[${TYPENAME}]`],
    ['that is an empty object', '{}'],
    ['without a query', '{"variables":{}}'],
    ['whose query is null', '{"query":null}'],
    ['whose query is a number', '{"query":1}'],
    ['whose query is a list', '{"query":["{ __typename }"]}'],
    ['whose query is empty', '{"query":""}'],
    ['whose query has no operation', '{"query":"fragment a on Query { __typename }"}'],
    ['whose query is not GraphQL', '{"query":"{ __typename"}'],
    ['whose query has a NUL', '{"query":"{ __typename \\u0000 }"}'],
    ['whose query has a lone surrogate', '{"query":"{ __typename \\ud800 }"}'],
    ['whose variables are a list', '{"query":"{ __typename }","variables":[]}'],
    ['whose variables are a string', '{"query":"{ __typename }","variables":"{}"}'],
    ['whose variables are a number', '{"query":"{ __typename }","variables":1}'],
    ['whose extensions are a string', '{"query":"{ __typename }","extensions":"{}"}'],
    ['whose operationName is a number', '{"query":"query A { __typename }","operationName":1}'],
    ['whose operationName is unknown', '{"query":"query A { __typename }","operationName":"B"}'],
    ['that asks for a subscription', '{"query":"subscription { callsChanged { id } }"}'],
    ['that asks for a field which does not exist', '{"query":"{ nothing }"}'],
    ['nested 10,000 deep', `{"query":${JSON.stringify('{ a '.repeat(10_000))}}`],
    ['of 20,000 tokens', `{"query":"{ ${'a '.repeat(20_000)} }"}`],
  ])('%s', async (_, body) => {
    await expectRefused({ body }, 400);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])('of the content type "%s"', async (type) => {
    const sent = { body: TYPENAME, headers: { 'content-type': type } };
    const { status } = await send(sent);
    expect([400, 415]).toContain(status);
    await expectRefused(sent, status);
  });

  it.each(['gzip', 'br', 'x'])('that is compressed: %s', async (encoding) => {
    await expectRefused({ body: gzipSync(TYPENAME), headers: { 'content-encoding': encoding } }, 415);
  });

  it.each(['latin1', 'utf-16', '"iso-8859-1"'])('of the charset %s', async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` };
    await expectRefused({ body: TYPENAME, headers }, 415);
  });

  it.each([
    ['a byte that begins nothing', [0xff]],
    ['half a character', [0xc3]],
    ['a byte too many', [0xc3, 0xa9, 0xa9]],
    ['a long form of a short character', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('that is not UTF-8: %s', async (_, bytes) => {
    const [before = '', after = ''] = JSON.stringify({ query: WRITE.replace('"1"', '"@"') }).split('@');
    const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
    await expectRefused({ body }, 400);
    await expectRefused({ body, path: '/stream' }, 400);
  });

  it('that is shorter than it says', async () => {
    const { hostname, port } = new URL(gateway.url);
    const ended = new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': '1000' };
      const cut = request({ hostname, port, path: '/graphql', method: 'POST', headers }, resolve);
      cut.on('error', resolve);
      cut.write('{"query":');
      setTimeout(() => cut.destroy(), 20);
    });
    await ended;
    expect((await send({ body: TYPENAME })).json.data).toEqual({ __typename: 'Query' });
  });
});

describe('a body over the limit', () => {
  const padded = (bytes: number, query = '{ __typename }') => {
    const empty = JSON.stringify({ query, variables: { a: '' } });
    return JSON.stringify({ query, variables: { a: 'x'.repeat(bytes - empty.length) } });
  };

  it('above 4 MiB is 413, and one of exactly 4 MiB is accepted', async () => {
    const limit = 4 * 1024 * 1024;
    expect((await send({ body: padded(limit) })).json.data).toEqual({ __typename: 'Query' });
    const message = await expectRefused({ body: padded(limit + 1, WRITE) }, 413);
    expect(message).toMatch(/too large/);
  });

  it('that is configured is 413', async () => {
    const small = await openTestGateway({ bodyLimit: 1_000 });
    try {
      const { token: key } = await small.client();
      expect((await send({ body: padded(1_000) }, small, key)).status).toBe(200);
      const refused = await send({ body: padded(1_001, WRITE) }, small, key);
      expect(refused.status).toBe(413);
      expect(refused.json.errors[0].extensions.code).toBe('PAYLOAD_TOO_LARGE');
      expect((await small.anonymous(`Bearer ${key}`).ask('{ calls { totalCount } }')).calls.totalCount).toBe(
        0,
      );
    } finally {
      await small.close();
    }
  });

  it('sent in chunks without a length is 413', async () => {
    const { hostname, port } = new URL(gateway.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const sending = request({ hostname, port, path: '/graphql', method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        response.resume();
        sending.destroy();
      });
      // The server may close while the test still sends.
      sending.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
      });
      sending.write('{"query":"{ __typename }","variables":{"a":"');
      const chunk = Buffer.alloc(512 * 1024, 'x');
      for (let sent = 0; sent < 10; sent += 1) sending.write(chunk);
      sending.end('"}}');
    });
    expect(status).toBe(413);
  });
});

describe('an empty value is absent:', () => {
  it.each(['', '&operationName=', '&variables=null', '&variables=', '&variables=null&operationName='])(
    'by GET %j',
    async (more) => {
      const path = `?query=${encodeURIComponent('query A { __typename }')}${more}`;
      const headers = { 'apollo-require-preflight': 'true' };
      expect((await send({ method: 'GET', path, headers })).json).toMatchObject({
        data: { __typename: 'Query' },
      });
    },
  );

  it('an operationName that is empty', async () => {
    const body = JSON.stringify({ query: 'query A { __typename }', operationName: '' });
    for (const path of ['', '/stream']) {
      const { status, text } = await send({ body, path });
      expect({ status, text }).toMatchObject({
        status: 200,
        text: expect.stringContaining('"__typename":"Query"'),
      });
    }
  });
});

describe('a body is accepted', () => {
  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('of the charset %s', async (charset) => {
    const headers = { 'content-type': `application/json;charset=${charset}` };
    expect((await send({ body: TYPENAME, headers })).json.data).toEqual({ __typename: 'Query' });
  });
});

describe('a query string is refused', () => {
  it.each(['%FF', '%C3', '%zz', '%'])('with %s', async (bytes) => {
    const path = `?query=${encodeURIComponent('{ __typename #')}${bytes}`;
    await expectRefused({ method: 'GET', path, headers: { 'apollo-require-preflight': 'true' } }, 400);
  });
});

describe('a URL', () => {
  it.each(['/', '/x', 'x', '/../etc/passwd', '/%00', '//example.com'])(
    '%s after /graphql is 404',
    async (path) => {
      const message = await expectRefused({ path, body: TYPENAME }, 404);
      expect(message).toMatch(/\/graphql/);
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH'])('is 405 for %s, and says what is allowed', async (method) => {
    await expectRefused({ method, body: TYPENAME }, 405);
    await expectRefused({ method, body: TYPENAME, path: '/stream' }, 405);
    const { headers } = await fetch(gateway.url, { method });
    expect(headers.get('allow')).toBe('GET, POST');
  });

  it.each([
    ['a mutation', `?query=${encodeURIComponent(WRITE)}`, 405],
    ['variables that are no JSON', '?query={__typename}&variables={', 400],
    ['variables that are a list', '?query={__typename}&variables=[]', 400],
    ['two queries', '?query={__typename}&query={__typename}', 400],
    ['an escape that is none', '?query=%E0%A4%A', 400],
    ['a document nested 1,000 deep', `?query=${'{a'.repeat(1_000)}`, 400],
  ])('with %s is refused to GET', async (_, path, status) => {
    await expectRefused({ method: 'GET', path, headers: { 'apollo-require-preflight': '1' } }, status);
  });

  it('serves a query to GET, but not to a page of another site, which can send no header of its own', async () => {
    const path = '?query={viewer{name}}';
    const own = await send({ method: 'GET', path, headers: { 'apollo-require-preflight': '1' } });
    expect(own.json.data).toEqual({ viewer: { name: 'test key' } });
    // The key alone, too: no page of another site can send it without a preflight.
    expect((await send({ method: 'GET', path })).json.data).toEqual({ viewer: { name: 'test key' } });
    const foreign = await fetch(`${gateway.url}${path}`, { headers: { 'content-type': 'text/plain' } });
    expect([foreign.status, await foreign.text()]).toEqual([400, expect.stringMatching(/Cross-Site/)]);
  });
});

it('none of this was logged as a fault', () => {
  expect(gateway.log).toEqual([]);
});
