import { sql } from 'drizzle-orm';
import {
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { CallSystem } from '../../calls/call.enums.js';
import type { DeliveryKind } from '../../vendors/delivery/delivery.enums.js';
import { instant, organizationId, sha256 } from './columns.js';
import { organizations } from './identity.js';

/** A deleted account stays, without its secrets, for the deliveries that name it. */
export const vendorAccounts = pgTable(
  'vendor_accounts',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: uuid().notNull(),
    system: text().$type<CallSystem>().notNull(),
    name: text().notNull(),
    baseUrl: text().notNull(),
    /** What its vendor needs beside secrets. */
    settings: jsonb().$type<Record<string, unknown>>().notNull(),
    /** A JWE; see src/vendors/account/sealed-secrets.ts. Null once the account is deleted. */
    secrets: text(),
    secretExpiresAt: instant(),
    /** Of the token in webhookUrl, and of the one before; looked up before the organization is known. */
    webhookTokenHash: sha256(),
    oldWebhookTokenHash: sha256(),
    oldWebhookTokenUntil: instant(),
    sends: boolean().notNull(),
    receives: boolean().notNull(),
    paused: boolean().notNull().default(false),
    /** How far its vendor's list of updates was read, and when it is read next; null if its vendor has none. */
    updatesPosition: text(),
    updatesDueAt: instant(),
    /** Reads from that position that began, and did not get all that belongs to its records. */
    updatesTries: integer().notNull().default(0),
    /** Of its records, hashes of the names of those that have all, so that these are not asked for again. */
    updatesDone: text().array().notNull().default([]),
    /** The kinds of delivery that its vendor takes. */
    kinds: text().array().$type<DeliveryKind[]>().notNull(),
    concurrency: integer().notNull(),
    /** Requests per second: as configured, and as lowered by the vendor's 429s. */
    baseRate: doublePrecision().notNull(),
    rate: doublePrecision().notNull(),
    /** A bucket that holds the requests of at most a second. */
    tokens: doublePrecision().notNull().default(0),
    tokensAt: instant().notNull().default(sql`now()`),
    /** In a row. From the fifth on the circuit is open until `openUntil`; then one delivery is tried. */
    failures: integer().notNull().default(0),
    openUntil: instant(),
    /** The vendor refused the credentials: 401 or 403. */
    isRefused: boolean().notNull().default(false),
    stateReason: text(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('vendor_accounts_name_unique')
      .on(table.organizationId, table.name)
      .where(sql`deleted_at is null`),
    unique('vendor_accounts_webhook_token_unique').on(table.webhookTokenHash),
    unique('vendor_accounts_old_webhook_token_unique').on(table.oldWebhookTokenHash),
  ],
);

export type VendorAccountRow = typeof vendorAccounts.$inferSelect;
