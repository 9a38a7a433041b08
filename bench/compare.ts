import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkSameData } from './compare/check.js';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  startContender,
  takes,
} from './compare/contenders.js';
import { measurePages, measureSizes, type SizeGrowth } from './compare/growth.js';
import { uuids } from './compare/pools.js';
import { postgraphileFolder } from './compare/postgraphile.js';
import { heaviestFunctions, profilesIn } from './compare/profile.js';
import { ratesOf, reportOf } from './compare/report.js';
import { runRounds, type Series } from './compare/rounds.js';
import { measureStartUp } from './compare/start-up.js';
import { WORKLOADS } from './compare/workloads.js';
import { loadWorld } from './compare/world.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { type BenchServer, openServer } from './support/postgres.js';
import { say, writeReport } from './support/report.js';

const isQuick = process.argv.includes('--quick');
const options = readOptions({
  /** Three workloads, three contenders, short rounds; for a file of figures. */
  quick: false,
  /** Where the requests a second are written, as JSON. */
  json: '',
  /** Of both organizations together; no figure of the quick form depends on their number. */
  calls: isQuick ? 40_000 : 100_000,
  rounds: 5,
  /** Of each measurement. */
  seconds: isQuick ? 1 : 3,
  connections: 16,
  /** Other databases for the growth, by their calls. */
  sizes: '10000,1000000',
  /** Only the workloads whose name holds this; dry, and nothing else is measured. */
  only: '',
  /** Only these, by name. */
  contenders: isQuick ? 'limit,default-stack,switchboard' : CONTENDERS.join(','),
  /** The folder where PostGraphile 5 is installed. */
  postgraphile: '',
  /** An older tree of the gateway, built, as one more contender. */
  baseline: '',
  /** A folder for the gateway's profile; its heaviest functions are shown. Dry, and nothing else is measured. */
  profile: '',
  /** Only shows the tables, and leaves the README and the results as they are. */
  dry: false,
});
const QUICK = ['call-by-id', 'nested-list', 'merge'];
/** Milliseconds. V8 compiles what a workload runs for some seconds, beside it and on the same two cores. */
const WARM_UP = { quick: 3500, full: 4000 };
/** Of one measurement of a time over one connection. */
const GROWTH_MS = 700;
/** Of a large database only the newest calls have references, flows and a ledger: the pages that are asked for. */
const WHOLE = 10_000;

const isWhole = !isQuick && options.only === '' && options.profile === '';

await runProgram(async (lifetime) => {
  const postgraphile = postgraphileFolder(options.postgraphile);
  const isGiven = (name: ContenderName) => options.contenders.split(',').includes(name);
  const names = CONTENDERS.filter((name) => {
    if (name === 'baseline') return options.baseline !== '';
    return isGiven(name) && (name !== 'postgraphile' || postgraphile !== null);
  });
  const workloads = WORKLOADS.filter(({ name }) =>
    isQuick ? QUICK.includes(name) : name.includes(options.only),
  );
  const server = await openServer(lifetime);
  const world = await loadWorld(lifetime, server, { calls: options.calls }, postgraphile);
  const startUps = isWhole ? await measureStartUp(lifetime, names, world) : [];
  const contenders: Contender[] = [];
  for (const name of names) {
    const isProfiled = name === 'switchboard' && options.profile !== '';
    const nodeOptions = isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`] : [];
    contenders.push(
      await startContender(lifetime, name, world, { nodeOptions, baseline: resolve(options.baseline) }),
    );
  }
  const kinds = [...new Set(workloads.flatMap((workload) => workload.kinds))];
  await checkSameData(contenders, kinds, world.store, world.pools(uuids));
  say(`the same data from ${names.join(', ')}`);

  const milliseconds = options.seconds * 1000;
  const plan = { ...options, milliseconds, warmUp: isQuick ? WARM_UP.quick : WARM_UP.full };
  const pages = isWhole ? await measurePages(contenders, options.rounds, GROWTH_MS) : null;
  const series: Series[] = [];
  let isSettled = true;
  for (const workload of workloads) {
    // The dead rows of the writes before are not this workload's.
    if (!isSettled) await world.store.sql`vacuum (analyze)`;
    if (!isSettled) await world.store.sql`checkpoint`;
    const able = contenders.filter((each) => workload.kinds.every((kind) => takes(each, kind)));
    series.push(...(await runRounds(workload, able, plan)));
    isSettled = !workload.kinds.some(({ writes }) => writes);
  }
  const sizes = isWhole ? await growthOf(lifetime, server, contenders) : null;
  const { loadSeconds } = world;
  const found = { ...plan, loadSeconds, postgres: server.version, series, startUps, pages, sizes };
  const report = reportOf(found);
  if (!isWhole || options.dry) console.log(report.text);
  else await writeReport(report);
  if (options.json !== '')
    await writeFile(resolve(options.json), `${JSON.stringify(ratesOf(series), null, 2)}\n`);
  if (options.profile !== '') await showProfile(contenders);
  return !isWhole || report.verdicts.every(({ kept }) => kept);
});

/** The database at hand, and others of the sizes asked for, each with a gateway of its own. */
async function growthOf(
  lifetime: Lifetime,
  server: BenchServer,
  contenders: readonly Contender[],
): Promise<SizeGrowth | null> {
  const own = contenders.find(({ name }) => name === 'switchboard');
  if (own === undefined) return null;
  const name: ContenderName = 'switchboard';
  const sizes = [{ calls: options.calls, contender: own }];
  for (const calls of options.sizes.split(',').map(Number)) {
    const other = await loadWorld(lifetime, server, { calls, whole: Math.min(calls, WHOLE) });
    sizes.push({ calls, contender: await startContender(lifetime, name, other) });
  }
  sizes.sort((one, another) => one.calls - another.calls);
  return measureSizes(sizes, options.rounds, GROWTH_MS);
}

/** A process writes its profile when it ends. */
async function showProfile(contenders: readonly Contender[]): Promise<void> {
  await contenders.find(({ name }) => name === 'switchboard')?.server.stop();
  const last = (await profilesIn(resolve(options.profile))).at(-1);
  if (last !== undefined) console.log(`\n${last}\n\n${await heaviestFunctions(last)}`);
}
