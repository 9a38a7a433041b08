import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Which gateway prunes, and when the next may begin. */
export const retention = pgTable(
  'retention',
  {
    isOnly: boolean().primaryKey().default(true),
    claim: uuid(),
    claimedUntil: instant(),
    dueAt: instant().notNull(),
  },
  ({ isOnly }) => [check('retention_is_only', sql`${isOnly}`)],
);
