import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { endOfLog } from './live/end-of-log.js';
import { measureLatency } from './live/latency.js';
import { openReceivers } from './live/receivers.js';
import { compareWrites, type Side, UNWATCHED } from './live/write-ratio.js';
import { openClient } from './support/client.js';
import { createKey, type GatewayProcess, startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { type BenchServer, connect, openServer } from './support/postgres.js';
import { surroundings, writeReport } from './support/report.js';
import { figure } from './support/stats.js';
import type { Section } from './writes/world.js';

const options = readOptions({
  rounds: 9,
  /** Merges in each measurement of the write ratio. */
  calls: 1000,
  connections: 16,
  /** Changes a second, and how long, in each measurement of the latency. */
  rate: 200,
  seconds: 20,
  /** The numbers of subscribers whose latency is measured. */
  subscribers: '1,100,1000',
  /** The numbers of subscribers with which writes are measured. */
  watched: '1,100',
  /** So many keys share the subscribers. */
  keys: 10,
  /** Another built tree, e.g. of the time before there were subscriptions: the first side of the write ratio. */
  baseline: '',
  /** Only the part whose name holds this: latency, ratio; dry. */
  only: '',
  /** Only shows the tables, and leaves the README and the results as they are. */
  dry: false,
});

const ORGANIZATION = 'watched';
const numbers = (list: string) =>
  list
    .split(',')
    .map(Number)
    .filter((each) => each > 0);

await runProgram(async (lifetime) => {
  const load = loadavg()[0] ?? 0;
  const server = await openServer(lifetime, { track_commit_timestamp: 'on' });
  const parts = { latency: () => latency(lifetime, server), ratio: () => writeRatio(lifetime, server) };
  const sections: [string, Section][] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (name.includes(options.only)) sections.push([name, await measure()]);
  }
  const missed = sections.flatMap(([, section]) => section.missed);
  const where = surroundings(server.version);
  const text = [
    `Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}; the machine’s load before the run was ${figure(load)}.`,
    `**${missed.length === 0 ? 'Every promise is kept.' : `Missed: ${missed.join('; ')}.`}**`,
    ...sections.map(([, section]) => section.text),
  ].join('\n\n');
  const data = Object.fromEntries(sections.map(([name, section]) => [name, section.data]));
  if (options.dry || options.only !== '') console.log(text);
  else await writeReport({ name: 'live', text, data: { ...where, load, options, missed, ...data } });
  return missed.length === 0;
});

interface Opened {
  gateway: GatewayProcess;
  url: string;
}

async function open(lifetime: Lifetime, server: BenchServer, name: string, tree?: string): Promise<Opened> {
  const url = await server.createEmpty(name);
  return { gateway: await startGateway(lifetime, url, ORGANIZATION, { tree }), url };
}

/** Keys of the gateway's organization, its own among them. */
async function tokensOf({ gateway, url }: Opened): Promise<string[]> {
  const tokens = [gateway.token];
  while (tokens.length < options.keys) tokens.push(await createKey(url, ORGANIZATION));
  return tokens;
}

async function latency(lifetime: Lifetime, server: BenchServer): Promise<Section> {
  const opened = await open(lifetime, server, 'latency');
  const sql = connect(lifetime, opened.url, 1);
  const watched = { lifetime, sql, gateway: opened.gateway, tokens: await tokensOf(opened) };
  return measureLatency(watched, numbers(options.subscribers), options);
}

async function writeRatio(lifetime: Lifetime, server: BenchServer): Promise<Section> {
  const client = ({ gateway }: Opened) => openClient(lifetime, gateway, options.connections);
  const sides: Side[] = [];
  if (options.baseline !== '') {
    const baseline = await open(lifetime, server, 'baseline', resolve(options.baseline));
    sides.push({
      name: 'before there were subscriptions',
      client: client(baseline),
      pid: baseline.gateway.pid,
    });
  }
  const unwatched = await open(lifetime, server, 'unwatched');
  sides.push({ name: UNWATCHED, client: client(unwatched), pid: unwatched.gateway.pid });
  for (const count of numbers(options.watched)) {
    const opened = await open(lifetime, server, `watched_${count}`);
    const asking = client(opened);
    const receivers = await openReceivers(lifetime, {
      url: opened.gateway.url,
      tokens: await tokensOf(opened),
      sockets: count,
      frames: options.calls * (options.rounds + 2),
      after: await endOfLog(connect(lifetime, opened.url, 1), asking),
    });
    let changes = 0;
    const settled = (written: number) => {
      changes += written;
      return receivers.received(changes);
    };
    sides.push({
      name: `${count} subscriber${count === 1 ? '' : 's'}`,
      client: asking,
      pid: opened.gateway.pid,
      settled,
    });
  }
  return compareWrites(sides, options);
}
