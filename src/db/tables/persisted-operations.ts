import { sql } from 'drizzle-orm';
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant, organizationId, sha256 } from './columns.js';
import { organizations } from './identity.js';

/** The documents that clients send by their hash alone. */
export const persistedOperations = pgTable(
  'persisted_operations',
  {
    organizationId: organizationId().references(() => organizations.id),
    hash: sha256().notNull(),
    document: text().notNull(),
    size: integer().notNull().generatedAlwaysAs(sql`octet_length(document)`),
    usedAt: instant().notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.hash] })],
);
