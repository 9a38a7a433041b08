import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, type Client, openClient } from './support/client.js';
import { createKey, startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { connect, openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, quantile } from './support/stats.js';
import { openVendor, VENDOR_ENV, type Vendor } from './support/vendor.js';
import { burki, burkiCall, series, session } from './writes/inputs.js';
import { eventBody, must, payloads, type Recorded, type Upserted, upsertBody } from './writes/operations.js';

const options = readOptions({
  rounds: 3,
  /** Seconds of each measurement. */
  seconds: 20,
  /** Events a second. */
  rate: 20,
  /** Only shows the table. */
  dry: false,
});

const CALLS = 50;
/** What the one vendor does meanwhile; the other one answers at once. */
const SIDES = ['answers', 'refuses connections', 'never answers', 'answers 503'] as const;
type Side = (typeof SIDES)[number];

interface Found {
  /** Milliseconds of a write. */
  writes: number[];
  /** Milliseconds from the write's first byte to the arrival of its change at the vendor that answers. */
  arrivals: number[];
}

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const url = await server.createDatabase('away');
  const gateway = await startGateway(lifetime, url, 'first', {
    // A vendor that fails is a warning each time.
    env: { ...VENDOR_ENV, LOG_LEVEL: 'error' },
  });
  const sql = connect(lifetime, url, 1);
  const found = new Map<Side, Found>(SIDES.map((side) => [side, { writes: [], arrivals: [] }]));
  // The first round warms up.
  for (let round = -1; round < options.rounds; round += 1) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const organization = `round-${round + 1}-${SIDES.indexOf(side)}`;
      const client = openClient(lifetime, { ...gateway, token: await createKey(url, organization) }, 4);
      const { writes, arrivals } = await measure(lifetime, client, side, async () => {
        // Faster than the vendors allow by default, so that there is something to measure.
        await sql`update vendor_accounts set base_rate = 200, rate = 200 where organization_id =
          (select o.organization_id from organizations o where o.slug = ${organization})`;
      });
      if (round >= 0) {
        found.get(side)?.writes.push(...writes);
        found.get(side)?.arrivals.push(...arrivals);
      }
      say(`a vendor that ${side}, round ${round + 1} of ${options.rounds}`);
      await sql`update vendor_accounts set paused = true where organization_id =
        (select o.organization_id from organizations o where o.slug = ${organization})`;
    }
  }
  const beside = (name: keyof Found, q: number, side: Side) => quantile(found.get(side)?.[name] ?? [], q);
  const rows = SIDES.map((side) => [
    side,
    ...(['writes', 'arrivals'] as const).flatMap((name) => [
      figure(beside(name, 0.5, side)),
      figure(beside(name, 0.95, side)),
      figure(beside(name, 0.95, side) / beside(name, 0.95, 'answers')),
    ]),
  ]);
  const where = surroundings(server.version);
  const text = [
    `${options.rate} recordCallEvent a second on ${CALLS} calls for ${options.seconds} s, medians and p95 of all of ` +
      `${options.rounds} rounds in turns. Each event goes to Creovai, and what it does to the metadata to Burki, which answers at once. ` +
      `Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}.`,
    table(
      ['Creovai', 'write p50, ms', 'p95, ms', 'ratio', 'arrival at Burki p50, ms', 'p95, ms', 'ratio'],
      rows,
    ),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else
    await writeReport({ name: 'away', text, data: { ...where, options, found: Object.fromEntries(found) } });
  return true;
});

async function measure(
  lifetime: Lifetime,
  client: Client,
  side: Side,
  quicken: () => Promise<unknown>,
): Promise<Found> {
  const began = new Map<number, number>();
  const arrivals: number[] = [];
  const other = await openVendor(lifetime, ({ body }, response) => {
    const { event = -1 } = (JSON.parse(body) as { metadata: { event?: number } }).metadata;
    // One request carries what several events have changed, if it is made after them.
    for (let n = event; n >= 0 && began.has(n); n -= CALLS) {
      arrivals.push(performance.now() - (began.get(n) ?? 0));
      began.delete(n);
    }
    response.end('{}');
  });
  const creovai = await openVendor(lifetime, ({ path }, response) => {
    if (path === '/Token') {
      response.end(JSON.stringify({ access_token: 't', token_type: 'bearer', expires_in: 1799 }));
    } else if (side === 'answers 503') {
      response.statusCode = 503;
      response.end('{}');
    } else if (side === 'answers') response.end();
  });
  if (side === 'refuses connections') await creovai.close();
  await connectBoth(client, { burki: other, creovai });
  await quicken();
  const names = series(`${Date.now()}`, CALLS);
  for (const name of names) {
    const input = { ...burkiCall(name), references: [burki(name), session(name)], metadata: {} };
    payloads<Upserted>([(await client.ask<Record<string, Upserted>>(upsertBody(input))).data]);
  }
  const writes: number[] = [];
  const running: Promise<unknown>[] = [];
  const start = performance.now();
  for (let n = 0; n < options.rate * options.seconds; n += 1) {
    await sleep(Math.max(0, start + (n * 1000) / options.rate - performance.now()));
    const target = { sessionId: names[n % CALLS] };
    const body = eventBody({ target, eventTime: new Date(), metadata: { event: n } });
    began.set(n, performance.now());
    running.push(
      client.ask<Record<string, Recorded>>(body).then(({ data, milliseconds }) => {
        must(payloads([data])[0]?.event?.match === 'MATCHED', 'the event belongs to its call');
        writes.push(milliseconds);
      }),
    );
  }
  await Promise.all(running);
  // What is still under way counts too.
  for (let n = 0; n < 600 && began.size > 0; n += 1) await sleep(100);
  must(began.size === 0, 'every change arrives at the vendor that answers');
  return { writes, arrivals };
}

async function connectBoth(client: Client, { burki: one, creovai }: Record<'burki' | 'creovai', Vendor>) {
  const query = `mutation ($burki: CreateVendorAccountInput!, $creovai: CreateVendorAccountInput!) {
    burki: createVendorAccount(input: $burki) { errors { message } }
    creovai: createVendorAccount(input: $creovai) { errors { message } }
  }`;
  const variables = {
    burki: { name: 'Burki', vendor: { burki: { baseUrl: one.url, apiKey: 'key' } } },
    creovai: {
      name: 'Creovai',
      vendor: { creovai: { baseUrl: creovai.url, clientId: 'client', clientSecret: 'secret' } },
    },
  };
  const { data } = await client.ask<Record<string, { errors: unknown[] }>>(bodyOf({ query, variables }));
  must(
    Object.values(data).every(({ errors }) => errors.length === 0),
    'the accounts are made',
  );
}
