import { sql } from 'drizzle-orm';
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { CallImportState } from '../../vendors/imports/call-import.enums.js';
import { instant, organizationId } from './columns.js';
import { vendorAccounts } from './vendor-accounts.js';

/** Imports of a vendor account's calls. */
export const callImports = pgTable(
  'call_imports',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    accountId: uuid().notNull(),
    state: text().$type<CallImportState>().notNull(),
    /** As asked for. */
    from: instant(),
    to: instant(),
    /** The end, and the time of the start without one: what is newer comes by webhooks. */
    until: instant().notNull(),
    /** Records read, all that there are, and what became of them. */
    seen: integer().notNull().default(0),
    total: integer(),
    created: integer().notNull().default(0),
    updated: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    /** The time of the record that was read last. */
    position: instant(),
    /** The page to read next, in the vendor's terms; null for the first. */
    cursor: jsonb(),
    /** The page whose records are counted in `created` and `updated`, though it may be read again. */
    countedPage: integer().notNull().default(0),
    page: integer().notNull().default(1),
    /** Records that the vendor may keep recordings or transcripts of elsewhere, and of how many it was asked for these. */
    toAsk: integer().notNull().default(0),
    asked: integer().notNull().default(0),
    /** All calls are written: the pages are read once more, to ask for these. */
    isAsking: boolean().notNull().default(false),
    /** The record of the page that was asked for last, by its reference. */
    askedAfter: text(),
    lastError: text(),
    attempts: integer().notNull().default(0),
    /** Since when no page could be read; null while pages are. */
    failingSince: instant(),
    nextAttemptAt: instant().notNull(),
    claim: uuid(),
    claimedUntil: instant(),
    createdAt: instant().notNull(),
    finishedAt: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    foreignKey({
      columns: [table.organizationId, table.accountId],
      foreignColumns: [vendorAccounts.organizationId, vendorAccounts.id],
    }),
    uniqueIndex('call_imports_running_unique')
      .on(table.organizationId, table.accountId)
      .where(sql`state = 'RUNNING'`),
    index('call_imports_account_index').on(table.organizationId, table.accountId, table.id),
  ],
);

export type CallImportRow = typeof callImports.$inferSelect;
