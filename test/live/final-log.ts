import { setTimeout as sleep } from 'node:timers/promises';
import { onServer } from '../support/server.js';

/**
 * Waits until no transaction holds back the end of the log. A subscriber with an earlier cursor would receive the
 * changes after it once more.
 */
export async function untilFinal(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, async (sql) => {
    for (;;) {
      const [row] = await sql<{ held: boolean }[]>`
        select exists (select from call_changes c, log_end() l where (c.label, c.seq) >= (l.label, l.seq)) as held`;
      if (row?.held === false) return;
      await sleep(5);
    }
  });
}
