import { resolve } from 'node:path';
import { ORGANIZATION } from './scale/dataset.js';
import { loadDatabase } from './scale/load.js';
import { openClient } from './support/client.js';
import { createKey, type GatewayOptions, startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { type BenchServer, connect, openServer } from './support/postgres.js';
import { say, surroundings, writeReport } from './support/report.js';
import { VENDOR_ENV } from './support/vendor.js';
import { compareTrees } from './writes/baseline.js';
import { measureGroupEvent } from './writes/group-event.js';
import { measureLargestBatch } from './writes/largest-batch.js';
import { measureLateEvents } from './writes/late-events.js';
import { measureThroughput } from './writes/throughput.js';
import { connectVendors } from './writes/vendors.js';
import { measureWaiting } from './writes/waiting.js';
import type { Section, World } from './writes/world.js';

const options = readOptions({
  rounds: 5,
  /** Calls that the organization has before, and as many of others: the indexes are not empty. */
  past: 100_000,
  /** Calls in each measurement of a rate. */
  calls: 2000,
  connections: 16,
  'batch-connections': 2,
  waiting: 100_000,
  members: 10_000,
  ledger: 10_000,
  /** Another built tree to compare with; nothing else is measured then. */
  baseline: '',
  /** Only the parts whose name holds this: throughput, waiting, group, late, largest; dry. */
  only: '',
  /** Only shows the tables, and leaves the README and the results as they are. */
  dry: false,
});

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  if (options.baseline !== '') {
    console.log((await compareWith(lifetime, server, resolve(options.baseline))).text);
    return true;
  }
  const world = await makeWorld(lifetime, server);
  const parts = {
    throughput: () =>
      measureThroughput(world, { ...options, batchConnections: options['batch-connections'] }),
    waiting: () => measureWaiting(world, options.waiting),
    group: () => measureGroupEvent(world, options.members),
    late: () => measureLateEvents(world, options.ledger),
    largest: () => measureLargestBatch(world),
  };
  const sections: [string, Section][] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (name.includes(options.only)) sections.push([name, await measure()]);
  }
  const missed = sections.flatMap(([, section]) => section.missed);
  const where = surroundings(server.version);
  const text = [
    `Beside ${options.past.toLocaleString('en-US')} calls of the organization and as many of others; medians of ` +
      `${options.rounds} rounds in turns. Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}.`,
    `**${missed.length === 0 ? 'Every verdict is kept.' : `Missed: ${missed.join('; ')}.`}**`,
    ...sections.map(([, section]) => section.text),
  ].join('\n\n');
  const data = Object.fromEntries(sections.map(([name, section]) => [name, section.data]));
  if (options.dry || options.only !== '') console.log(text);
  else await writeReport({ name: 'writes', text, data: { ...where, options, missed, ...data } });
  return missed.length === 0;
});

async function makeWorld(lifetime: Lifetime, server: BenchServer): Promise<World> {
  const url = await server.createDatabase('writes');
  say(`loading twice ${options.past} calls`);
  await loadDatabase(lifetime, url, { calls: options.past });
  const gateway = await startGateway(lifetime, url, ORGANIZATION);
  const sql = connect(lifetime, url, 1);
  return {
    sql,
    rounds: options.rounds,
    client: (connections) => openClient(lifetime, gateway, connections),
    async clientOf(organization) {
      const token = await createKey(url, organization);
      const [row] = await sql<{ id: string }[]>`
        select organization_id as id from organizations where slug = ${organization}`;
      return { client: openClient(lifetime, { ...gateway, token }), organizationId: row?.id ?? '' };
    },
  };
}

/** Each tree migrates its own database. The last has vendor accounts as well. */
async function compareWith(lifetime: Lifetime, server: BenchServer, tree: string): Promise<Section> {
  const open = async (name: string, gatewayOptions: GatewayOptions = {}) => {
    const url = await server.createEmpty(name);
    return openClient(
      lifetime,
      await startGateway(lifetime, url, ORGANIZATION, gatewayOptions),
      options.connections,
    );
  };
  const connected = await open('connected', { env: VENDOR_ENV });
  await connectVendors(lifetime, connected);
  const trees = { baseline: await open('baseline', { tree }), present: await open('present'), connected };
  return compareTrees(trees, options);
}
