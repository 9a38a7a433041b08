import { setTimeout as sleep } from 'node:timers/promises';
import { onServer } from '../support/server.js';

/**
 * Waits until nothing that runs anywhere on the server holds back the end of the log. What is above it then is told of to
 * those who begin at a cursor that is taken now, once more: another test's transaction would decide what comes.
 */
export async function untilFinal(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, async (sql) => {
    for (;;) {
      const [row] = await sql<{ held: boolean }[]>`
        select exists (select from call_changes where label >= call_change_horizon()) as held`;
      if (row?.held === false) return;
      await sleep(5);
    }
  });
}
