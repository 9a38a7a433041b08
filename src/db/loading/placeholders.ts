import { type SQL, sql } from 'drizzle-orm';

/**
 * Postgres plans a prepared statement anew at each execution for as long as a plan for the values seems cheaper, and
 * planning takes longer than reading a call. No plan sees a value that comes from a subquery.
 */
export const unseen = (name: string, type: 'uuid' | 'uuid[]' | 'int'): SQL =>
  sql`(select ${sql.placeholder(name)}::${sql.raw(type)})`;

export const organization = unseen('organization', 'uuid');

/** For `any`, which takes a subquery alone for a list of rows. */
export const keys = sql`${unseen('keys', 'uuid[]')}::uuid[]`;
