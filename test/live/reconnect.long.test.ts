import { fromUUID } from 'typeid-js';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { createTestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';
import { type CuttableProxy, openCuttableProxy } from './cuttable-proxy.js';
import { type Fleet, portOf, startFleet } from './fleet.js';
import { prepareCalls } from './prepared-calls.js';
import { type Random, randomOf } from './random.js';
import { follow, type Subscriber } from './subscriber.js';
import { TRANSPORTS } from './transports.js';
import { until } from './until.js';
import { FLAWLESS, judge, type Logged, summed } from './verdict.js';
import { CHANGES, lastWrite, planWrites, writeAll } from './writers.js';

const CUTS = 200;
const STOPS = 6;
const WRITERS = 6;

interface Follower {
  subscriber: Subscriber;
  proxy: CuttableProxy;
  call: string | undefined;
}

test('clients that are cut off while gateways are killed receive every change once, in order', async () => {
  const seed = Date.now() % 1_000_000_007;
  const random = randomOf(seed);
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const token = await createToken(database.url);
  const fleet = await startFleet(2, { DATABASE_URL: database.url, LOG_LEVEL: 'error' });
  const [first] = fleet.running();
  const { calls, cursor, ownReference } = await prepareCalls(first?.url ?? '', token, database.url, 100);
  const before = await readLog(database.url);
  const followers = await openFollowers(fleet, random, { token, after: cursor, call: random.of(calls).id });

  const progress = { acknowledged: 0, cuts: 0, stops: 0 };
  const due = (part: number) => until('more changes', () => progress.acknowledged >= part, 60_000);
  const stops: string[] = [];
  const cut = async () => {
    for (; progress.cuts < CUTS; progress.cuts += 1) {
      await due((progress.cuts / (CUTS + 1)) * CHANGES);
      const [{ proxy }, ending] = [random.of(followers), random.of(['end', 'reset'] as const)];
      await proxy.cut(random.of([0, random.below(300), random.below(6000)]), ending);
    }
  };
  const stop = async () => {
    for (; progress.stops < STOPS; progress.stops += 1) {
      await due((progress.stops / (STOPS + 1)) * CHANGES);
      const signal = progress.stops % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      const { code, stderr } = await fleet.replace(random.of(fleet.running()), signal);
      stops.push(`${signal} ${code} ${stderr}`.trim());
    }
  };
  /** Writers run slightly ahead of cuts and stops, so that these interrupt writes. */
  const allowed = () =>
    Math.min((progress.cuts + 4) / CUTS, (progress.stops + 1.2) / STOPS) * CHANGES > progress.acknowledged;
  const writing = {
    url: () => pick(fleet, random)?.url,
    token,
    turn: () => until('a turn to write', allowed, 60_000),
    onAcknowledged: (changes: number) => {
      progress.acknowledged += changes;
    },
  };
  await Promise.all([writeAll(planWrites(random, calls, ownReference), WRITERS, writing), cut(), stop()]);
  await writeAll([lastWrite(random.of(calls))], 1, writing);

  const known = new Set(before.map(({ id }) => id));
  const log = (await readLog(database.url)).filter(({ id }) => !known.has(id));
  const parts = followers.map((each) => ({
    ...each,
    log: each.call === undefined ? log : log.filter(({ call }) => call === each.call),
  }));
  // Missing changes are counted below.
  await until('all changes delivered', () =>
    parts.every(({ log: expected, subscriber }) => subscriber.delivered.at(-1)?.id === expected.at(-1)?.id),
  ).catch(() => {});
  for (const { subscriber } of followers) await subscriber.stop();
  const ends = await fleet.close();
  expect(
    {
      ...progress,
      changes: log.length,
      ...summed(parts.map((each) => judge(each.log, each.subscriber.delivered))),
      surprises: followers.flatMap(({ subscriber }) => subscriber.surprises),
      stops,
      ends: ends.map(({ code, stderr }) => `${code} ${stderr}`),
    },
    `seed ${seed}`,
  ).toEqual({
    acknowledged: CHANGES,
    cuts: CUTS,
    stops: Array.from({ length: STOPS }, (_, index) => (index % 2 === 0 ? 'SIGKILL null' : 'SIGTERM 0')),
    changes: CHANGES,
    ...FLAWLESS,
    surprises: [],
    ends: ['0 ', '0 '],
  });
  expect(CHANGES).toBe(5000);
});

async function createToken(url: string): Promise<string> {
  const database = await openDatabase({ url, poolSize: 1 });
  try {
    const key = {
      name: 'follower',
      kind: 'APP',
      staffUid: null,
      scopes: ['ADMIN'],
      expiresAt: null,
    } as const;
    return (await new ApiKeyService(database).create({ organization: 'followed', ...key, scopes: ['ADMIN'] }))
      .token;
  } finally {
    await database.close();
  }
}

const pick = (fleet: Fleet, random: Random) => {
  const running = fleet.running();
  return running.length > 0 ? random.of(running) : undefined;
};

/** Two per transport follow all calls, and one follows a single call. */
async function openFollowers(
  fleet: Fleet,
  random: Random,
  { token, after, call }: { token: string; after: string; call: string },
): Promise<Follower[]> {
  const followers: Follower[] = [];
  for (const transport of TRANSPORTS) {
    for (const followed of [undefined, undefined, call]) {
      const proxy = await openCuttableProxy(() => {
        const gateway = pick(fleet, random);
        return gateway && portOf(gateway);
      });
      const url = `http://127.0.0.1:${proxy.port}/graphql`;
      const subscriber = follow({ transport, url, token, after, call: followed });
      onTestFinished(async () => {
        await subscriber.stop();
        await proxy.close();
      });
      followers.push({ subscriber, proxy, call: followed });
    }
  }
  return followers;
}

async function readLog(url: string): Promise<Logged[]> {
  let rows: Logged[] = [];
  await onServer(url, async (sql) => {
    const found = await sql<{ id: string; call_id: string; revision: number }[]>`
      select id, call_id, revision from call_changes where revision is not null order by label, seq`;
    rows = found.map(({ id, call_id, revision }) => ({
      id: fromUUID(id, 'call_change'),
      call: fromUUID(call_id, 'call'),
      revision,
    }));
  });
  return rows;
}
