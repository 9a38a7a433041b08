import type { Lifetime } from '../support/lifetime.js';
import { createIndexes, dropIndexes, inParallel, session, withRoomForWal } from '../support/loading.js';
import { connect } from '../support/postgres.js';
import { prepareRows, type Size } from './dataset.js';
import {
  loadCalls,
  loadChanges,
  loadEvents,
  loadReferences,
  loadVoiceCalls,
  prepareChunk,
} from './load-calls.js';
import { loadCommands, loadFlows } from './load-flows.js';

const CONNECTIONS = 2;
const CHUNK = 25_000;

/** Fills a migrated, empty database; answers the seconds. */
export async function loadDatabase(lifetime: Lifetime, url: string, size: Size): Promise<number> {
  const began = performance.now();
  const sql = connect(lifetime, url, CONNECTIONS);
  await prepareRows(sql, size);
  const definitions = await dropIndexes(sql);
  const chunks = Array.from({ length: Math.ceil(size.calls / CHUNK) }, (_, index) => ({
    first: index * CHUNK,
    last: Math.min(size.calls, (index + 1) * CHUNK) - 1,
  }));
  const steps = [loadCalls, loadReferences, loadEvents, loadVoiceCalls, loadFlows, loadCommands, loadChanges];
  await withRoomForWal(sql, () =>
    inParallel(CONNECTIONS, chunks, ({ first, last }) =>
      session(sql, async (tx) => {
        await prepareChunk(tx, first, last);
        for (const step of steps) await step(tx);
      }),
    ),
  );
  await createIndexes(sql, definitions);
  await sql`drop schema load cascade`;
  await sql`vacuum (analyze)`;
  await sql`checkpoint`;
  await sql.end();
  return (performance.now() - began) / 1000;
}
