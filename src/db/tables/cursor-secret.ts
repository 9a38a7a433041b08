import { sql } from 'drizzle-orm';
import { boolean, check, customType, pgTable } from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const cursorSecret = pgTable(
  'cursor_secret',
  {
    isOnly: boolean().primaryKey().default(true),
    secret: bytes().notNull(),
  },
  ({ isOnly }) => [check('cursor_secret_is_only', sql`${isOnly}`)],
);
