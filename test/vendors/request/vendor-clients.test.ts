import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  VendorRefusal,
  type VendorRequest,
  VendorUnreachable,
} from '../../../src/vendors/request/vendor-client.js';
import { VendorClients, type VendorClientsOptions } from '../../../src/vendors/request/vendor-clients.js';
import { account } from '../scripted-client.js';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Seen {
  line: string;
  headers: IncomingMessage['headers'];
  body: string;
}

async function vendor(reply: Reply) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    reply(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function clients(options: Partial<VendorClientsOptions> = {}): VendorClients {
  const opened = new VendorClients({ allowPrivate: true, ...options });
  closers.push(() => opened.close());
  return opened;
}

const SECRET = 'the-secret-key';
const GET: VendorRequest = { method: 'GET', path: '/' };
const never = new AbortController().signal;

const ask = (baseUrl: string, request: VendorRequest = GET, opened = clients(), signal = never) =>
  opened.clientOf(account({ baseUrl, secrets: { key: SECRET } }), signal).send(request);

const json =
  (status: number, body: unknown, headers: Record<string, string | string[]> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));

function drip(response: ServerResponse) {
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
}

async function failure(sent: Promise<unknown>): Promise<Error> {
  return sent.then(
    () => {
      throw new Error('it succeeded');
    },
    (error) => error,
  );
}

describe('a request', () => {
  it('joins base URL, path and query', async () => {
    const { url, seen } = await vendor(json(200, {}));
    const request: VendorRequest = {
      method: 'GET',
      path: '/a%2Fb',
      query: { 'filter[x][eq]': 'c d&e', n: '1' },
    };

    await ask(url, request);
    await ask(`${url}/base/path`, request);

    const query = 'filter%5Bx%5D%5Beq%5D=c+d%26e&n=1';
    expect(seen.map(({ line }) => line)).toEqual([`GET /a%2Fb?${query}`, `GET /base/path/a%2Fb?${query}`]);
  });

  it('carries JSON, a form or nothing', async () => {
    const { url, seen } = await vendor(json(200, {}));

    await ask(url, { method: 'PATCH', path: '/', json: { a: null, b: undefined } });
    await ask(url, { method: 'POST', path: '/', form: { a: 'b c', d: '&é' } });
    await ask(url, {
      method: 'POST',
      path: '/',
      headers: { authorization: 'Bearer t', 'x-on-behalf-of': 'b' },
    });

    expect(seen.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
      ['application/json', '{"a":null}'],
      ['application/x-www-form-urlencoded', 'a=b+c&d=%26%C3%A9'],
      [undefined, ''],
    ]);
    expect(seen[2]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-on-behalf-of': 'b' });
    expect(seen[2]?.headers).toMatchObject({ accept: 'application/json', 'content-length': '0' });
  });

  it('carries any name in its path', async () => {
    const { url, seen } = await vendor(json(200, {}));
    const opened = clients();
    const names = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !/^\.\.?$/.test(name));
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        await ask(`${url}/base`, { method: 'GET', path: `/${encodeURIComponent(name)}/end` }, opened);
        const [, , sent = ''] = seen.at(-1)?.line.split('/') ?? [];
        expect(decodeURIComponent(sent)).toBe(name);
      }),
      { numRuns: 50 },
    );
  });

  it.each(['/calls/..', '/calls/../x', '/calls/./x', '/calls/%2e%2e', '/calls?a=b', '/calls#a'])(
    'is not sent if a name would change the path: %s',
    async (path) => {
      const { url, seen } = await vendor(json(200, {}));
      expect(await failure(ask(url, { method: 'GET', path }))).toMatchObject({
        name: 'VendorRefusal',
        status: 400,
      });
      expect(seen).toEqual([]);
    },
  );

  it('keeps no cookies', async () => {
    const { url, seen } = await vendor(json(200, {}, { 'set-cookie': ['a=b', 'c=d'] }));
    const opened = clients();

    const { headers } = await ask(url, GET, opened);
    await ask(url, GET, opened);

    expect(headers).not.toHaveProperty('set-cookie');
    expect(seen.map((each) => each.headers.cookie)).toEqual([undefined, undefined]);
  });
});

