import { sql } from 'drizzle-orm';
import type { CallSystem } from '../calls/call.enums.js';
import type { Db } from '../db/database.js';

export interface SystemFigures {
  system: CallSystem;
  pending: number;
  dead: number;
  /** Seconds since the oldest delivery was written that is to be sent. */
  lag: number;
  /** Webhooks that are to be processed, or tried again. */
  inbound: number;
  /** Accounts whose credentials are refused or whose circuit is open. */
  failing: number;
}

/** For metrics, over all organizations. */
export const systemFigures = async (db: Db): Promise<SystemFigures[]> => [
  ...(await db.execute<SystemFigures & Record<string, unknown>>(sql`
    select a.system, coalesce(sum(d.pending), 0)::int as pending, coalesce(sum(d.dead), 0)::int as dead,
      coalesce(max(extract(epoch from clock_timestamp() - d.oldest)), 0)::float8 as lag,
      coalesce(sum(m.pending), 0)::int as inbound,
      count(*) filter (where a.is_refused or a.failures >= 5)::int as failing
    from vendor_accounts a cross join lateral (
      select count(*) filter (where d.state <> 'DEAD') as pending, count(*) filter (where d.state = 'DEAD') as dead,
        min(coalesce(d.replayed_at, least(d.created_at, d.first_attempt_at))) filter (where d.state <> 'DEAD') as oldest
      from deliveries d
      where d.organization_id = a.organization_id and d.account_id = a.id and d.state in ('PENDING', 'RETRYING', 'DEAD')
    ) d cross join lateral (
      select count(*) as pending from inbound_messages m
      where m.organization_id = a.organization_id and m.account_id = a.id and m.next_attempt_at is not null
    ) m
    where a.deleted_at is null
    group by a.system`)),
];
