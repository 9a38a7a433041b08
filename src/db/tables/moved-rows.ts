import { bigint, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { organizationId } from './columns.js';
import { organizations } from './identity.js';

/** Which rows of an organization were written while it is copied to another database: see the SQL function note_moved_row. */
export const movedRows = pgTable(
  'moved_rows',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    tableName: text().notNull(),
    key: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] })],
);
