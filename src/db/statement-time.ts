import { sql } from 'drizzle-orm';

/** One time for all that a statement writes; where a lock was taken before, it lies behind that. */
export const statementTime = sql`statement_timestamp()::timestamptz(3)`;
