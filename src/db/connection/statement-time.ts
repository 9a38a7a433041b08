import { sql } from 'drizzle-orm';

/** The same for everything that a statement writes, and later than its transaction's earlier locks. */
export const statementTime = sql`statement_timestamp()::timestamptz(3)`;
