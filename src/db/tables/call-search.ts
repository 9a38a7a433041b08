import { foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { calls } from './calls.js';
import { organizationId } from './columns.js';

/**
 * What `search` looks at, written by triggers: a row for each call and one for each transcript. Beside the calls, because
 * most writes change none of it. Its index comes with the extension pg_trgm: see `src/db/migrating/search-index.ts`.
 */
export const callSearch = pgTable(
  'call_search',
  {
    organizationId: organizationId(),
    callId: uuid().notNull(),
    /** The call's own id, or a transcript's. */
    source: uuid().notNull(),
    /** Folded parts, with U+001F between them. */
    text: text().notNull(),
    /** The digits of the call's numbers. */
    numbers: text(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.callId, table.source] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }).onDelete('cascade'),
  ],
);
