import { request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signedInFetch } from '../../../packages/client/src/live/live-client.js';
import { openLive } from '../../clients/open-live.js';
import type { TestGateway } from '../../support/gateway.js';
import { CARRIERS, MUTATING, type Told } from './carriers.js';
import {
  caughtUp,
  clientAt,
  fallbacksOf,
  merge,
  openWorld,
  pause,
  type ReplicatedWorld,
  read,
  readsOf,
  resume,
  untilStates,
} from './world.js';

const post = MUTATING['POST, in the header'];

let world: ReplicatedWorld;
let here: TestGateway;
let there: TestGateway;

beforeAll(async () => {
  world = await openWorld({ gateways: 2, config: { persistedOperations: 'auto' } });
  [here, there] = world.gateways as [TestGateway, TestGateway];
  for (const gateway of world.gateways) await untilStates(gateway, ['ok']);
});

afterEach(() => resume(world));
afterAll(() => world?.close());

const counted = async (gateway: TestGateway, run: () => Promise<unknown>) => {
  const before = readsOf(gateway);
  await run();
  const after = readsOf(gateway);
  return {
    replica: (after.replica ?? 0) - (before.replica ?? 0),
    primary: (after.primary ?? 0) - (before.primary ?? 0),
  };
};

describe('a query', () => {
  it('reads from a replica, and mutations do not', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    const client = clientAt(there, token);
    expect(await counted(there, () => client.ask(read(call)))).toEqual({ replica: 1, primary: 0 });
    expect(await counted(there, () => client.ask(merge(call, { a: 1 })))).toEqual({ replica: 0, primary: 0 });
  });

  it('sees what was written at its gateway, though it names nothing', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const client = clientAt(here, token);
    for (const n of [1, 2, 3]) {
      await client.ask(merge(call, { n }));
      expect((await client.ask(read(call))).call.metadata).toEqual({ n });
    }
    await resume(world);
    // It waits for no replica that has kept others waiting, until a look says that it is there.
    await expect.poll(() => counted(here, () => client.ask(read(call)))).toEqual({ replica: 1, primary: 0 });
  });

  it('may be old where its client names nothing, and reads at another gateway', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    await clientAt(here, token).ask(merge(call, { n: 1 }));
    expect((await clientAt(there, token).ask(read(call))).call.metadata).toEqual({});
  });

  it('never goes back in time at one gateway, though its client names nothing', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    await clientAt(here, token).ask(merge(call, { n: 1 }));
    const client = clientAt(there, token);
    // The mutation is of an organization that is known here then.
    await client.ask(merge(call, { m: 1 }));
    expect((await client.ask(read(call))).call.metadata).toEqual({ n: 1, m: 1 });
    const primary = await counted(there, () => client.ask(read(call)));
    expect(primary).toEqual({ replica: 0, primary: 1 });
  });

  it('has a change cursor that belongs to the list beside it', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const { mergeCallMetadata } = await clientAt(here, token).ask(
      merge(call, { n: 1 }).replace(
        'call { metadata }',
        'call { metadata history(first: 1) { nodes { cursor } } }',
      ),
    );
    const [{ cursor: newest }] = mergeCallMetadata.call.history.nodes;
    const both = '{ changeCursor calls { nodes { metadata } } }';
    const old = await clientAt(there, token).ask(both);
    expect(old.calls.nodes).toEqual([{ metadata: {} }]);
    expect(old.changeCursor).not.toBe(newest);
    const fresh = await clientAt(here, token).ask(both);
    expect(fresh.calls.nodes).toEqual([{ metadata: { n: 1 } }]);
    expect(fresh.changeCursor).toBe(newest);
  });
});

