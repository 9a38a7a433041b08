import { sql } from 'drizzle-orm';
import { Retention } from '../../src/retention/retention.service.js';
import { PRUNED, type PrunedRows, type RetentionDays } from '../../src/retention/retention.values.js';
import { settled } from '../live/followers.js';
import type { TestGateway } from '../support/gateway.js';

const FOREVER = Object.fromEntries(PRUNED.map((what) => [what, null])) as RetentionDays;

/** A round once all changes are final: what another test's transaction holds back is not pruned. */
export async function prune(
  gateway: Pick<TestGateway, 'database'>,
  days: Partial<RetentionDays>,
): Promise<PrunedRows> {
  await settled(gateway);
  return pruneNow(gateway, days);
}

/** One round of a gateway of its own, as if one were due; 0 days is all that is older than now. */
export async function pruneNow(
  { database }: Pick<TestGateway, 'database'>,
  days: Partial<RetentionDays>,
): Promise<PrunedRows> {
  let pruned: PrunedRows = {};
  const retention = new Retention({
    database,
    days: { ...FOREVER, ...days },
    pruned: (rows) => {
      pruned = rows;
    },
    failed: (error) => {
      throw error;
    },
  });
  await database.db.execute(sql`update retention set due_at = clock_timestamp() - interval '1 second'`);
  await retention.round();
  await retention.close();
  return pruned;
}

/** Some of the oldest rows of an organization's log. */
export async function pruneRows(
  { database }: Pick<TestGateway, 'database'>,
  slug: string,
  rows: number,
): Promise<number> {
  const [row] = await database.db.execute<{ rows: number }>(sql`
    select prune_log(organization_id, clock_timestamp(), ${rows}::integer) as rows from organizations where slug = ${slug}`);
  return row?.rows ?? 0;
}