describe('an answer', () => {
  it('has its status, body, headers and request id', async () => {
    const { url } = await vendor(json(202, { a: [1] }, { 'X-Request-Id': 'r-1', 'X-Two': ['1', '2'] }));
    expect(await ask(url)).toMatchObject({
      status: 202,
      body: { a: [1] },
      headers: { 'x-two': '1, 2' },
      requestId: 'r-1',
    });
  });

  it.each([
    [{ 'messagebird-request-id': 'm', 'x-request-id': 'x' }, 'm'],
    [{ 'request-id': 'r' }, 'r'],
    [{ 'x-request-id': '' }, null],
    [{ 'request-id': `a ${SECRET}` }, 'a ***'],
    [{}, null],
  ])('has the request id of %o', async (headers, requestId) => {
    const { url } = await vendor(json(200, {}, headers));
    expect(await ask(url)).toMatchObject({ requestId });
  });

  it.each(['', 'no JSON', '{"a":'])('has no body if it is "%s"', async (text) => {
    const { url } = await vendor((response) => response.end(text));
    expect((await ask(url)).body).toBeUndefined();
  });

  it('has at most 1 MiB', async () => {
    const { url } = await vendor((response, { url: path }) =>
      response.end(JSON.stringify('x'.repeat(1_048_574 + Number(path?.slice(1))))),
    );
    expect((await ask(url, { method: 'GET', path: '/0' })).body).toHaveLength(1_048_574);
    expect(await failure(ask(url, { method: 'GET', path: '/1' }))).toMatchObject({
      name: 'VendorUnreachable',
      message: "The vendor's answer is longer than 1 MiB.",
    });
  });

  it('may be longer where a page of many records is asked for', async () => {
    const { url } = await vendor((response) => response.end(JSON.stringify('x'.repeat(2_097_153))));
    const asked = { method: 'GET' as const, path: '/' };
    expect((await ask(url, { ...asked, mostMebibytes: 3 })).body).toHaveLength(2_097_153);
    expect(await failure(ask(url, { ...asked, mostMebibytes: 2 }))).toMatchObject({
      message: "The vendor's answer is longer than 2 MiB.",
    });
  });

  describe('that is large', () => {
    const MEBIBYTE = 1_048_576;
    const asked = { method: 'GET' as const, path: '/', mostMebibytes: 4 };
    /** Answers of 3 MiB; with their length only where it is said. */
    const large = (isMeasured: boolean) => {
      const text = JSON.stringify('x'.repeat(3 * MEBIBYTE - 2));
      return vendor((response) => {
        if (isMeasured) response.setHeader('content-length', text.length);
        else response.flushHeaders();
        response.end(text);
      });
    };
    const begin = (opened: VendorClients, url: string) => {
      const use = new AbortController();
      let isThere = false;
      const answer = ask(url, asked, opened, use.signal).then(({ body }) => {
        isThere = true;
        return body;
      });
      return { answer, end: () => use.abort(), isThere: () => isThere };
    };

    it.each([true, false])(
      'waits until those before it are out of use, with its length known: %s',
      async (isMeasured) => {
        const { url } = await large(isMeasured);
        // Room for one, and not for two.
        const opened = clients({ mostBytes: 5 * MEBIBYTE, timeout: 300 });
        const [first, second, third] = [begin(opened, url), begin(opened, url), begin(opened, url)];
        await Promise.race([first.answer, second.answer, third.answer]);
        const all = [first, second, third];
        for (let left = 3; left > 0; left -= 1) {
          // Longer than a request may take: the wait does not count.
          await new Promise((resolve) => setTimeout(resolve, 400));
          const there = all.filter(({ isThere }) => isThere());
          expect(there).toHaveLength(4 - left);
          expect(opened.held).toBe(3 * MEBIBYTE);
          there.at(-1)?.end();
          for (const each of there) each.end();
          if (left > 1)
            await Promise.any(all.filter(({ isThere }) => !isThere()).map(({ answer }) => answer));
        }
        expect(opened.held).toBe(0);
      },
    );

    it('passes alone if it is larger than all of the memory, and small ones pass beside it', async () => {
      const { url } = await large(true);
      const small = await vendor((response) => response.end(JSON.stringify('x'.repeat(60_000))));
      const opened = clients({ mostBytes: MEBIBYTE });
      const first = begin(opened, url);
      expect(await first.answer).toHaveLength(3 * MEBIBYTE - 2);
      expect((await ask(small.url, asked, opened)).body).toHaveLength(60_000);
      const second = begin(opened, url);
      first.end();
      expect(await second.answer).toHaveLength(3 * MEBIBYTE - 2);
      second.end();
      expect(opened.held).toBe(0);
    });

    it('does not wait for those that are in use together with it', async () => {
      const { url } = await large(true);
      const opened = clients({ mostBytes: 4 * MEBIBYTE });
      const use = new AbortController();
      const client = opened.clientOf(account({ baseUrl: url, secrets: {} }), use.signal);
      await client.send(asked);
      await client.send(asked);
      expect(opened.held).toBe(6 * MEBIBYTE);
      use.abort();
      expect(opened.held).toBe(0);
    });

    it('leaves nothing held if it ends while it waits, or breaks off', async () => {
      const { url } = await large(true);
      const broken = await vendor((response) => {
        response.writeHead(200, { 'content-length': 3 * MEBIBYTE });
        response.write('x'.repeat(200_000), () => response.destroy());
      });
      const opened = clients({ mostBytes: 4 * MEBIBYTE });
      const first = begin(opened, url);
      await first.answer;
      const [waiting, last] = [begin(opened, url), begin(opened, url)];
      await new Promise((resolve) => setTimeout(resolve, 100));
      waiting.end();
      expect(await failure(waiting.answer)).toMatchObject({ name: 'VendorUnreachable' });
      first.end();
      await last.answer;
      last.end();
      const cut = begin(opened, broken.url);
      expect(await failure(cut.answer)).toMatchObject({ name: 'VendorUnreachable' });
      cut.end();
      expect(opened.held).toBe(0);
    });
  });

  it('is a refusal from 400 on, however long', async () => {
    const { url } = await vendor((response) => response.writeHead(500).end('x'.repeat(2_000_000)));
    expect(await failure(ask(url))).toMatchObject({ name: 'VendorRefusal', status: 500 });
  });

  it('that breaks off is none', async () => {
    const { url } = await vendor((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":1}', () => response.destroy());
    });
    expect(await failure(ask(url))).toBeInstanceOf(VendorUnreachable);
  });
});

