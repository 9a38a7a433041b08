import { type SQLWrapper, sql } from 'drizzle-orm';
import { startNow } from '../connection/account.js';
import type { Db } from '../database.js';

type Explained = [{ Plan: { 'Total Cost': number; 'Plan Rows': number } }];

/** What the planner expects. */
export async function planOf(db: Db, query: SQLWrapper): Promise<{ cost: number; rows: number }> {
  const [row] = await startNow(db.execute<{ 'QUERY PLAN': unknown }>(sql`explain (format json) ${query}`));
  const output = row?.['QUERY PLAN'];
  const [{ Plan: plan }] = (typeof output === 'string' ? JSON.parse(output) : output) as Explained;
  return { cost: plan['Total Cost'], rows: plan['Plan Rows'] };
}
