import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { chargedTo, newAccount, startNow } from '../../../src/db/connection/account.js';
import { openGatewayOn, type TestGateway } from '../../support/gateway.js';
import { onServer } from '../../support/server.js';
import { followFrom, type TestServer } from '../../support/standby.js';
import { MUTATING } from './carriers.js';
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
  type WorldOptions,
} from './world.js';

const post = MUTATING['POST, in the header'];

let world: ReplicatedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function openOne(
  options: WorldOptions = {},
): Promise<{ opened: ReplicatedWorld; gateway: TestGateway }> {
  const opened = await openWorld(options);
  world = opened;
  return { opened, gateway: opened.gateways[0] as TestGateway };
}

const organizationOf = (call: string, gateway: TestGateway) =>
  gateway.database.db
    .execute<{ id: string }>(sql`select organization_id as id from calls limit 1`)
    .then(([row]) => {
      if (row === undefined) throw new Error(`${call} is not there`);
      return row.id;
    });

describe('a replica', () => {
  it('that is killed costs no answer, and serves again when it is back', async () => {
    const { opened, gateway } = await openOne();
    const [standby] = opened.standbys;
    await untilStates(gateway, ['ok']);
    const { token, call } = await opened.organization();
    await caughtUp(opened);
    const client = clientAt(gateway, token);
    let isOver = false;
    const errors: unknown[] = [];
    const asking = Array.from({ length: 4 }, async () => {
      while (!isOver) await client.ask(read(call)).catch((error) => errors.push(error));
    });
    await standby?.stop('SIGQUIT');
    await untilStates(gateway, ['away']);
    const { waiting } = gateway.database.replicas?.figures[0]?.pool ?? {};
    expect(waiting).toBe(0);
    await standby?.start();
    await untilStates(gateway, ['ok']);
    const before = readsOf(gateway).replica ?? 0;
    await expect.poll(() => readsOf(gateway).replica).toBeGreaterThan(before);
    isOver = true;
    await Promise.all(asking);
    expect(errors).toEqual([]);
    expect(fallbacksOf(gateway).away).toBeGreaterThan(0);
    const said = gateway.log
      .map((line) => JSON.parse(line))
      .filter(({ replica }) => replica === '1')
      .map(({ level, msg, state }) => [level, msg, state]);
    // On a busy machine it may be lost more than once, and be behind when it is back.
    expect(said).toContainEqual([40, 'no query reads from this replica', 'away']);
    expect(said.at(-1)).toEqual([40, 'queries read from this replica again', undefined]);
  });

  it('that hangs costs no answer', async () => {
    const { opened, gateway } = await openOne();
    const [standby] = opened.standbys;
    await untilStates(gateway, ['ok']);
    const { token, call } = await opened.organization();
    await caughtUp(opened);
    const client = clientAt(gateway, token);
    await client.ask(read(call));
    await standby?.signal('SIGSTOP');
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.ask(read(call))));
    expect(answers).toEqual(Array.from({ length: 8 }, () => ({ call: { metadata: {} } })));
    await untilStates(gateway, ['away']);
    await standby?.signal('SIGCONT');
    await untilStates(gateway, ['ok']);
  });

  it('that was never there costs no start, no answer and no readiness', async () => {
    const { opened, gateway } = await openOne({ urls: () => ['postgres://nobody@127.0.0.1:1/none'] });
    const { token, call } = await opened.organization();
    expect(await clientAt(gateway, token).ask(read(call))).toEqual({ call: { metadata: {} } });
    await untilStates(gateway, ['away']);
    const ready = await request(gateway.url.replace('/graphql', '/health/ready'));
    expect(ready.statusCode).toBe(200);
    expect(await ready.body.json()).toMatchObject({
      status: 'ready',
      checks: { database: 'ok', migrations: 'ok', log: 'ok', replicas: ['away'], draining: false },
    });
  });

  it('that is too far behind is not read from', async () => {
    const { opened, gateway } = await openOne({ maxLag: 1 });
    await untilStates(gateway, ['ok']);
    await pause(opened);
    await opened.organization();
    await untilStates(gateway, ['behind']);
    const [figures] = gateway.database.replicas?.figures ?? [];
    expect(figures?.lag?.bytes).toBeGreaterThan(0);
    expect(figures?.lag?.seconds).toBeGreaterThan(0);
    await resume(opened);
    await untilStates(gateway, ['ok']);
  });

  it('that cancels a statement costs no answer', async () => {
    const { opened, gateway } = await openOne();
    await untilStates(gateway, ['ok']);
    const { call } = await opened.organization();
    const organization = await organizationOf(call, gateway);
    await caughtUp(opened);
    const { db, replicas } = gateway.database;
    const account = newAccount(organization, 'key');
    account.reading = (await replicas?.choose(organization, true)) ?? null;
    expect(account.reading?.source).toMatch(/^1\//);
    // The sleep holds a snapshot, which the replay of the vacuum takes away.
    const slow = chargedTo(account, () =>
      startNow(
        db.execute<{ source: string }>(sql`
          select pg_is_in_recovery() as is_standby, pg_sleep(case when pg_is_in_recovery() then 60 else 0 end) from calls limit 1`),
      ),
    );
    await expect.poll(() => replicas?.figures[0]?.pool.inUse).toBe(1);
    await gateway.database.transaction((tx) => tx.execute(sql`update calls set metadata = '{"n": 1}'`));
    await vacuum(opened);
    expect((await slow)[0]).toMatchObject({ is_standby: false });
    expect(account.reading?.source).toBeNull();
    expect(fallbacksOf(gateway)).toMatchObject({ canceled: 1 });
    await untilStates(gateway, ['ok']);
  });

  it('that is no standby is not read from', async () => {
    const { opened, gateway } = await openOne({
      standbys: 0,
      urls: ({ primary, database }) => [primary.url(database)],
    });
    await untilStates(gateway, ['foreign']);
    const { token, call } = await opened.organization();
    await clientAt(gateway, token).ask(merge(call, { n: 1 }));
    expect(await clientAt(gateway, token).ask(read(call))).toEqual({ call: { metadata: { n: 1 } } });
  });

  it('is not read from where its URL leads to several servers', async () => {
    let balancer: Balancer | undefined;
    const { opened, gateway } = await openOne({
      standbys: 2,
      urls: async ({ standbys, database }) => {
        balancer = await openBalancer(standbys.map(({ port }) => port));
        return [(standbys[0]?.url(database) ?? '').replace(/:\d+\/calls$/, `:${balancer.port}/calls`)];
      },
    });
    try {
      const { token, call } = await opened.organization();
      const client = clientAt(gateway, token);
      await pause(opened, 1);
      for (let n = 0; n < 20; n += 1) {
        await client.ask(merge(call, { n }));
        expect(await client.ask(read(call))).toEqual({ call: { metadata: { n } } });
      }
      await resume(opened, 1);
      // It is tried again after a while, and may be at one server by then.
      await expect
        .poll(async () => {
          await Promise.all(Array.from({ length: 20 }, () => client.ask(read(call))));
          return gateway.log.some((line) => JSON.parse(line).state === 'foreign');
        })
        .toBe(true);
    } finally {
      await balancer?.close();
    }
  });

  it('of an earlier line is not read from, until it follows the promoted standby', async () => {
    const { opened, gateway } = await openOne({ standbys: 2 });
    const { primary, standbys, database, gateways } = opened;
    await untilStates(gateway, ['ok', 'ok']);
    const { token, call } = await opened.organization();
    await caughtUp(opened);
    const before = await post({ url: gateway.url, token, query: merge(call, { n: 1 }), seen: [] });
    await caughtUp(opened);
    gateways.length = 0;
    await gateway.close();
    await primary.stop();
    const [promoted, other] = standbys as [TestServer, TestServer];
    await promoted.run('select pg_promote()');
    const replicas = { urls: [other.url(database)], poolSize: 4, maxLag: 3_600 };
    const next = await openGatewayOn(promoted.url(database), {}, async () => {}, 'info', { replicas });
    gateways.push(next);
    await untilStates(next, ['foreign']);
    const client = clientAt(next, token);
    await client.ask(merge(call, { m: 1 }));
    const everything = { call: { metadata: { n: 1, m: 1 } } };
    expect(await client.ask(read(call))).toEqual(everything);
    expect(readsOf(next)).toEqual({ primary: 1, replica: 0 });
    await other.stop();
    await followFrom(other, promoted);
    await other.start();
    await untilStates(next, ['ok']);
    // The token is of the earlier line, so that it stands for now.
    const found = await post({ url: next.url, token, query: read(call), seen: [before.seen ?? ''] });
    expect(found.data).toEqual(everything);
    await expect
      .poll(async () => {
        expect(await client.ask(read(call))).toEqual(everything);
        return readsOf(next).replica;
      })
      .toBeGreaterThan(0);
  });
});

