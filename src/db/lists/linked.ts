import { and, asc, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Page } from '../../foundation/page.js';
import type { Db } from '../database.js';
import { ownTotals, rowsOf } from './totals.js';

export interface Link {
  table: PgTable;
  organizationId: AnyPgColumn;
  owner: AnyPgColumn;
  id: AnyPgColumn;
  where?: SQL;
}

export function linkedPage(
  db: Db,
  organizationId: string,
  link: Link,
  owners: string[],
  { limit, forward, after, before }: Page,
) {
  const linked = db
    // No table has this column, so Drizzle writes it without the subquery's name.
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

export function linkedCounts(db: Db, organizationId: string, link: Link, owners: string[]) {
  return ownTotals(db, owners, (owner) =>
    rowsOf(db, link.table, and(eq(link.organizationId, organizationId), eq(link.owner, owner), link.where)),
  );
}
