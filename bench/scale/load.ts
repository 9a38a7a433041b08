import type { Sql, TransactionSql } from 'postgres';
import type { Lifetime } from '../support/lifetime.js';
import {
  createIndexes,
  dropIndexes,
  type Index,
  inParallel,
  session,
  withRoomForWal,
} from '../support/loading.js';
import { connect } from '../support/postgres.js';
import { say } from '../support/report.js';
import { ORGANIZATION, OTHERS, prepareSource, type Size } from './dataset.js';
import {
  type Chunk,
  loadCalls,
  loadEventCalls,
  loadEvents,
  loadGroups,
  loadMembers,
  loadRecordings,
  loadReferences,
  loadSearch,
  loadTranscripts,
  loadVoiceCalls,
} from './load-calls.js';

const CONNECTIONS = 2;
const CHUNK = 50_000;

/**
 * Fills a migrated, empty database with an organization's calls and as many of others. The indexes are made afterwards
 * from their own definitions, which takes a fraction of the time. Answers the seconds.
 */
export async function loadDatabase(lifetime: Lifetime, url: string, size: Size): Promise<number> {
  const began = performance.now();
  const sql = connect(lifetime, url, CONNECTIONS);
  await createOrganizations(sql);
  await prepareSource(sql, size);
  const definitions = await dropIndexes(sql);
  const isOfSearch = ({ indexname }: Index) => indexname === 'call_search_text_index';
  await withRoomForWal(sql, async () => {
    await session(sql, (each) => loadGroups(each));
    await fill(sql, size, loadChunk);
    await createIndexes(
      sql,
      definitions.filter((each) => !isOfSearch(each)),
    );
    // It looks at what calls have in other tables, and so needs their indexes.
    await sql`analyze`;
    say('texts of search');
    await fill(sql, size, loadSearch);
    await createIndexes(sql, definitions.filter(isOfSearch));
  });
  await sql`drop schema load cascade`;
  say('vacuum and analyze');
  await sql`vacuum (analyze)`;
  await sql`checkpoint`;
  await sql.end();
  return (performance.now() - began) / 1000;
}

async function createOrganizations(sql: Sql): Promise<void> {
  const others = Array.from({ length: OTHERS }, (_, index) => `other-${index + 1}`);
  await sql`insert into organizations (organization_id, slug, name)
    select gen_random_uuid(), slug, slug from unnest(${[ORGANIZATION, ...others]}::text[]) slug`;
}

async function fill(
  sql: Sql,
  { calls }: Size,
  load: (sql: TransactionSql, chunk: Chunk) => Promise<void>,
): Promise<void> {
  const rows = 2 * calls;
  const chunks = Array.from({ length: Math.ceil(rows / CHUNK) }, (_, index) => ({
    first: index * CHUNK,
    last: Math.min(rows, (index + 1) * CHUNK) - 1,
  }));
  let written = 0;
  await inParallel(CONNECTIONS, chunks, async (chunk) => {
    await session(sql, (each) => load(each, chunk));
    written += chunk.last - chunk.first + 1;
    if (written === rows || written % (10 * CHUNK) === 0) say(`${written.toLocaleString('en-US')} calls`);
  });
}

async function loadChunk(sql: TransactionSql, chunk: Chunk): Promise<void> {
  const steps = [
    loadCalls,
    loadReferences,
    loadMembers,
    loadVoiceCalls,
    loadEvents,
    loadEventCalls,
    loadRecordings,
    loadTranscripts,
  ];
  for (const step of steps) await step(sql, chunk);
}
