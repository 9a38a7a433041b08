import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { Client } from '../support/client.js';

/** The cursor behind everything that was written: a subscriber who begins there is given nothing of it once more. */
export async function endOfLog(sql: Sql, client: Client): Promise<string> {
  for (;;) {
    const [row] = await sql<{ held: boolean }[]>`
      select exists (select from call_changes c, log_end() l where (c.label, c.seq) >= (l.label, l.seq)) as held`;
    if (row?.held === false) break;
    await sleep(5);
  }
  const { data } = await client.ask<{ changeCursor: string }>(JSON.stringify({ query: '{ changeCursor }' }));
  return data.changeCursor;
}
