import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, median } from './support/stats.js';
import { usageOf } from './support/usage.js';

const options = readOptions({
  rounds: 5,
  /** Seconds of each measurement. */
  seconds: 4,
  /** Calls on the page that each request asks for. */
  page: 50,
  /** How many requests the gateway executes at once, and how many wait; as it has them by default. */
  executing: 64,
  queued: 1024,
  /** Connections that the clients keep open, on each of which one request is under way at most. */
  connections: 2000,
  /** Only shows the table. */
  dry: false,
});

/** Clients that ask again when they are answered: as many as it takes to keep the gateway busy. */
const BUSY = 32;
const TIMES = 4;
/** Of the peak's rate, that is still served under the overload. */
const LEAST_GOODPUT = 0.8;

interface Load {
  url: string;
  token: string;
  agent: Agent;
}

interface Served {
  served: number;
  shed: number;
  /** Neither served nor turned away. */
  lost: number;
  seconds: number;
  servedIn: number[];
  shedIn: number[];
}

const newest = `query Newest {
  calls(first: ${options.page}) { nodes { id status references { system name value } metadata revision createdAt } }
}`;

const nothing = (): Served => ({ served: 0, shed: 0, lost: 0, seconds: 0, servedIn: [], shedIn: [] });
const rate = ({ served, seconds }: Served) => served / seconds;

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const url = await server.createDatabase('overload');
  const env = {
    MAX_CONCURRENT_REQUESTS: `${options.executing}`,
    MAX_QUEUED_REQUESTS: `${options.queued}`,
  };
  const gateway = await startGateway(lifetime, url, 'bench', { env });
  const load: Load = {
    url: `${new URL(gateway.url).origin}/graphql`,
    token: gateway.token,
    agent: agent(lifetime),
  };
  await fill(load);
  await closedLoop(load, 2);
  // So that all connections are open before it counts.
  await Promise.all(
    Array.from({ length: options.connections }, () => ask(load, '{ __typename }').catch(() => 0)),
  );
  const rounds: { peak: number; goodput: number; after: number; flood: Served; memory: number }[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const peak = rate(await closedLoop(load, options.seconds));
    const flood = await openLoop(load, TIMES * peak, options.seconds);
    const { memory } = await usageOf(gateway.pid);
    const after = rate(await closedLoop(load, 1));
    rounds.push({ peak, goodput: rate(flood), after, flood, memory });
    say(
      `round ${round}: ${figure(peak)} served a second at the peak, ${figure(rate(flood))} under ${TIMES} times that`,
    );
  }
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  const share = middle(({ goodput, peak }) => goodput / peak);
  const rows = [
    ['served a second at the peak', figure(middle(({ peak }) => peak))],
    [`served a second when ${TIMES} times as many ask`, figure(middle(({ goodput }) => goodput))],
    ['share of the peak', figure(share)],
    ['turned away a second', figure(middle(({ flood }) => flood.shed / flood.seconds))],
    ['without an answer', figure(middle(({ flood }) => flood.lost))],
    ['ms until an answer, median', figure(middle(({ flood }) => median(flood.servedIn)))],
    ['ms until a 503, median', figure(middle(({ flood }) => median(flood.shedIn)))],
    ['served a second in the second afterwards', figure(middle(({ after }) => after))],
    ['resident MB under it', figure(middle(({ memory }) => memory))],
  ];
  const where = surroundings(server.version);
  const isKept = share >= LEAST_GOODPUT;
  const text = [
    `Pages of ${options.page} calls, ${options.executing} requests executed at once and ${options.queued} waiting; medians of ` +
      `${options.rounds} rounds. Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, which the client ` +
      `shares, ${where.date}.`,
    `**${isKept ? 'The promise of 80 % is kept.' : `Missed: ${figure(share)} of the peak.`}**`,
    table(['', 'median'], rows),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else
    await writeReport({
      name: 'overload',
      text,
      data: { ...where, options, share, rows: Object.fromEntries(rows) },
    });
  return isKept;
});

function agent(lifetime: Lifetime): Agent {
  const opened = new Agent({ pipelining: 1, connections: options.connections, connectTimeout: 60_000 });
  lifetime.whenOver(() => opened.destroy());
  return opened;
}

async function ask({ url, token, agent: dispatcher }: Load, query: string): Promise<number> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const text = await body.text();
  if (statusCode === 200 && text.startsWith('{"errors"')) throw new Error(text.slice(0, 500));
  return statusCode;
}

async function fill(load: Load): Promise<void> {
  for (let index = 0; index < 2 * options.page; index += 1) {
    const reference = `{ system: OTHER, name: "case", value: "${index}" }`;
    await ask(
      load,
      `mutation { upsertCall(input: { references: [${reference}], metadata: { index: ${index} } }) { created } }`,
    );
  }
}

/** Asks once, and notes how it went. */
async function asked(load: Load, seen: Served): Promise<void> {
  const began = performance.now();
  const status = await ask(load, newest).catch(() => 0);
  const milliseconds = performance.now() - began;
  if (status === 200) {
    seen.served += 1;
    seen.servedIn.push(milliseconds);
  } else if (status === 503) {
    seen.shed += 1;
    seen.shedIn.push(milliseconds);
  } else seen.lost += 1;
}

/** Each client asks again as soon as it is answered. */
async function closedLoop(load: Load, seconds: number): Promise<Served> {
  const seen = nothing();
  const began = performance.now();
  const client = async () => {
    while (performance.now() - began < seconds * 1000) await asked(load, seen);
  };
  await Promise.all(Array.from({ length: BUSY }, client));
  seen.seconds = (performance.now() - began) / 1000;
  return seen;
}

/** So many requests come a second, whether those before are answered or not; what is served in that time counts. */
async function openLoop(load: Load, perSecond: number, seconds: number): Promise<Served> {
  const seen = nothing();
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - began) / 1000) {
    while (under.length < elapsed * perSecond) under.push(asked(load, seen));
    await sleep(2);
  }
  const counted = { ...seen, seconds: (performance.now() - began) / 1000 };
  await Promise.all(under);
  return { ...counted, shed: seen.shed, lost: seen.lost, servedIn: seen.servedIn, shedIn: seen.shedIn };
}
