import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, text } from 'drizzle-orm/pg-core';
import { bigintText } from './columns.js';

export const logEpoch = pgTable(
  'log_epoch',
  {
    isOnly: boolean().primaryKey().default(true),
    epoch: bigintText().notNull(),
    home: text().notNull(),
  },
  ({ isOnly }) => [check('log_epoch_is_only', sql`${isOnly}`)],
);
