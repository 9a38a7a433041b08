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
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { InboundMessageState } from '../../vendors/inbound/inbound-message.enums.js';
import { calls } from './calls.js';
import { bytes, instant, organizationId, sha256 } from './columns.js';
import { vendorAccounts } from './vendor-accounts.js';

/** The vendors' webhooks, as they came. */
export const inboundMessages = pgTable(
  'inbound_messages',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    accountId: uuid().notNull(),
    /** Null once it is older than RETAIN_BODIES. */
    body: bytes(),
    /** Those that a signature needs, in lower case. */
    headers: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    /** Of the URL, with its question mark. The path has the token, so it is stored nowhere. */
    query: text().notNull(),
    /** What makes a message the same as another one of its account. */
    digest: sha256().notNull(),
    /** Null until it was processed. */
    state: text().$type<InboundMessageState>(),
    /** Its signature was right; the token in its URL may have changed since. */
    signed: boolean().notNull().default(false),
    /** It is signed, or the vendor's record was believed in its place. */
    verified: boolean().notNull().default(false),
    reason: text(),
    callId: uuid(),
    attempts: integer().notNull().default(0),
    /** Null when there is nothing to do. */
    nextAttemptAt: instant(),
    /** Of the tries: when it came, or was last replayed. */
    begunAt: instant().notNull(),
    claim: uuid(),
    claimedUntil: instant(),
    receivedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('inbound_messages_digest_unique').on(table.organizationId, table.accountId, table.digest),
    foreignKey({
      columns: [table.organizationId, table.accountId],
      foreignColumns: [vendorAccounts.organizationId, vendorAccounts.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('inbound_messages_due_index')
      .on(table.organizationId, table.accountId, table.nextAttemptAt, table.id)
      .where(sql`next_attempt_at is not null`),
    index('inbound_messages_claimed_index')
      .on(table.organizationId, table.accountId)
      .where(sql`claim is not null`),
    index('inbound_messages_account_index').on(table.organizationId, table.accountId, table.id),
    index('inbound_messages_state_index').on(table.organizationId, table.state, table.id),
    index('inbound_messages_refused_index')
      .on(table.organizationId, table.accountId, table.id)
      .where(sql`state = 'REFUSED'`),
    index('inbound_messages_body_index')
      .on(table.organizationId, table.accountId, table.id)
      .where(sql`body is not null`),
    index('inbound_messages_call_index')
      .on(table.organizationId, table.callId)
      .where(sql`call_id is not null`),
  ],
);

export type InboundMessageRow = typeof inboundMessages.$inferSelect;
