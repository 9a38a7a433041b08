import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openWorld, type World } from '../../faults/world.js';
import { type Client, clientOf } from '../../support/gateway.js';
import type { GatewayProcess } from '../../support/gateway-process.js';
import { numbers } from '../../support/numbers.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { patch, withoutRemoved } from './random-patches.js';

const CALLS = 100;
const CLIENTS = 8;
/** `MERGES=10000` for the whole test, which takes some minutes. */
const MERGES = Number(process.env.MERGES ?? 1_500);
/** Milliseconds between two kills. */
const KILL_EVERY = 1_500;
const CHAOS = { unavailable: 0.1, appliedThenTimedOut: 0.05 };

const ENV = {
  SECRETS_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  VENDORS_ALLOW_PRIVATE: 'on',
  LOG_LEVEL: 'silent',
  DATABASE_TIMEOUT: '60',
};
const MERGE = `mutation ($call: CallLocator!, $metadata: JSONObject!) {
  mergeCallMetadata(call: $call, metadata: $metadata) { errors { code message } }
}`;

const named = (call: number) => ({ system: 'BURKI', name: 'id', value: `${call}` });

test.each([
  ['shallow', 1],
  ['deep', 2],
] as const)(
  'a vendor that merges %s ends with our metadata, whatever fails and whichever gateway is killed',
  async (merging, seed) => {
    const world = await openWorld();
    const fake = await openBurki({ merging });
    onTestFinished(() => fake.close());
    const gateways = [await world.start(ENV), await world.start(ENV)];
    const to = (index: number): Client =>
      clientOf(gateways[index]?.url ?? '', world.token, `Bearer ${world.token}`);
    for (const id of numbers(CALLS)) {
      fake.add({ id });
      await to(0).ask(
        'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { code } } }',
        {
          input: { references: [named(id)] },
        },
      );
    }
    await givenAccount(to(0), { system: 'BURKI', url: fake.url });
    // What a killed gateway has claimed counts until its lease ends.
    await world.sql`update vendor_accounts set rate = 500, base_rate = 500, concurrency = 400`;
    let turn = 0;
    fake.behave({
      delay: () => (turn++ % 5) * 5,
      chaos: { seed, ...CHAOS, limited: { share: 0.05, retryAfter: seed } },
    });

    const began = performance.now();
    const writing = writeAll(seed, to);
    const kills = await killUntil(writing, gateways, world);
    const retries = await writing;
    const wrote = (performance.now() - began) / 1_000;
    const sentMeanwhile = fake.requests.length;
    await untilDelivered(world);
    const lasted = (performance.now() - began) / 1_000;
    const statuses = fake.requests.map(({ status }) => status);
    console.log(
      `${merging}: ${MERGES} merges in ${wrote.toFixed(0)} s (${(MERGES / wrote).toFixed(0)}/s, ${retries} tried again), ` +
        `${kills} kills; ${sentMeanwhile} requests meanwhile (${(sentMeanwhile / wrote).toFixed(0)}/s), ` +
        `${statuses.length} in all, of them ${count(statuses, 503)} 503, ${count(statuses, 429)} 429, ` +
        `${count(statuses, null)} cut; all delivered after ${lasted.toFixed(0)} s`,
    );
    expect(await different(world, fake)).toEqual([]);
    expect(fake.violations).toEqual([]);
    expect(fake.mostInFlight()).toBe(1);
    expect(kills).toBeGreaterThan(0);
    for (const status of [503, 429, null]) expect(count(statuses, status)).toBeGreaterThan(5);
    const states = await world.sql`select distinct state from deliveries order by state`;
    expect(states.map(({ state }) => state)).toEqual(['DELIVERED', 'SUPERSEDED']);
  },
);

/** Each client's merges one after the other, each until a gateway acknowledges it. Returns how often none did. */
async function writeAll(seed: number, to: (index: number) => Client): Promise<number> {
  const patches = fc.sample(patch, { seed, numRuns: MERGES });
  let retries = 0;
  await Promise.all(
    numbers(CLIENTS).map(async (client) => {
      let gateway = client % 2;
      for (let each = client; each < MERGES; each += CLIENTS) {
        // 37 and 100 have no common divisor: every client comes to every call.
        const variables = { call: { reference: named((each * 37) % CALLS) }, metadata: patches[each] };
        for (;;) {
          const answer = await to(gateway)
            .send(MERGE, variables)
            .catch(() => null);
          if (answer?.data?.mergeCallMetadata?.errors.length === 0) break;
          if (answer?.status === 200) throw new Error(JSON.stringify(answer));
          retries += 1;
          gateway = 1 - gateway;
          await sleep(20);
        }
      }
    }),
  );
  return retries;
}

/** Kills the gateways in turns. */
async function killUntil(end: Promise<unknown>, gateways: GatewayProcess[], world: World): Promise<number> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  let kills = 0;
  for (;;) {
    await Promise.race([over, sleep(KILL_EVERY, undefined, { ref: false })]);
    if (isOver) return kills;
    const victim = kills % 2;
    gateways[victim]?.process.kill('SIGKILL');
    await gateways[victim]?.ended;
    kills += 1;
    gateways[victim] = await world.start(ENV);
  }
}

function untilDelivered({ sql }: World) {
  return expect
    .poll(
      async () => {
        // Five failures in a row do happen, and the circuit's half minute is not what is tried here.
        await sql`update vendor_accounts set open_until = now() where open_until > now()`;
        // Nor are the pauses after many failures, which exceed every Retry-After.
        await sql`update deliveries set next_attempt_at = now() + interval '3 seconds'
          where state = 'RETRYING' and claim is null and next_attempt_at > now() + interval '5 seconds'`;
        const [left] =
          await sql`select count(*)::int as open from deliveries where state in ('PENDING', 'RETRYING', 'INCOMPLETE')`;
        return left?.open;
      },
      { timeout: 150_000, interval: 500 },
    )
    .toBe(0);
}

async function different({ sql }: World, { calls }: FakeBurki) {
  const ours = await sql`select r.value, c.metadata from calls c
    join call_references r on (r.organization_id, r.call_id) = (c.organization_id, c.id)`;
  expect(ours).toHaveLength(CALLS);
  return ours
    .map(({ value, metadata }) => ({
      ...{ call: value, ours: metadata },
      theirs: withoutRemoved(calls.get(Number(value))?.call_meta ?? {}),
    }))
    .filter(({ ours, theirs }) => !isDeepStrictEqual(ours, theirs));
}

const count = (statuses: (number | null)[], wanted: number | null) =>
  statuses.filter((status) => status === wanted).length;
