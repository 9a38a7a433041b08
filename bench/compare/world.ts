import type { Lifetime } from '../support/lifetime.js';
import { type BenchServer, connect } from '../support/postgres.js';
import { say } from '../support/report.js';
import { figure } from '../support/stats.js';
import type { World } from './contenders.js';
import { ORGANIZATION, type Size } from './dataset.js';
import { loadDatabase } from './load.js';
import { readPools } from './pools.js';
import type { Store } from './stored.js';

/** A loaded database, with what is asked of it. */
export interface LoadedWorld extends World {
  store: Store;
  loadSeconds: number;
}

export async function loadWorld(
  lifetime: Lifetime,
  server: BenchServer,
  size: Size,
  postgraphile: string | null = null,
): Promise<LoadedWorld> {
  const databaseUrl = await server.createDatabase(`calls_${size.calls}`);
  const loadSeconds = await loadDatabase(lifetime, databaseUrl, size);
  say(`${size.calls.toLocaleString('en-US')} calls loaded in ${figure(loadSeconds)} s`);
  const sql = connect(lifetime, databaseUrl, 1);
  const [row] = await sql<{ id: string }[]>`
    select organization_id as id from organizations where slug = ${ORGANIZATION}`;
  const organizationId = row?.id ?? '';
  return {
    databaseUrl,
    organizationId,
    loadSeconds,
    pools: await readPools(sql),
    postgraphile,
    store: { sql, organizationId },
  };
}
