import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import type { Table } from './own-tables.js';

/** A query of the driver has these; its types do not name them. */
interface Rejectable {
  reject(error: unknown): void;
}

export async function* copyOut(sql: Sql, { name, columns }: Table): AsyncGenerator<Buffer> {
  const stream = await sql`copy (select ${sql(columns)} from ${sql(name)}) to stdout`.readable();
  for await (const chunk of stream) yield chunk as Buffer;
  // The driver pauses its socket when the stream is full, even by its last rows, and only this has it go on.
  stream._read(0);
}

/** @param isNew whether this transaction has made or emptied the table: then its rows are written as they will stay */
export async function copyIn(
  sql: Sql,
  { name, columns, isPartitioned }: Pick<Table, 'name' | 'columns' | 'isPartitioned'>,
  rows: AsyncIterable<Buffer>,
): Promise<void> {
  const options = isPartitioned ? sql`` : sql`with (freeze)`;
  const query = sql`copy ${sql(name)} (${sql(columns)}) from stdin ${options}`;
  // The driver tells the stream of no error that comes after its last chunk.
  const refused = new Promise<never>((_, reject) => {
    const { reject: rejectQuery } = query as unknown as Rejectable;
    (query as unknown as Rejectable).reject = (error) => {
      rejectQuery(error);
      reject(error);
    };
  });
  refused.catch(() => {});
  const stream = await query.writable();
  const source = Readable.from(rows, { highWaterMark: 1 });
  await Promise.race([pipeline(source, stream), refused]).catch(async (error) => {
    // The stream fails with what ended it, e.g. a broken file; the query with what Postgres says.
    source.destroy();
    throw error;
  });
}
