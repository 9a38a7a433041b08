import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ maxConcurrentRequests: 1, maxQueuedRequests: 0 }, 'info');
  client = await gateway.client({ organization: 'acme' });
});
beforeEach(() => {
  gateway.log.length = 0;
});
afterAll(() => gateway.close());

interface Line {
  requestId: string;
  operation: string | null;
  outcome: string;
  duration: number;
  errorIds?: string[];
  [name: string]: unknown;
}

const lines = () => gateway.log.map((line): Line => JSON.parse(line)).filter(({ msg }) => msg === 'request');

async function line(): Promise<Line> {
  await expect.poll(() => lines().length).toBe(1);
  return lines()[0] as Line;
}

async function post(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}`, ...headers },
    body: JSON.stringify({ query }),
  });
  await response.text();
  return response.headers.get('x-request-id');
}

async function requests(operation: string, outcome: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', gateway.url))).text();
  const name = `switchboard_requests_total{operation="${operation}",outcome="${outcome}"} `;
  const found = text.split('\n').find((each) => each.startsWith(name));
  return found === undefined ? 0 : Number(found.slice(name.length));
}

describe('the log line of a request', () => {
  it('has the operation, its client, its outcome and its duration', async () => {
    const id = await post('query Whoami { viewer { name } }');
    const { requestId, duration, key, ...rest } = await line();
    expect(rest).toMatchObject({
      level: 30,
      method: 'POST',
      route: '/graphql',
      status: 200,
      type: 'query',
      operation: 'Whoami',
      organization: 'acme',
      outcome: 'ok',
      msg: 'request',
    });
    expect(requestId).toBe(id);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeLessThan(10_000);
  });

  it('has the client’s id if it is valid, otherwise a new one', async () => {
    expect(await post('{ __typename }', { 'x-request-id': 'edge-7/abc:1=' })).toBe('edge-7/abc:1=');
    expect((await line()).requestId).toBe('edge-7/abc:1=');
    for (const bad of ['with space', 'x'.repeat(129), '"quoted"', '{"a":1}']) {
      expect(await post('{ __typename }', { 'x-request-id': bad })).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it.each([
    ['a field that does not exist', 'query Wrong { nothing }', 'refused', 'GRAPHQL_VALIDATION_FAILED', 400],
    ['no GraphQL', '{', 'refused', 'GRAPHQL_PARSE_FAILED', 400],
  ])('says of %s that it was refused, and why', async (_, query, outcome, code, status) => {
    await post(query);
    expect(await line()).toMatchObject({ outcome, code, status });
  });

  it('shows that the client had not signed in', async () => {
    await post('query Secret { calls { totalCount } }', { authorization: 'Bearer sb_wrong' });
    expect(await line()).toMatchObject({
      outcome: 'refused',
      code: 'UNAUTHENTICATED',
      status: 401,
      organization: null,
      key: null,
    });
  });

  it('has the ids of faults, which the log has with their causes', async () => {
    await gateway.database.db.execute('alter table calls rename to hidden');
    const { errors } = await client.send('query Broken { calls { nodes { id } } }');
    await gateway.database.db.execute('alter table hidden rename to calls');
    const { outcome, code, errorIds } = await line();
    expect({ outcome, code, errorIds }).toEqual({
      outcome: 'failed',
      code: 'INTERNAL_SERVER_ERROR',
      errorIds: [errors?.[0]?.extensions.id],
    });
    expect(gateway.log.find((each) => each.includes('"errorId"'))).toContain(errorIds?.[0]);
  });

  it('exists for requests other than GraphQL, with the route and not the URL', async () => {
    await fetch(new URL('/secret/path?token=abc', gateway.url));
    expect(await line()).toMatchObject({ method: 'GET', route: null, status: 404, outcome: 'refused' });
  });

  it('exists for a malformed path, which is answered like all else', async () => {
    const response = await fetch(new URL('/graphql/%E0%A4%A', gateway.url));
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [{ message: 'The path of the URL is malformed', extensions: { code: 'BAD_REQUEST' } }] },
    ]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const { requestId, outcome, code } = await line();
    expect(response.headers.get('x-request-id')).toBe(requestId);
    expect([outcome, code]).toEqual(['refused', 'BAD_REQUEST']);
  });

  it('exists for a client that disconnected, and for one that was refused', async () => {
    await gateway.database.db.transaction(async (tx) => {
      await tx.execute('lock table calls in access exclusive mode');
      const abort = new AbortController();
      const body = JSON.stringify({ query: '{ calls { nodes { id } } }' });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${client.token}` };
      const pending = fetch(gateway.url, { method: 'POST', headers, body, signal: abort.signal }).catch(
        () => {},
      );
      await expect.poll(() => gateway.database.pool().inUse).toBeGreaterThan(1);
      const shed = await fetch(gateway.url, { method: 'POST', headers, body });
      expect(await shed.json()).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
      expect(Object.fromEntries(shed.headers)).toMatchObject({
        'retry-after': '1',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      const stream = await fetch(`${gateway.url}/stream`, {
        method: 'POST',
        headers: { ...headers, accept: 'text/event-stream' },
        body,
      });
      expect(await stream.text()).toContain('"code":"OVERLOADED"');
      abort.abort();
      await pending;
    });
    await expect.poll(() => lines().length).toBe(3);
    const [shed, stream, aborted] = lines();
    expect(shed).toMatchObject({ outcome: 'overloaded', code: 'OVERLOADED', status: 503 });
    expect(stream).toMatchObject({ outcome: 'overloaded', code: 'OVERLOADED', route: '/graphql/stream' });
    expect(aborted).toMatchObject({ outcome: 'aborted' });
    await expect.poll(() => gateway.database.pool().inUse).toBe(0);
  });

  it('exists for each operation of a WebSocket, and for an event stream when it ends', async () => {
    const query = CALLS_CHANGED.replace('subscription', 'subscription Changes');
    const socket = followOver('ws', { url: gateway.url, token: client.token }, query);
    expect(await line()).toMatchObject({
      transport: 'websocket',
      operation: 'Changes',
      organization: 'acme',
    });
    gateway.log.length = 0;
    const stream = followOver('sse', { url: gateway.url, token: client.token }, query);
    await gateway.subscribers(2);
    stream.stop();
    expect(await line()).toMatchObject({
      route: '/graphql/stream',
      type: 'subscription',
      operation: 'Changes',
      outcome: 'ok',
    });
    socket.stop();
  });

  it('does not exist for probes', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) await fetch(new URL(path, gateway.url));
    await post('query Last { __typename }');
    expect((await line()).operation).toBe('Last');
  });
});

