import { sql } from 'drizzle-orm';
import { unanalyzedTables } from '../../db/analyze.js';
import { type Check, named, problem, rowsOf, seconds, warning } from './check.js';

const [DEAD_ROWS, DEAD_SHARE] = [10_000, 0.2];

interface Dead {
  name: string;
  dead: number;
  share: number;
  since: number | null;
}

/** How the tables are kept. */
export const TABLE_CHECKS: readonly Check[] = [
  {
    name: 'bloat',
    ok: 'No table has many dead rows.',
    async look(probe) {
      const rows = await rowsOf<Dead>(
        probe,
        sql`select relname as name, n_dead_tup::float8 as dead, n_dead_tup::float8 / (n_live_tup + n_dead_tup) as share,
            extract(epoch from clock_timestamp() - greatest(last_vacuum, last_autovacuum))::float8 as since
          from pg_stat_user_tables
          where n_dead_tup >= ${DEAD_ROWS} and n_dead_tup >= ${DEAD_SHARE}::float8 * (n_live_tup + n_dead_tup)
          order by n_dead_tup desc`,
      );
      return rows.map(({ name, dead, share, since }) =>
        warning(
          `${dead} rows of ${name} are dead (${Math.round(share * 100)} %), and it was ${since === null ? 'never vacuumed' : `vacuumed ${seconds(since)} ago`}.`,
          `VACUUM ${name}; look for old transactions, and let autovacuum do more.`,
        ),
      );
    },
  },
  {
    name: 'autovacuum',
    ok: 'No table is without it.',
    async look(probe) {
      const rows = await rowsOf<{ name: string }>(
        probe,
        sql`select relname as name from pg_class
          where relkind = 'r' and relnamespace = (select relnamespace from pg_class where oid = to_regclass('calls'))
            and 'autovacuum_enabled=false' = any(reloptions) order by 1`,
      );
      return rows.map(({ name }) =>
        problem(`Autovacuum is off for ${name}.`, `ALTER TABLE ${name} RESET (autovacuum_enabled).`),
      );
    },
  },
  {
    name: 'statistics',
    ok: 'The planner knows every table.',
    async look(probe) {
      const tables = await unanalyzedTables(probe.database.db);
      if (tables.length === 0) return [];
      const names = tables.map(({ name }) => name);
      return [
        warning(
          `The planner knows little of ${named(names)}: plans may be slow.`,
          names.length === 1 ? `ANALYZE ${names[0]}.` : 'ANALYZE.',
        ),
      ];
    },
  },
  {
    name: 'indexes',
    ok: 'All are valid.',
    async look(probe) {
      const rows = await rowsOf<{ name: string }>(
        probe,
        sql`select indexrelid::regclass::text as name from pg_index
          where not indisvalid and indrelid in (select relid from pg_stat_user_tables) order by 1`,
      );
      return rows.map(({ name }) =>
        problem(`The index ${name} is invalid.`, `REINDEX INDEX CONCURRENTLY ${name}.`),
      );
    },
  },
];
