import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { UNHURRIED } from './apply.js';

/** Must be the same in every version. */
const MIGRATION_LOCK = 7_301_944_114;
const TRY_EVERY_MS = 250;

/**
 * One gateway at a time migrates a database. The lock is a transaction's, because a session's would leak through a pooler;
 * and it is tried, because an index that is made concurrently waits for every statement that waits.
 *
 * @param guard a connection of its own
 */
export async function oneAtATime(guard: Sql, run: () => Promise<void>): Promise<void> {
  const isDone = () =>
    guard.begin(async (tx) => {
      const [row] = await tx`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as is_ours`;
      // Last, because it has no parameters: the snapshot of one that has would be kept, and such an index waits for it too.
      await tx.unsafe(UNHURRIED);
      if (row?.is_ours === true) await run();
      return row?.is_ours === true;
    });
  while (!(await isDone())) await sleep(TRY_EVERY_MS);
}
