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

/** Lets the log go on in a new part. */
export async function turnLog({ database }: Pick<TestGateway, 'database'>): Promise<void> {
  for (let step = ''; step !== 'BEGUN'; ) {
    const [row] = await database.db.execute<{ step: string }>(
      sql`select advance_log_part(interval '0') as step`,
    );
    step = row?.step ?? '';
  }
}

/** As if days had passed since the present part of the log began. */
export async function ageLog({ database }: Pick<TestGateway, 'database'>): Promise<void> {
  await database.db.execute(sql`update log_parts set begun_at = begun_at - interval '2 days'`);
}

/** The tables of the log's parts, the oldest first. */
export async function partsOf({ database }: Pick<TestGateway, 'database'>): Promise<string[]> {
  const rows = await database.db.execute<{ name: string }>(sql`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'call_changes'::regclass
    order by c.relname <> 'call_changes_first', length(c.relname), c.relname`);
  return rows.map(({ name }) => name);
}
