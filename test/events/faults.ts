import { sql } from 'drizzle-orm';
import type { TestGateway } from '../support/gateway.js';

/** Inconsistencies in the tables. */
export async function faults({ database }: Pick<TestGateway, 'database'>): Promise<unknown[]> {
  const rows = await database.db.execute(sql`
    with decided as (
      select event_id, call_id from call_event_calls union all select event_id, call_id from call_event_refusals
    ), logged as (
      select h.event_id, coalesce(c.joined_into, c.id) as call_id from call_changes h
      join calls c on c.organization_id = h.organization_id and c.id = h.call_id where h.event_id is not null
    )
    select 'stuck' as fault, e.id from call_events e
    join call_references r on r.organization_id = e.organization_id and r.system = e.reference_system
      and r.name = e.reference_name and r.value = e.reference_value
    where e.match = 'PENDING'
    union all
    select 'missing of a session', e.id from call_events e
    join call_references r on r.organization_id = e.organization_id and r.system = e.reference_system
      and r.name = e.reference_name and r.value = e.reference_value
    where not exists (select from decided d where d.event_id = e.id and d.call_id = r.call_id)
    union all
    select 'missing of a group', e.id from call_events e
    join call_group_members m on m.organization_id = e.organization_id and m.group_id = e.group_id
    where e.match = 'PENDING' or not exists (select from decided d where d.event_id = e.id and d.call_id = m.call_id)
    union all
    select 'of another match than it has', e.id from call_events e
    where (e.match = 'MATCHED') <> exists (select from call_event_calls a where a.event_id = e.id)
      or e.match = 'TOO_LARGE' and not exists (select from call_event_refusals a where a.event_id = e.id)
    union all
    select 'applied and refused', d.event_id from decided d group by d.event_id, d.call_id having count(*) > 1
    union all
    select 'applied twice to one record', h.call_id from call_changes h
    where h.event_id is not null group by h.call_id, h.event_id having count(*) > 1
    union all
    select 'in the log and not applied', l.event_id from (
      select event_id, call_id from logged except select event_id, call_id from call_event_calls) l
    union all
    select 'applied and not in the log', a.event_id from (
      select event_id, call_id from call_event_calls except select event_id, call_id from logged) a
    union all
    select 'of a joined record', d.event_id from decided d join calls c on c.id = d.call_id
    where c.joined_into is not null
    union all
    select 'of no fold', c.id from calls c where c.joined_into is null and c.metadata <> coalesce((
      select metadata_fold(h.patch order by h.effective_at, h.arrival)
      from calls f join call_changes h on h.organization_id = f.organization_id and h.call_id = f.id and h.patch is not null
      where f.organization_id = c.organization_id and (f.id = c.id or f.joined_into = c.id)), '{}')`);
  return [...rows];
}
