import { and, asc, count, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './database.js';
import type { Page } from './page.js';

/** A table that says which things belong to an owner, e.g. the calls of a group; its index leads from owner to id. */
export interface Link {
  table: PgTable;
  organizationId: AnyPgColumn;
  owner: AnyPgColumn;
  id: AnyPgColumn;
  /** What else is demanded of a row. */
  where?: SQL;
}

/** The ids on one page of each owner's list, newest first: a subquery to join the things themselves to. */
export function linkedPage(
  db: Db,
  organizationId: string,
  link: Link,
  owners: string[],
  { limit, forward, after, before }: Page,
) {
  const linked = db
    // A name that no table has a column of: Drizzle writes it without the name of the subquery.
    .select({ id: sql<string>`${link.id}`.as('linked_id') })
    .from(link.table)
    .where(
      and(
        eq(link.organizationId, organizationId),
        eq(link.owner, sql`wanted.owner`),
        after === null ? undefined : lt(link.id, after),
        before === null ? undefined : gt(link.id, before),
        link.where,
      ),
    )
    .orderBy((forward ? desc : asc)(link.id))
    .limit(limit + 1)
    .as('linked');
  return db
    .select({ owner: sql<string>`wanted.owner`.as('owner'), id: linked.id })
    .from(sql`unnest(${sql.param(owners)}::uuid[]) wanted(owner)`)
    .crossJoinLateral(linked)
    .as('page');
}

/** How many each owner's list has. */
export function linkedCounts(db: Db, organizationId: string, link: Link, owners: string[]) {
  return db
    .select({ owner: sql<string>`${link.owner}`, total: count() })
    .from(link.table)
    .where(
      and(
        eq(link.organizationId, organizationId),
        sql`${link.owner} = any(${sql.param(owners)}::uuid[])`,
        link.where,
      ),
    )
    .groupBy(link.owner);
}
