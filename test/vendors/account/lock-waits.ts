import { sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';

/** Waits until so many statements on the database wait for a lock. */
export const lockWaits = ({ db }: Database, count: number) =>
  vi.waitFor(
    async () => {
      const [row] = await db.execute<{ count: number }>(sql`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
      expect(row?.count).toBe(count);
    },
    { timeout: 30_000, interval: 5 },
  );
