import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { openProxy } from '../errors/proxy.js';
import { removeDataDir } from '../support/data-dir.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { onServer } from '../support/server.js';
import { CALLS_CHANGED, type Follower, follow, followOver, settled, wsClient } from './followers.js';

const opened: TestGateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0).reverse()) await gateway.close();
});

/** Two gateways on one database: the first writes changes, the second delivers them. */
async function twoGateways(followingUrl = (url: string) => Promise.resolve(url)) {
  const writing = await openTestGateway();
  opened.push(writing);
  const following = await openGatewayOn(await followingUrl(writing.databaseUrl));
  opened.push(following);
  const client = await writing.client();
  const call = await givenCall(client);
  await settled(writing);
  let written = 1;
  return {
    writing,
    following,
    target: { url: following.url, token: client.token },
    write: async () => {
      await mergeCallMetadata(client, { call: { id: call.id }, metadata: { written } });
      written += 1;
      return written - 1;
    },
  };
}

const revisions = ({ changes }: Follower) => changes.map(({ revision }) => revision);
const upTo = (last: number) => Array.from({ length: last - 1 }, (_, index) => index + 2);

const listeners = async (url: string) => {
  let pids: number[] = [];
  await onServer(url, async (sql) => {
    const rows = await sql`select pid from pg_stat_activity
      where application_name = 'switchboard listens' and datname = current_database()`;
    pids = rows.map(({ pid }) => pid);
  });
  return pids;
};

async function delay(write: () => Promise<number>, follower: Follower): Promise<number> {
  const count = await write();
  const begun = performance.now();
  await follower.until(count);
  return performance.now() - begun;
}

describe('several gateways on one database', () => {
  it('a change made through one is delivered by the others at once', async () => {
    const { target, write, following } = await twoGateways();
    const followers = [followOver('ws', target), followOver('sse', target)] as const;
    await following.subscribers(2);
    await vi.waitFor(async () => expect(await listeners(following.databaseUrl)).toHaveLength(1), 20_000);
    const delays = [];
    for (let count = 0; count < 10; count += 1) delays.push(await delay(write, followers[0]));
    // The slow poll would take up to a second, usually half of one.
    expect(delays.toSorted((a, b) => a - b)[5]).toBeLessThan(250);
    await followers[1].until(10);
    for (const follower of followers) expect(revisions(follower)).toEqual(upTo(11));
  });

  it('a listening connection that is killed is restored, and nothing is lost meanwhile', async () => {
    const { target, write, following, writing } = await twoGateways();
    const follower = followOver('ws', target);
    await following.subscribers(1);
    for (let kills = 0; kills < 3; kills += 1) {
      let [pid] = await listeners(following.databaseUrl);
      await vi.waitFor(async () => {
        [pid] = await listeners(following.databaseUrl);
        expect(pid).toBeDefined();
      });
      await onServer(writing.databaseUrl, (sql) => sql`select pg_terminate_backend(${pid ?? 0})`);
      await follower.until(await write());
      await vi.waitFor(async () => expect((await listeners(following.databaseUrl))[0]).not.toBe(pid), 20_000);
    }
    await vi.waitFor(async () => expect(await listeners(following.databaseUrl)).toHaveLength(1), 20_000);
    expect(revisions(follower)).toEqual(upTo(4));
  });

  it('a lost notification delays a change by a second at most', async () => {
    const { target, write, following, writing } = await twoGateways();
    writing.database.signals.notify = async () => {};
    const follower = followOver('ws', target);
    await following.subscribers(1);
    for (let count = 0; count < 3; count += 1) expect(await delay(write, follower)).toBeLessThan(1_500);
    expect(revisions(follower)).toEqual(upTo(4));
  });

  it('through a pooler without notifications the log is polled', async () => {
    const { target, write, following } = await twoGateways(async (url) => `${url}?prepare=false`);
    const follower = followOver('ws', target);
    await following.subscribers(1);
    await follower.until(await write());
    expect(await listeners(following.databaseUrl)).toEqual([]);
    expect(revisions(follower)).toEqual(upTo(2));
  });

  it('an outage of the database loses no subscriber and no change', async () => {
    const proxies: Awaited<ReturnType<typeof openProxy>>[] = [];
    const { target, write, following } = await twoGateways(async (url) => {
      proxies.push(await openProxy(url));
      return proxies[0]?.url ?? '';
    });
    const [proxy] = proxies;
    onTestFinished(() => proxy?.cut());
    const followers = [followOver('ws', target), followOver('sse', target)] as const;
    await following.subscribers(2);
    for (let cuts = 0; cuts < 3; cuts += 1) {
      await proxy?.cut();
      await write();
      const count = await write();
      await proxy?.restore();
      for (const follower of followers) await follower.until(count);
    }
    for (const follower of followers) expect(revisions(follower)).toEqual(upTo(7));
    expect(followers.map(({ over, errors }) => ({ over, errors }))).toEqual([
      { over: undefined, errors: [] },
      { over: undefined, errors: [] },
    ]);
  });
});

it('Postgres restarts, and every subscriber gets every change', async () => {
  const dataDir = await makePreparedDataDir();
  onTestFinished(() => removeDataDir(dataDir));
  // Durable, because acknowledged writes must survive a crash.
  const server = await openEmbeddedPostgres({ dataDir });
  onTestFinished(() => server.close());
  await migrate(server.url);
  const gateway = await openGatewayOn(server.url);
  onTestFinished(() => gateway.close());
  const client = await gateway.client();
  const { id } = await givenCall(client);
  await settled(gateway);
  const followers = [
    followOver('ws', { url: gateway.url, token: client.token }),
    followOver('sse', { url: gateway.url, token: client.token }),
  ] as const;
  await gateway.subscribers(2);
  let acknowledged = 0;
  for (let restarts = 0; restarts < 2; restarts += 1) {
    // When a session is killed, the postmaster ends all others and restarts the server.
    await onServer(server.url, async (sql) => {
      const [row] = await sql`select pg_backend_pid() as pid`;
      process.kill(row?.pid, 'SIGKILL');
      await sql`select pg_sleep(10)`.catch(() => {});
    });
    await vi.waitFor(
      async () => {
        const merged = await mergeCallMetadata(client, { call: { id }, metadata: { restarts } });
        expect(merged.errors).toEqual([]);
      },
      { timeout: 60_000, interval: 50 },
    );
    acknowledged += 1;
  }
  for (const follower of followers) {
    expect((await follower.until(acknowledged)).map(({ revision }) => revision)).toEqual([2, 3]);
    expect(follower.over).toBeUndefined();
  }
});

it('a gateway that stops sends its subscribers to another one, where they continue', async () => {
  const { writing, following, write, target } = await twoGateways();
  const urls = [following.url, writing.url];
  const client = wsClient(target, {
    url: () => (urls.shift() ?? writing.url).replace(/^http/, 'ws'),
    retryAttempts: 5,
    retryWait: async () => {},
  });
  const closes: number[] = [];
  client.on('closed', (event) => void closes.push((event as { code: number }).code));
  const follower = follow(client, CALLS_CHANGED);
  const stream = followOver('sse', target);
  await following.subscribers(2);
  await follower.until(await write());
  const begun = performance.now();
  await following.close();
  opened.splice(opened.indexOf(following), 1);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(closes).toEqual([1001]);
  // It did not send `complete`, so the client sees a broken connection.
  expect(String(await stream.ended())).toMatch(/Connection closed/);
  await writing.subscribers(1);
  await follower.until(await write());
  expect(revisions(follower)).toEqual(upTo(3));
});