describe('the metrics', () => {
  it('count requests by operation and outcome', async () => {
    for (let index = 0; index < 3; index += 1) await post('query Counted { viewer { name } }');
    await post('query Counted { viewer { name } }', { authorization: 'Bearer sb_wrong' });
    await post('query Counted { nothing }');
    expect(await requests('Counted', 'ok')).toBe(3);
    expect(await requests('Counted', 'refused')).toBe(1);
  });

  it('take names only from signed-in clients, and only a limited number', async () => {
    await post('query Stranger { viewer { name } }', { authorization: 'Bearer sb_wrong' });
    await post('query Stranger { __typename }', { authorization: '' });
    expect(await requests('Stranger', 'refused')).toBe(0);
    expect(await requests('Stranger', 'ok')).toBe(0);
    const others = await requests('other', 'ok');
    for (let index = 0; index < 150; index += 1) await post(`query Name${index} { viewer { name } }`);
    const text = await (await fetch(new URL('/metrics', gateway.url))).text();
    const names = new Set(
      [...text.matchAll(/_requests_total\{operation="([^"]+)"/g)].map(([, name]) => name),
    );
    expect(names.size).toBeLessThanOrEqual(102);
    expect((await requests('other', 'ok')) - others).toBeGreaterThanOrEqual(50);
  });

  it('show statements, the pool, the event loop, and what is live', async () => {
    const text = await (await fetch(new URL('/metrics', gateway.url))).text();
    for (const name of [
      'switchboard_request_duration_seconds_count{operation="Counted"}',
      'switchboard_request_cost_count',
      'switchboard_database_statements_total',
      'switchboard_database_pool_in_use',
      'switchboard_database_pool_waiting',
      'switchboard_requests_executing',
      'switchboard_requests_queued',
      'switchboard_live_sockets',
      'switchboard_live_streams',
      'switchboard_live_subscriptions',
      'nodejs_eventloop_lag_seconds',
      'nodejs_heap_size_used_bytes',
      'process_open_fds',
    ]) {
      expect(text).toContain(`\n${name} `);
    }
  });
});
