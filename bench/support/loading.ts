import type { Sql, TransactionSql } from 'postgres';
import { say } from './report.js';

/** Bigger steps between checkpoints, for the load only. */
export async function withRoomForWal(sql: Sql, load: () => Promise<void>): Promise<void> {
  await sql`alter system set max_wal_size = '8GB'`;
  await sql`select pg_reload_conf()`;
  await load();
  await sql`alter system reset max_wal_size`;
  await sql`select pg_reload_conf()`;
}

/** What is written is consistent by construction: foreign keys are not looked up for every row. */
export async function session(sql: Sql, work: (tx: TransactionSql) => Promise<unknown>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`set local synchronous_commit = off`;
    await work(tx);
  });
}

export interface Index {
  indexname: string;
  indexdef: string;
}

/** Every index that does not stand for a key. That of a part of the log is the log's. */
async function secondaryIndexes(sql: Sql): Promise<Index[]> {
  return sql<Index[]>`
    select indexname, replace(indexdef, ' ON ONLY ', ' ON ') as indexdef from pg_indexes where schemaname = 'public'
      and not exists (select from pg_constraint c where c.conindid = format('%I', indexname)::regclass)
      and not (select c.relispartition from pg_class c where c.oid = format('%I', tablename)::regclass)
    order by indexname`;
}

/** Drops them, for they are made faster afterwards from their own definitions. */
export async function dropIndexes(sql: Sql): Promise<Index[]> {
  const indexes = await secondaryIndexes(sql);
  for (const { indexname } of indexes) await sql`drop index ${sql(indexname)}`;
  return indexes;
}

export async function createIndexes(sql: Sql, indexes: Index[]): Promise<void> {
  say(`${indexes.length} indexes`);
  // The big one first, so that the others are made beside it.
  const big = indexes.filter(({ indexdef }) => indexdef.includes('USING gin'));
  const sorted = [...big, ...indexes.filter((index) => !big.includes(index))];
  await inParallel(2, sorted, ({ indexdef }) =>
    sql.begin(async (tx) => {
      await tx`set local maintenance_work_mem = '1GB'`;
      await tx.unsafe(indexdef);
    }),
  );
  const made = (await secondaryIndexes(sql)).map((index) => JSON.stringify(index));
  if (!indexes.every((index) => made.includes(JSON.stringify(index)))) {
    throw new Error('the indexes are not what they were before the load');
  }
}

/** Works on so many items at once. */
export async function inParallel<T>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
