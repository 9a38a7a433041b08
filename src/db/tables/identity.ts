import { sql } from 'drizzle-orm';
import { pgTable, primaryKey, smallint, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { ActorKind, Scope } from '../../identity/identity.enums.js';
import { instant, organizationId, sha256 } from './columns.js';

export const organizations = pgTable('organizations', {
  id: uuid('organization_id').primaryKey(),
  slug: text().notNull().unique(),
  name: text().notNull(),
  createdAt: instant().notNull().default(sql`now()`),
  /** Its rows are being deleted, and no one signs in to it any more. */
  deletedAt: instant(),
  /** Its keys and tokens are refused, and nothing is sent, processed or imported, until it is null again. */
  suspendedAt: instant(),
  /**
   * Which database has what is the organization's: 0 is DATABASE_URL, which alone has its keys; the others are SHARD_URLS,
   * in their order. There the organization has a row too, for the rows that refer to it.
   */
  shard: smallint().notNull().default(0),
  /**
   * What is here of it is not the organization's: it is being copied here, or has moved from here. No worker takes it, and
   * nothing writes to it.
   */
  heldAt: instant(),
});

/** Only a token's SHA-256 is stored; it is looked up before the organization is known. */
export const apiKeys = pgTable(
  'api_keys',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: uuid().notNull(),
    tokenHash: sha256().notNull(),
    name: text().notNull(),
    kind: text().$type<ActorKind>().notNull(),
    staffUid: text(),
    scopes: text().array().$type<Scope[]>().notNull(),
    createdAt: instant().notNull().default(sql`now()`),
    expiresAt: instant(),
    revokedAt: instant(),
    /** Up to a minute before the last use: see KeyUses. */
    lastUsedAt: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('api_keys_token_hash_unique').on(table.tokenHash),
  ],
);
