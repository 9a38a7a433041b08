import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Contender, contenderOf } from './compare/contenders.js';
import { ORGANIZATION } from './compare/dataset.js';
import { measure } from './compare/load-generator.js';
import { WORKLOADS } from './compare/workloads.js';
import { loadWorld } from './compare/world.js';
import { startGateway } from './support/gateway.js';
import { runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, median } from './support/stats.js';
import { usageOf } from './support/usage.js';

const options = readOptions({
  calls: 20_000,
  /** That each gateway answers at least, in turns. */
  requests: 100_000,
  /** Of one turn. */
  seconds: 4,
  connections: 16,
  workload: 'mix',
  /** Programs of Node, separated by commas. */
  nodes: process.execPath,
  /** Sizes for --max-semi-space-size, separated by commas; 0 is V8's own, and none is that of `npm start`. */
  sizes: '',
  /** Only shows the table. */
  dry: false,
});

interface Measured {
  node: string;
  size: string;
  contender: Contender;
  /** MB, a moment after the start. */
  idle: number;
  requests: number;
  /** Of the turns after the first requests, during which V8 compiles. */
  cpu: number[];
}

const IDLE_AFTER_MS = 3_000;
const COMPILED_AFTER = 3_000;

await runProgram(async (lifetime) => {
  const workload = WORKLOADS.find(({ name }) => name === options.workload);
  if (workload === undefined) throw new Error(`no workload "${options.workload}"`);
  const server = await openServer(lifetime);
  const world = await loadWorld(lifetime, server, { calls: options.calls });
  const all: Measured[] = [];
  for (const program of options.nodes.split(',')) {
    const { stdout } = await promisify(execFile)(program, ['--version']);
    for (const size of options.sizes.split(',')) {
      const nodeOptions = size === '' ? [] : [`--max-semi-space-size=${size}`];
      const how = { node: program, nodeOptions };
      const gateway = await startGateway(lifetime, world.databaseUrl, ORGANIZATION, how);
      await sleep(IDLE_AFTER_MS);
      const { memory: idle } = await usageOf(gateway.pid);
      const contender = contenderOf(`Node ${stdout.trim()}`, gateway, world);
      all.push({ node: stdout.trim().slice(1), size, contender, idle, requests: 0, cpu: [] });
    }
  }
  for (let round = 0; all.some(isUnfinished); round += 1) {
    for (const [index, each] of all.entries()) {
      if (!isUnfinished(each)) continue;
      const { connections, seconds } = options;
      const run = { connections, seed: round, mark: `${round}-${index}`, milliseconds: seconds * 1000 };
      const { requests, cpu } = await measure(each.contender, workload, run);
      each.requests += requests;
      if (each.requests > COMPILED_AFTER) each.cpu.push(cpu);
    }
    say(`round ${round}: ${all.map(({ requests }) => requests).join(', ')} requests`);
  }
  const rows = await Promise.all(all.map(rowOf));
  const where = surroundings(server.version);
  const text = [
    `${figure(options.requests)} requests of the workload "${options.workload}" to each gateway, ${options.connections} at ` +
      `once, in turns. PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}.`,
    table(['Node', 'semi-space, MB', 'at the start', 'after', 'peak', 'CPU, s per 1,000'], rows),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else await writeReport({ name: 'memory', text, data: { ...where, options, rows } });
  return true;
});

function isUnfinished({ requests }: Measured): boolean {
  return requests < options.requests;
}

async function rowOf({ node, size, contender, idle, cpu }: Measured): Promise<string[]> {
  const { memory, peak } = await usageOf(contender.server.pid);
  return [node, size, ...[idle, memory, peak, median(cpu)].map(figure)];
}