it('counts and measures', async () => {
  const { opened, gateway } = await openOne();
  await untilStates(gateway, ['ok']);
  const { token, call } = await opened.organization();
  await caughtUp(opened);
  await clientAt(gateway, token).ask(read(call));
  const metrics = await (await request(gateway.url.replace('/graphql', '/metrics'))).body.text();
  const values = Object.fromEntries(
    [...metrics.matchAll(/^switchboard_(re(?:plica_|ads_)\S+) (\S+)$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  expect(values).toMatchObject({
    'reads_total{source="replica"}': 1,
    'reads_total{source="primary"}': 0,
    'replica_fallbacks_total{reason="away"}': 0,
    'replica_fallbacks_total{reason="behind"}': 0,
    'replica_fallbacks_total{reason="canceled"}': 0,
    'replica_fallbacks_total{reason="failed"}': 0,
    'replica_up{replica="1"}': 1,
    'replica_pool_in_use{replica="1"}': 0,
    'replica_pool_waiting{replica="1"}': 0,
  });
  expect(values['replica_lag_bytes{replica="1"}']).toBeGreaterThanOrEqual(0);
  expect(values['replica_lag_seconds{replica="1"}']).toBeGreaterThanOrEqual(0);
});

async function vacuum({ primary, database }: ReplicatedWorld): Promise<void> {
  await onServer(primary.url(database), (client) => client`vacuum calls`);
}

interface Balancer {
  port: number;
  close(): Promise<void>;
}

/** Each connection to the next server, as a TCP balancer does it. */
async function openBalancer(ports: number[]): Promise<Balancer> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    turn += 1;
    open.add(client);
    client.on('close', () => open.delete(client));
    const upstream = connect(ports[turn % ports.length] as number, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    for (const each of open) each.destroy();
    await once(server, 'close');
  };
  return { port: (server.address() as { port: number }).port, close };
}
