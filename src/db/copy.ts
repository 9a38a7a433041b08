import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PendingQuery, Row } from 'postgres';

/** A query of the driver has these; its types do not name them. */
interface Rejectable {
  reject(error: unknown): void;
}

/** @param query COPY … TO STDOUT */
export async function* copyOut(query: PendingQuery<Row[]>): AsyncGenerator<Buffer> {
  const stream = await query.readable();
  for await (const chunk of stream) yield chunk as Buffer;
  // The driver pauses its socket when the stream is full, even by its last rows, and only this has it go on.
  stream._read(0);
}

/** @param query COPY … FROM STDIN */
export async function copyIn(query: PendingQuery<Row[]>, rows: AsyncIterable<Buffer>): Promise<void> {
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
