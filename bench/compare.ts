import { checkSameData } from './compare/check.js';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  startContender,
  type World,
} from './compare/contenders.js';
import { ORGANIZATION } from './compare/dataset.js';
import { loadDatabase } from './compare/load.js';
import { measure } from './compare/load-generator.js';
import { readPools, uuids } from './compare/pools.js';
import { WORKLOADS } from './compare/workloads.js';
import { runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { connect, openServer } from './support/postgres.js';
import { say } from './support/report.js';

const options = readOptions({ calls: 100_000, rounds: 5, seconds: 3, only: '', contenders: '' });
await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const url = await server.createDatabase('compare');
  say('loading');
  const seconds = await loadDatabase(lifetime, url, { calls: options.calls });
  say(`loaded in ${seconds}`);
  const sql = connect(lifetime, url, 1);
  const [row] = await sql<
    { id: string }[]
  >`select organization_id as id from organizations where slug = ${ORGANIZATION}`;
  const world: World = { databaseUrl: url, organizationId: row?.id ?? '', pools: await readPools(sql) };
  const contenders: Contender[] = [];
  for (const name of CONTENDERS)
    if (options.contenders === '' || options.contenders.includes(name))
      contenders.push(await startContender(lifetime, name as ContenderName, world));
  say('started');
  const workloads = WORKLOADS.filter(({ name }) => name.includes(options.only));
  await checkSameData(contenders, [...new Set(workloads.flatMap((w) => w.kinds))], sql, world.pools(uuids));
  say('same');
  for (const w of workloads)
    for (let round = 0; round < options.rounds; round += 1)
      for (const c of contenders) {
        const m = await measure(c, w, {
          connections: 16,
          milliseconds: options.seconds * 1000,
          seed: round,
          mark: `${round}-${c.name}`,
        });
        console.log(
          w.name.padEnd(20),
          round,
          c.name.padEnd(14),
          m.rate.toFixed(0).padStart(6),
          m.p50.toFixed(1),
          m.p99.toFixed(1),
          m.cpu.toFixed(3),
        );
      }
  return true;
});
