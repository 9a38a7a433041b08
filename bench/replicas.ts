import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareHome } from '../src/embedded-postgres/home.js';
import { startReplication } from '../test/support/standby.js';
import { askAll, bodyOf, openClient } from './support/client.js';
import { type GatewayProcess, startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { say, surroundings, table } from './support/report.js';
import { figure, quantile } from './support/stats.js';
import { usageOf } from './support/usage.js';

const options = readOptions({
  rounds: 9,
  /** Requests in each measurement. */
  requests: 2_000,
  calls: 500,
  connections: 8,
  /** Another built tree, which is measured without replicas beside this one without them. */
  baseline: '',
});

const REFERENCES = (n: number) => `[{ system: BURKI, name: "id", value: "${n}" }]`;
const OPERATIONS = {
  'a call by reference': (n: number) => ({
    query: `query ($value: String!) { callByReference(reference: { system: BURKI, name: "id", value: $value }) { id status metadata } }`,
    variables: { value: `${n % options.calls}` },
  }),
  'a page of 50 calls': (n: number) => ({
    query: `query ($first: Int!) { calls(first: $first) { nodes { id status metadata references { value } voiceCall { id } callFlow { id } } } }`,
    variables: { first: 50 - (n % 3) },
  }),
} satisfies Record<string, (n: number) => object>;

interface Side {
  name: string;
  gateway: GatewayProcess;
}

interface Used {
  primary: number;
  gateway: number;
}

await runProgram(async (lifetime) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  lifetime.whenOver(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const { primary, standbys, database, close } = await startReplication(
    await prepareHome(join(folder, '.data')),
    folder,
    1,
  );
  lifetime.whenOver(close);
  const url = primary.url(database);
  const env = { DATABASE_READ_URL: standbys.map((each) => each.url(database)).join(',') };
  const sides: Side[] = [
    { name: 'without', gateway: await startGateway(lifetime, url, 'bench') },
    options.baseline === ''
      ? { name: 'with a replica', gateway: await startGateway(lifetime, url, 'bench', { env }) }
      : {
          name: 'the other tree',
          gateway: await startGateway(lifetime, url, 'bench', { tree: resolve(options.baseline) }),
        },
  ];
  await fill(lifetime, (sides[0] as Side).gateway);
  const rows: string[][] = [];
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const used = await measure(lifetime, sides, operation, () => cpuOf(primary.pid));
    const medians = sides.map((_, side) => {
      const of = (what: keyof Used) => quantile(used[side]?.map((each) => each[what]) ?? [], 0.5);
      return { primary: of('primary'), gateway: of('gateway') };
    });
    const [one, other] = medians as [Used, Used];
    for (const what of ['primary', 'gateway'] as const) {
      rows.push([name, what, figure(one[what]), figure(other[what]), figure(other[what] / one[what])]);
    }
    say(name);
  }
  const where = surroundings('18');
  console.log(
    [
      `Milliseconds of processor time for each request, medians of ${options.rounds} rounds in turns of ${options.requests} requests on ` +
        `${options.connections} connections. Node ${where.node}, ${where.cores} cores, ${where.date}.`,
      table(['', 'of the', ...sides.map((side) => side.name), 'ratio'], rows),
    ].join('\n\n'),
  );
  return true;
});

async function fill(lifetime: Lifetime, gateway: GatewayProcess): Promise<void> {
  const client = openClient(lifetime, gateway, 4);
  const bodies = Array.from({ length: options.calls }, (_, n) =>
    bodyOf({
      query: `mutation { upsertCall(input: { references: ${REFERENCES(n)}, from: "+1415555${1000 + n}", metadata: { n: ${n}, note: "${'x'.repeat(200)}" } }) { errors { message } } }`,
    }),
  );
  await askAll(client, bodies);
}

async function measure(
  lifetime: Lifetime,
  sides: Side[],
  operation: (n: number) => { query: string; variables: Record<string, unknown> },
  ofPrimary: () => Promise<number>,
): Promise<Used[][]> {
  const used: Used[][] = sides.map(() => []);
  const clients = sides.map(({ gateway }) => openClient(lifetime, gateway, options.connections));
  const bodies = Array.from({ length: options.requests }, (_, n) => bodyOf(operation(n)));
  // The first round warms up.
  for (let round = -1; round < options.rounds; round += 1) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of order) {
      const { pid } = (sides[side] as Side).gateway;
      const before = { primary: await ofPrimary(), gateway: (await usageOf(pid)).cpu };
      await askAll(clients[side] as (typeof clients)[number], bodies);
      if (round < 0) continue;
      used[side]?.push({
        primary: ((await ofPrimary()) - before.primary) / options.requests,
        gateway: (1_000 * ((await usageOf(pid)).cpu - before.gateway)) / options.requests,
      });
    }
  }
  return used;
}

/** Milliseconds that the processes of a server have used. Those of a pool stay. */
async function cpuOf(postmaster: number): Promise<number> {
  let total = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent !== postmaster && Number(pid) !== postmaster) continue;
    const schedule = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0');
    total += Number(schedule.split(' ')[0]) / 1e6;
  }
  return total;
}
