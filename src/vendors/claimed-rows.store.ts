import { type InferSelectModel, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';

type ClaimFunction = 'claim_deliveries' | 'claim_imports' | 'claim_messages';

/** The rows that a SQL function claims for `lease` seconds, within its limits. */
export async function claimedRows<T extends PgTable>(
  db: Db,
  table: T,
  name: ClaimFunction,
  claim: string,
  lease: number,
  ...limits: number[]
): Promise<InferSelectModel<T>[]> {
  const most = limits.map((limit) => sql`, ${limit}::integer`);
  const rows = await db
    .select(columnsLike(table))
    .from(
      sql`${sql.raw(name)}(${claim}::uuid, make_interval(secs => ${lease}::float8)${sql.join(most)}) claimed`,
    );
  return rows as InferSelectModel<T>[];
}
