import { sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { databaseErrorCode } from '../foundation/unavailable.js';

type AnyDb = Pick<PgDatabase<PgQueryResultHKT>, 'execute' | 'transaction'>;

interface Table {
  schema: string;
  name: string;
}

/** Must be the same in every version. */
const ANALYZE_LOCK = 7_301_944_113;

const [CHANGED_ROWS, CHANGED_SHARE] = [10_000, 0.5];
/** An autovacuum that only analyses gives way after a second. */
const LOCK_TIMEOUT = '3s';
/** lock_not_available, query_canceled. */
const LEFT_OUT: ReadonlySet<string> = new Set(['55P03', '57014']);

/** Bytes of a table of which the planner has to know something. */
const LARGE = 1_000_000;

/** Tables of which the planner knows nothing, or what was true before most of their rows came. */
export async function unanalyzedTables(db: Pick<AnyDb, 'execute'>): Promise<Table[]> {
  const rows = await db.execute(sql`
    select s.schemaname as schema, s.relname as name from pg_stat_user_tables s
    where s.schemaname = (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('calls'))
      and (n_mod_since_analyze >= ${CHANGED_ROWS} and n_mod_since_analyze >= ${CHANGED_SHARE}::float8 * n_live_tup
        or pg_relation_size(s.relid) >= ${LARGE} and not exists (
          select from pg_stats p where p.schemaname = s.schemaname and p.tablename = s.relname))
    order by s.relname`);
  return rows as unknown as Table[];
}

/**
 * Lets the planner know what was loaded, before autovacuum comes to it. No read or write waits for it. Only an owner may: for
 * another role Postgres leaves the table out.
 */
export async function analyzeTables(db: AnyDb): Promise<void> {
  for (const table of await unanalyzedTables(db)) {
    const outcome = await db.transaction((tx) => analyze(tx, table)).catch(leaveToAutovacuum);
    if (outcome === 'OF_ANOTHER') return;
  }
}

async function analyze(tx: Pick<AnyDb, 'execute'>, { schema, name }: Table): Promise<'DONE' | 'OF_ANOTHER'> {
  const rows = await tx.execute(sql`
    select pg_try_advisory_xact_lock(${ANALYZE_LOCK}) as is_mine, set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`);
  const [lock] = rows as unknown as { is_mine: boolean }[];
  if (lock?.is_mine !== true) return 'OF_ANOTHER';
  await tx.execute(sql`analyze ${sql.identifier(schema)}.${sql.identifier(name)}`);
  return 'DONE';
}

/** It may be vacuumed for hours, or take longer than a statement may. */
function leaveToAutovacuum(error: unknown): 'LEFT' {
  if (LEFT_OUT.has(databaseErrorCode(error) ?? '')) return 'LEFT';
  throw error;
}
