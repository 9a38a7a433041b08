import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { deliveries } from '../../db/tables/deliveries.js';

/**
 * All rows whose `updated_at` lies before it are visible to the next statement: a transaction that is still to commit one
 * began later. A second is kept for clocks that differ. A transaction of more than a minute is not waited for: no write of
 * ours may take as long.
 */
export const rowHorizonQuery = (db: Db) =>
  db
    .select({
      at: sql<Date>`greatest(clock_timestamp() - interval '1 minute',
        least(clock_timestamp() - interval '1 second', min(xact_start)))::timestamptz(3)`.mapWith(
        deliveries.updatedAt,
      ),
    })
    .from(sql`pg_stat_activity where datname = current_database() and backend_xid is not null`)
    .prepare('row_horizon');

export type RowHorizonQuery = ReturnType<typeof rowHorizonQuery>;
