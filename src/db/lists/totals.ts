import { and, count, eq, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Total } from '../../foundation/total.js';
import { type Account, currentAccount, limitedTo, runFor } from '../connection/account.js';
import type { Db } from '../database.js';
import { isCanceled } from './bounded.js';
import { type Conditions, whole } from './conditions.js';
import type { ListTable } from './list-statement.js';
import { planOf } from './plan.js';

/** More are estimated. */
const MOST_COUNTED = 100_000;
/** Milliseconds. */
const COUNT_WITHIN = 3_000;

export interface OwnTotal {
  owner: string;
  total: number;
  isEstimate: boolean;
}

type Rows = ReturnType<typeof rowsOf>;

/** Whatever is selected of them. */
export const rowsOf = (db: Db, table: PgTable, where: SQL | undefined) =>
  db
    .select({ one: sql<number>`1`.as('one') })
    .from(table)
    .where(where);

const upToMost = (rows: Rows) => rows.limit(MOST_COUNTED + 1).as('counted');

export async function countOf(
  db: Db,
  table: ListTable,
  organizationId: string,
  conditions: Conditions,
): Promise<Total> {
  const account = currentAccount();
  const found = () => rowsOf(db, table, and(eq(table.organizationId, organizationId), whole(conditions)));
  const rows = await inTime(account, () => db.select({ total: count() }).from(upToMost(found())));
  return totalOf(db, account, found(), rows?.[0]?.total ?? null);
}

/** One statement for all owners. */
export async function ownTotals(db: Db, owners: string[], found: (owner: SQL) => Rows): Promise<OwnTotal[]> {
  const account = currentAccount();
  const each = db
    .select({ total: count().as('total') })
    .from(upToMost(found(sql`wanted.owner`)))
    .as('own');
  const rows = await inTime(account, () =>
    db
      .select({ owner: sql<string>`wanted.owner`, total: each.total })
      .from(sql`unnest(${sql.param(owners)}::uuid[]) wanted(owner)`)
      .crossJoinLateral(each),
  );
  const counted = new Map(rows?.map(({ owner, total }) => [owner, total]));
  const totals: OwnTotal[] = [];
  for (const owner of owners) {
    const own = await totalOf(db, account, found(sql`${owner}::uuid`), counted.get(owner) ?? null);
    totals.push({ owner, total: own.count, isEstimate: own.isEstimate });
  }
  return totals;
}

/** Null if it takes too long. */
export const inTime = <T>(account: Account | null, begin: () => PromiseLike<T>): Promise<T | null> =>
  runFor(limitedTo(account, COUNT_WITHIN), begin).catch((error) => {
    if (isCanceled(error)) return null;
    throw error;
  });

async function totalOf(db: Db, account: Account | null, found: Rows, counted: number | null): Promise<Total> {
  if (counted !== null && counted <= MOST_COUNTED) return { count: counted, isEstimate: false };
  const { rows } = await runFor(account, () => planOf(db, found));
  return { count: Math.max(Math.round(rows), counted ?? 0), isEstimate: true };
}
