import type { Sql, TransactionSql } from 'postgres';
import type { Lifetime } from '../support/lifetime.js';
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
  loadReferences,
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
  await fill(sql, size);
  await createIndexes(sql, definitions);
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

async function fill(sql: Sql, { calls }: Size): Promise<void> {
  // Bigger steps between checkpoints, for the load only.
  await sql`alter system set max_wal_size = '8GB'`;
  await sql`select pg_reload_conf()`;
  await session(sql, (each) => loadGroups(each));
  const rows = 2 * calls;
  const chunks = Array.from({ length: Math.ceil(rows / CHUNK) }, (_, index) => ({
    first: index * CHUNK,
    last: Math.min(rows, (index + 1) * CHUNK) - 1,
  }));
  let written = 0;
  await inParallel(chunks, async (chunk) => {
    await session(sql, (each) => loadChunk(each, chunk));
    written += chunk.last - chunk.first + 1;
    if (written === rows || written % (10 * CHUNK) === 0) say(`${written.toLocaleString('en-US')} calls`);
  });
  await sql`alter system reset max_wal_size`;
  await sql`select pg_reload_conf()`;
}

/** What is written is consistent by construction: foreign keys are not looked up for every row. */
async function session(sql: Sql, work: (tx: TransactionSql) => Promise<unknown>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`set local synchronous_commit = off`;
    await work(tx);
  });
}

async function loadChunk(sql: TransactionSql, chunk: Chunk): Promise<void> {
  const steps = [loadCalls, loadReferences, loadMembers, loadVoiceCalls, loadEvents, loadEventCalls];
  for (const step of steps) await step(sql, chunk);
}

interface Index {
  indexname: string;
  indexdef: string;
}

/** Every index that does not stand for a key. */
async function secondaryIndexes(sql: Sql): Promise<Index[]> {
  return sql<Index[]>`
    select indexname, indexdef from pg_indexes where schemaname = 'public'
      and not exists (select from pg_constraint c where c.conindid = format('%I', indexname)::regclass)
    order by indexname`;
}

async function dropIndexes(sql: Sql): Promise<Index[]> {
  const indexes = await secondaryIndexes(sql);
  for (const { indexname } of indexes) await sql`drop index ${sql(indexname)}`;
  return indexes;
}

async function createIndexes(sql: Sql, indexes: Index[]): Promise<void> {
  say(`${indexes.length} indexes`);
  // The big one first, so that the others are made beside it.
  const big = indexes.filter(({ indexdef }) => indexdef.includes('USING gin'));
  await inParallel([...big, ...indexes.filter((index) => !big.includes(index))], ({ indexdef }) =>
    sql.begin(async (tx) => {
      await tx`set local maintenance_work_mem = '1GB'`;
      await tx.unsafe(indexdef);
    }),
  );
  if (JSON.stringify(await secondaryIndexes(sql)) !== JSON.stringify(indexes)) {
    throw new Error('the indexes are not what they were before the load');
  }
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}
