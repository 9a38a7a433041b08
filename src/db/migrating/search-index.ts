import type { Sql } from 'postgres';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { isValid } from './apply.js';

const INDEX = 'call_search_text_index';

export async function hasSearchIndex(sql: Sql): Promise<boolean> {
  return (await sql`select from pg_index where indexrelid = to_regclass(${INDEX}) and indisvalid`).length > 0;
}

/**
 * The extension is not installed on the server, it may not be made, or the table is another role's. All but `search` works
 * without it.
 */
const CANNOT_BE_HAD = new Set(['0A000', '58P01', '42501']);

/** Makes the index of call_search as soon as the server has the extension pg_trgm, beside all writes. */
export async function prepareSearch(sql: Sql): Promise<void> {
  try {
    if (await isValid(sql, INDEX)) return;
    await sql`create extension if not exists pg_trgm`;
    const [operators] = await sql`
      select n.nspname as schema from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace
      where o.opcname = 'gin_trgm_ops'`;
    const ops = sql(`${operators?.schema}.gin_trgm_ops`);
    // The beginning of an id is its time, in units of 2^20 milliseconds: it leads to the newest of many.
    await sql`
      create index concurrently ${sql(INDEX)} on call_search using gin
        (organization_id, (left(call_id::text, 7)), text ${ops}, numbers ${ops}) with (gin_pending_list_limit = 1024)`;
  } catch (error) {
    if (!CANNOT_BE_HAD.has(databaseErrorCode(error) ?? '')) throw error;
  }
}