describe('a refusal', () => {
  it("has the vendor's words, without secrets and what was sent", async () => {
    const reply: Reply = (response) =>
      response
        .writeHead(422, { 'retry-after': '7', 'request-id': 'r-9' })
        .end(`wrong:\n ${SECRET}, token-abc, "Ada Example" in {"name":"Ada Example"}`);
    const { url } = await vendor(reply);
    const headers = { Authorization: 'Bearer token-abc' };

    const error = await failure(
      ask(url, { method: 'POST', path: '/', headers, json: { name: 'Ada Example' } }),
    );

    expect(error).toBeInstanceOf(VendorRefusal);
    expect(error).toMatchObject({ status: 422, retryAfter: 7_000, requestId: 'r-9' });
    expect(error.message).toBe('The vendor answered 422: wrong: ***, ***, "***" in {"name":"***"}');
  });

  it.each([301, 302, 303, 307, 308])('is what a redirect is: %i', async (status) => {
    const target = await vendor(json(200, {}));
    const { url } = await vendor(json(status, {}, { location: `${target.url}/${SECRET}` }));

    const error = await failure(ask(url, { method: 'POST', path: '/', json: {} }));

    expect(error).toMatchObject({ name: 'VendorRefusal', status });
    expect(error.message).toBe(`The vendor answered ${status}: a redirect, which is not followed`);
    expect(target.seen).toEqual([]);
  });
});

describe('no answer', () => {
  it('of a server that is not there', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    const error = await failure(ask(`http://127.0.0.1:${port}`));

    expect(error).toBeInstanceOf(VendorUnreachable);
    expect(error.message).toBe('The vendor cannot be reached: ECONNREFUSED.');
  });

  it.each([
    ['never begins', () => {}],
    ['never ends', (response: ServerResponse) => response.write('{')],
    ['goes on and on', drip],
  ])('in time: it %s', async (_name, reply) => {
    const { url } = await vendor(reply);
    const error = await failure(ask(url, GET, clients({ timeout: 100 })));
    expect(error).toBeInstanceOf(VendorUnreachable);
    expect(error.message).toMatch(/timed out|incomplete/);
  });

  it('once the try is stopped', async () => {
    const stop = new AbortController();
    const { url } = await vendor(() => stop.abort());
    const error = await failure(ask(url, GET, clients(), stop.signal));
    expect(error).toMatchObject({
      name: 'VendorUnreachable',
      message: 'The vendor cannot be reached: stopped.',
    });
  });

  it('once the connections are closed', async () => {
    const opened = clients();
    const { url } = await vendor(() => opened.close());
    expect(await failure(ask(url, GET, opened))).toBeInstanceOf(VendorUnreachable);
    expect(await failure(ask(url, GET, opened))).toBeInstanceOf(VendorUnreachable);
  });

  it('of a secret that no header can carry, which stays unseen', async () => {
    const { url, seen } = await vendor(json(200, {}));
    const headers = { authorization: `Bearer ${SECRET}\nx: y` };
    const error = await failure(ask(url, { ...GET, headers }));
    expect(error).toBeInstanceOf(VendorUnreachable);
    expect(error.message).not.toContain(SECRET);
    expect(seen).toEqual([]);
  });
});

describe('without private addresses', () => {
  /** Counts connections: to refuse one after it was made is too late. */
  async function target() {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  }

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost'])(
    'nothing is sent to https://%s',
    async (host) => {
      const { port, connections } = await target();
      const error = await failure(ask(`https://${host}:${port}`, GET, clients({ allowPrivate: false })));
      expect(error).toMatchObject({
        name: 'VendorUnreachable',
        message: 'The base URL must not lead to a private or reserved address.',
      });
      expect(connections()).toBe(0);
    },
  );

  it('nothing is sent over http', async () => {
    const { url, seen } = await vendor(json(200, {}));
    const error = await failure(ask(url, GET, clients({ allowPrivate: false })));
    expect(error.message).toBe('The base URL must begin with https://.');
    expect(seen).toEqual([]);
  });

  it('nothing is sent to a name that leads to one, now or later', async () => {
    const { port, connections } = await target();
    const found: string[] = [];
    const opened = clients({
      allowPrivate: false,
      resolve: (host, _options, callback) => {
        found.push(host);
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });

    for (let times = 0; times < 2; times += 1) {
      expect(await failure(ask(`https://vendor.example:${port}`, GET, opened))).toMatchObject({
        name: 'VendorUnreachable',
        message: 'The vendor cannot be reached: the name leads to a private or reserved address.',
      });
    }

    expect(found).toEqual(['vendor.example', 'vendor.example']);
    expect(connections()).toBe(0);
  });
});