describe('a token', () => {
  it.each(Object.keys(CARRIERS))('is obeyed in %s', async (name) => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const carry = CARRIERS[name] as (typeof CARRIERS)[string];
    const written = await post({
      url: here.url,
      token,
      query: merge(call, { n: 1 }),
      seen: [],
    });
    expect(written.seen).toMatch(/^[\w-]{32}$/);
    const ask = (seen: string[]) => carry({ url: there.url, token, query: read(call), seen });
    expect((await ask([])).data).toEqual({ call: { metadata: {} } });
    expect((await ask([written.seen ?? ''])).data).toEqual({ call: { metadata: { n: 1 } } });
  });

  it.each(Object.keys(MUTATING))('comes with the answer of a mutation by %s', async (name) => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const carry = MUTATING[name as keyof typeof MUTATING];
    const { seen } = (await carry({ url: here.url, token, query: merge(call, { n: 1 }), seen: [] })) as Told;
    const found = await post({ url: there.url, token, query: read(call), seen: [seen ?? ''] });
    expect(found.data).toEqual({ call: { metadata: { n: 1 } } });
  });

  it('comes with the answer of a query, from wherever that read', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    await clientAt(here, token).ask(merge(call, { n: 1 }));
    const query = read(call);
    // It reads from the primary here, for the write was here.
    const { data, seen } = await post({ url: here.url, token, query, seen: [] });
    expect(data).toEqual({ call: { metadata: { n: 1 } } });
    expect((await post({ url: there.url, token, query, seen: [seen ?? ''] })).data).toEqual(data);
  });

  it('may be one of several, may be "now", and a change cursor stands for now', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const ask = async (seen: string[]) =>
      (await post({ url: there.url, token, query: read(call), seen })).data;
    const write = (n: number) => post({ url: here.url, token, query: merge(call, { n }), seen: [] });
    const first = await write(1);
    const second = await write(2);
    const seen = [first.seen ?? '', second.seen ?? ''];
    expect(await ask(seen)).toEqual({ call: { metadata: { n: 2 } } });
    await write(3);
    expect(await ask(['now'])).toEqual({ call: { metadata: { n: 3 } } });
    await write(4);
    const { changeCursor } = await clientAt(here, token).ask('{ changeCursor }');
    expect(await ask([changeCursor])).toEqual({ call: { metadata: { n: 4 } } });
    await write(5);
    expect(await ask(['x'.repeat(40)])).toEqual({ call: { metadata: { n: 5 } } });
    await write(6);
    expect(await ask(Array.from({ length: 40 }, () => first.seen ?? ''))).toEqual({
      call: { metadata: { n: 6 } },
    });
  });

  it('of another organization says nothing but now', async () => {
    const one = await world.organization();
    const other = await world.organization();
    const { seen } = await post({ url: here.url, token: one.token, query: read(one.call), seen: [] });
    await caughtUp(world);
    await pause(world);
    await clientAt(here, other.token).ask(merge(other.call, { n: 1 }));
    const found = await post({
      url: there.url,
      token: other.token,
      query: read(other.call),
      seen: [seen ?? ''],
    });
    expect(found.data).toEqual({ call: { metadata: { n: 1 } } });
  });

  it('is sent with each change of a subscription', async () => {
    const { token, call } = await world.organization();
    const { createClient } = await import('graphql-ws');
    const { WebSocket } = await import('ws');
    const socket = createClient({
      url: here.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${token}` },
      retryAttempts: 0,
    });
    await caughtUp(world);
    await pause(world);
    const changes = socket.iterate({ query: 'subscription { callsChanged { call { metadata } } }' });
    const next = changes.next();
    await here.subscribers(1);
    await clientAt(here, token).ask(merge(call, { n: 1 }));
    const { value } = await next;
    expect(value.data).toEqual({ callsChanged: { call: { metadata: { n: 1 } } } });
    const seen = [value.extensions?.consistencyToken as string];
    const found = await post({ url: there.url, token, query: read(call), seen });
    expect(found.data).toEqual({ call: { metadata: { n: 1 } } });
    await socket.dispose();
  });

  it('is obeyed by an export, and comes with it', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const { seen } = await post({ url: here.url, token, query: merge(call, { n: 1 }), seen: [] });
    const exported = async (headers: Record<string, string>) => {
      const url = there.url.replace('/graphql', '/export/calls.ndjson?columns=metadata');
      const answer = await request(url, { headers: { authorization: `Bearer ${token}`, ...headers } });
      return { text: (await answer.body.text()).trim(), seen: answer.headers['consistency-token'] };
    };
    expect((await exported({})).text).toBe('{"metadata":{}}');
    expect(await exported({ 'consistency-token': seen ?? '' })).toEqual({
      text: '{"metadata":{"n":1}}',
      seen: 'now',
    });
  });
});

describe('the client kit', () => {
  it('passes on what a subscription and requests have seen, to whichever gateway', async () => {
    const { token, call } = await world.organization();
    const sign = () => token;
    const ask = signedInFetch(sign);
    const asked = async ({ url }: TestGateway, query: string) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await ask(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return ((await answer.json()) as { data: unknown }).data;
    };
    const live = openLive({ url: here.url, token: sign });
    await caughtUp(world);
    await pause(world);
    const changes: unknown[] = [];
    const stop = live.subscribe(
      { query: 'subscription { callsChanged { call { metadata } } }' },
      { next: ({ data }) => changes.push(data), error: () => {}, complete: () => {} },
    );
    await here.subscribers(1);
    await clientAt(here, token).ask(merge(call, { n: 1 }));
    await expect.poll(() => changes).toEqual([{ callsChanged: { call: { metadata: { n: 1 } } } }]);
    expect(await asked(there, read(call))).toEqual({ call: { metadata: { n: 1 } } });
    await asked(here, merge(call, { n: 2 }));
    expect(await asked(there, read(call))).toEqual({ call: { metadata: { n: 2 } } });
    stop();
    await live.dispose();
  });
});

describe('a key that was revoked', () => {
  it('is refused at once, though a replica does not know', async () => {
    const { token, call } = await world.organization();
    await caughtUp(world);
    await pause(world);
    const { default: postgres } = await import('postgres');
    const sql = postgres(here.databaseUrl, { max: 1, fetch_types: false });
    await sql`update api_keys set revoked_at = now()
      where organization_id = (select organization_id from api_keys order by created_at desc limit 1)`;
    await sql.end();
    const { status, errors } = await clientAt(there, token).send(read(call));
    expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

it('leaves no fallback uncounted', async () => {
  expect(fallbacksOf(there).behind).toBeGreaterThan(0);
  expect(fallbacksOf(there).failed).toBe(0);
});
