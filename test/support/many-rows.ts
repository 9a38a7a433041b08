import { sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../src/db/database.js';

/** Age of the newest row; the rows are a second apart. */
export const NEWEST = Date.UTC(2024, 0, 31);

/** A UUIDv7 of row `number`; the greater the number, the older. */
const idOf = (
  salt: string,
) => sql`(lpad(to_hex(${NEWEST}::bigint - number * 1000), 12, '0') || '7' || substr(md5(${salt}::text || number), 1, 3)
  || '8' || substr(md5(${salt}::text || number), 5, 15))::uuid`;
const time = sql`to_timestamp((${NEWEST}::bigint - number * 1000) / 1000.0)`;
/** Times unrelated to the order of creation. */
const shuffled = sql`to_timestamp((${NEWEST}::bigint - (number * 7919 % 100003) * 1000) / 1000.0)`;

/**
 * Loads an organization with `count` calls, each with a reference, most with a voice call and an event, in groups of ten. What a filter is to find few of has about one row in five hundred: number 500 is among them each time.
 */
export function loadRows(database: Database, organization: string, count: number): Promise<void> {
  return database.transaction(async (tx) => {
    // Without triggers: see loadSearch.
    await tx.execute(sql`set local session_replication_role = replica`);
    await load(tx, organization, count);
  });
}

/** What triggers would have written for `search`. */
export async function loadSearch({ db }: Database, organization: string): Promise<void> {
  await db.execute(sql`select write_call_search(${organization}, array(
    select id from calls where organization_id = ${organization}))`);
}

/** A delivery of each call to one account, and a change of each event. */
export function loadDeliveries(database: Database, organization: string, count: number): Promise<void> {
  const numbers = sql`generate_series(1, ${count}::int) number`;
  return database.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      insert into vendor_accounts (organization_id, id, system, name, base_url, settings, sends, receives, kinds,
        concurrency, base_rate, rate, created_at, updated_at)
      select ${organization}, ${idOf('account')}, 'BURKI', 'account', 'https://vendor.example', '{}', true, false,
        '{METADATA}', 1, 1, 1, ${time}, ${time} from generate_series(1, 1) number`);
    await tx.execute(sql`
      insert into deliveries (organization_id, id, account_id, call_id, lane, kind, state, priority, next_attempt_at,
        created_at, updated_at)
      select ${organization}, ${idOf('delivery')}, a.id, ${idOf('call')}, ${idOf('call')}, 'METADATA',
        case number % 500 when 0 then 'EXPIRED' else 'DELIVERED' end, 1, ${time}, ${time}, ${time}
      from ${numbers} join vendor_accounts a on a.organization_id = ${organization}`);
    await tx.execute(
      sql`update call_events set updated_at = created_at where organization_id = ${organization}`,
    );
  });
}

async function load(db: Transaction, organization: string, count: number): Promise<void> {
  const numbers = sql`generate_series(1, ${count}::int) number`;
  await db.execute(sql`
    insert into calls (organization_id, id, direction, status, from_address, to_address, channel_id, assistant, tags,
      duration, started_at, ended_at, metadata, flow_revision, revision, change_label, created_at, updated_at)
    select ${organization}, ${idOf('call')}, case when number % 3 = 0 then 'OUTBOUND' else 'INBOUND' end,
      case number % 500 when 0 then 'BUSY' when 1 then 'FAILED' else 'COMPLETED' end,
      '+1415' || number % 500, '+4930' || number % 500, 'channel ' || number % 500,
      jsonb_build_object('assistantId', 'assistant ' || number % 500), array['tag ' || number % 500, 'all'],
      case when number % 4 > 0 then number % 3000 end, case when number % 3 > 0 then ${shuffled} end,
      case when number % 3 > 0 then ${shuffled} end,
      jsonb_build_object('number', number, 'customer', jsonb_build_object('id', number % 500), 'key ' || number % 500, true),
      0, 1, 1, ${time}, ${shuffled}
    from ${numbers}`);
  await db.execute(sql`
    insert into call_references (organization_id, call_id, system, name, value)
    select ${organization}, ${idOf('call')}, 'OTHER', 'number', number::text from ${numbers}`);
  await db.execute(sql`
    insert into call_groups (organization_id, id, kind, key)
    select ${organization}, ${idOf('group')}, 'case', number::text from generate_series(1, ${count / 10}::int) number`);
  await db.execute(sql`
    insert into call_group_members (organization_id, group_id, call_id)
    select ${organization}, g.id, ${idOf('call')} from ${numbers}
    join call_groups g on g.organization_id = ${organization} and g.kind = 'case' and g.key = (1 + number % ${count / 10}::int)::text`);
  await db.execute(sql`
    update calls c set parent_id = p.call_id from call_references r, call_references p
    where c.organization_id = ${organization} and r.organization_id = ${organization} and p.organization_id = ${organization}
      and r.call_id = c.id and r.value::int % 20 = 0 and p.value = '1' and r.value <> '1'`);
  await db.execute(sql`
    insert into voice_calls (organization_id, id, call_id, staff_uid, client_uid, from_number, to_number, direction, status,
      rate, provider, source_id, external_uuid, duration, handled_by_staff_uid, revision, created_at, updated_at)
    select ${organization}, ${idOf('voice')}, ${idOf('call')}, 'staff ' || number % 500, 'client ' || number % 500,
      '+1415' || number % 500, '+4930' || number % 500, 'INBOUND',
      case number % 500 when 0 then 'VOICEMAIL' when 1 then 'MISSED' else 'ANSWERED_BY_STAFF' end, '0', 'VONAGE', 's', 'e',
      case when number % 4 > 0 then number % 3000 end, 'staff ' || number % 500, 1, ${time}, ${time}
    from ${numbers} where number % 10 > 0 or number % 500 = 0`);
  await db.execute(sql`
    insert into call_events (organization_id, id, event_id, actor, target, session_id, group_id, event_time, arrival,
      metadata, match, created_at)
    select ${organization}, ${idOf('event')}, 'event ' || number, 'loader', 'SESSION', 'session ' || number % 500,
      case when number % 500 = 0 then (select id from call_groups where organization_id = ${organization} and key = '1') end,
      ${shuffled}, number, '{}', case number % 500 when 0 then 'PENDING' when 1 then 'AMBIGUOUS' else 'MATCHED' end, ${time}
    from ${numbers}`);
  await db.execute(sql`
    insert into call_event_calls (organization_id, event_id, call_id)
    select ${organization}, ${idOf('event')}, ${idOf('call')} from ${numbers} where number % 500 > 1`);
  await db.execute(sql`
    insert into call_recordings (organization_id, id, call_id, system, vendor_id, kind, created_at)
    select ${organization}, ${idOf('recording')}, ${idOf('call')}, 'BURKI', number::text, 'CALL', ${time} from ${numbers}`);
  await db.execute(sql`
    insert into call_transcripts (organization_id, id, call_id, system, vendor_id, lines, digest, created_at)
    select ${organization}, ${idOf('transcript')}, ${idOf('call')}, 'BURKI', number::text, '[]', '', ${time} from ${numbers}`);
  await db.execute(sql`
    insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
      new_values, recorded_at)
    select ${organization}, 1, number, ${idOf('change')}, ${idOf('call')}, 'REGISTERED', 'loader', 1, ${time}, '{}', '{}', ${time}
    from ${numbers}`);
}
