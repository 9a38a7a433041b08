import { sql } from 'drizzle-orm';
import type { CallSystem } from '../../calls/call.enums.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { Db } from '../../db/database.js';
import type { InboundMessageRow } from '../../db/tables/inbound-messages.js';

/** Minutes after its end in which a call may still be reported on. */
const WINDOW = 30;
/** Hours. */
const LONGEST_CALL = 12;

/**
 * The references of each call that a message without a name may be about: of the account, between these numbers, live
 * when the message came or ended shortly before. A call that no account has named may be the account's.
 */
export async function candidates(
  db: Db,
  { organizationId, accountId, receivedAt }: InboundMessageRow,
  system: CallSystem,
  { to, customerNumber }: { to: string; customerNumber: string },
): Promise<ReferenceValue[][]> {
  const received = sql`${receivedAt.toISOString()}::timestamptz`;
  const rows = await db.execute<{ references: string | ReferenceValue[] }>(sql`
    select json_agg(json_build_object('system', r.system, 'name', r.name, 'value', r.value) order by r.position) as references
    from calls c join call_references r on r.organization_id = c.organization_id and r.call_id = c.id and r.system = ${system}
    where c.organization_id = ${organizationId} and c.joined_into is null
      and comparable_number(c.customer_number) = comparable_number(${customerNumber}::text)
      and comparable_number(c.to_address) = comparable_number(${to}::text)
      and (c.started_at is null or c.started_at <= ${received} + interval '1 minute')
      and case when c.status in ('COMPLETED', 'NO_ANSWER', 'VOICEMAIL', 'BUSY', 'CANCELED', 'FAILED')
        then coalesce(c.ended_at, c.updated_at) >= ${received} - make_interval(mins => ${WINDOW})
        -- One whose end was lost must not stand in the way of all later ones.
        else c.started_at is null or c.started_at >= ${received} - make_interval(hours => ${LONGEST_CALL}) end
    group by c.id
    having bool_and(r.account_id is null or r.account_id = ${accountId})
    order by c.id desc limit 3`);
  return rows.map(({ references }) =>
    typeof references === 'string' ? (JSON.parse(references) as ReferenceValue[]) : references,
  );
}
