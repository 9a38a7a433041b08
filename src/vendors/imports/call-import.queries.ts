import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { type Link, linkedCounts, linkedPage } from '../../db/lists/linked.js';
import { keys, organization } from '../../db/loading/placeholders.js';
import { type CallImportRow, callImports } from '../../db/tables/call-imports.js';
import type { Page } from '../../foundation/page.js';

export const SHOWN = {
  id: callImports.id,
  accountId: callImports.accountId,
  state: callImports.state,
  from: callImports.from,
  to: callImports.to,
  seen: callImports.seen,
  total: callImports.total,
  created: callImports.created,
  updated: callImports.updated,
  failed: callImports.failed,
  position: callImports.position,
  toAsk: callImports.toAsk,
  asked: callImports.asked,
  lastError: callImports.lastError,
  createdAt: callImports.createdAt,
  finishedAt: callImports.finishedAt,
};

export type ShownImport = Pick<CallImportRow, keyof typeof SHOWN>;

const OF_ACCOUNT: Link = {
  table: callImports,
  organizationId: callImports.organizationId,
  owner: callImports.accountId,
  id: callImports.id,
};

export function callImportQueries(db: Db) {
  return {
    byIds: db
      .select(SHOWN)
      .from(callImports)
      .where(and(eq(callImports.organizationId, organization), sql`${callImports.id} = any(${keys})`))
      .prepare('call_imports_by_ids'),

    ofAccounts: (organizationId: string, accounts: string[], page: Page) => {
      const ids = linkedPage(db, organizationId, OF_ACCOUNT, accounts, page);
      return db
        .select({ ...SHOWN, owner: ids.owner })
        .from(ids)
        .innerJoin(
          callImports,
          and(eq(callImports.organizationId, organizationId), eq(callImports.id, ids.id)),
        )
        .orderBy((page.forward ? desc : asc)(callImports.id));
    },

    counts: (organizationId: string, accounts: string[]) =>
      linkedCounts(db, organizationId, OF_ACCOUNT, accounts),
  };
}

export type CallImportQueries = ReturnType<typeof callImportQueries>;
export type ImportOfAccount = Awaited<ReturnType<CallImportQueries['ofAccounts']>>[number];
