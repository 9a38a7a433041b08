import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';
import type { Database } from '../../src/db/database.js';
import type { DeliveryKind, DeliveryState } from '../../src/vendors/delivery/delivery.enums.js';
import { DELIVERY_KINDS } from '../../src/vendors/delivery/delivery.enums.js';
import { uuidIn } from './events.js';
import type { Client } from './gateway.js';
import { type GivenAccount, givenAccount } from './vendors/accounts.js';

interface GivenSender extends Partial<Pick<GivenAccount, 'system' | 'name'>> {
  kinds?: readonly DeliveryKind[];
}

const FAR = '2100-01-01T00:00:00Z';

/** An account that sends, for what the kinds say; answers with its id. No worker takes its deliveries: see `claimed`. */
export async function givenSender(
  { db }: Database,
  client: Client,
  { system = 'BURKI', kinds = DELIVERY_KINDS, ...given }: GivenSender = {},
): Promise<string> {
  const { id } = await givenAccount(client, { system, ...given });
  await db.execute(sql`update vendor_accounts set kinds = ${sql.param([...kinds])}::text[], open_until = ${FAR}
    where id = ${uuidIn(id)}`);
  return id;
}

/** As a worker would have left it. */
export async function setDelivery(
  { db }: Database,
  id: string,
  { state, claimed = false, attempts = 1 }: { state: DeliveryState; claimed?: boolean; attempts?: number },
): Promise<void> {
  const until = claimed ? sql`now() + interval '1 minute'` : sql`null`;
  await db.execute(sql`update deliveries set state = ${state}, attempts = ${attempts}, first_attempt_at = now() - interval '2 days',
      last_attempt_at = now(), last_error = 'The vendor answered 500', next_attempt_at = now() + interval '1 hour',
      claim = ${claimed ? uuidv7() : null}, claimed_until = ${until}, updated_at = clock_timestamp()
    where id = ${uuidIn(id)}`);
}

/** Puts a METADATA that is DEAD into the table, of a call and an account by their ids; answers with its id. */
export async function givenDelivery({ db }: Database, account: string, call: string): Promise<string> {
  const id = uuidv7();
  await db.execute(sql`insert into deliveries (organization_id, id, account_id, call_id, lane, kind, state, priority, change_id,
      touched, attempts, last_error, next_attempt_at, created_at, updated_at)
    select c.organization_id, ${id}, ${uuidIn(account)}, c.id, c.id, 'METADATA', 'DEAD', 1, h.id, '{"a": {}}', 1,
      'The vendor answered 422', now(), now(), clock_timestamp()
    from calls c left join lateral (
      select h.id from call_changes h where h.organization_id = c.organization_id and h.call_id = c.id
      order by h.label, h.seq limit 1
    ) h on true where c.id = ${uuidIn(call)}`);
  return fromUUID(id, 'delivery');
}

/** Takes what is due of an account, as a worker does, and keeps other workers from it. */
export async function claimed(database: Database, account: string): Promise<{ id: string; claim: string }[]> {
  const claim = uuidv7();
  const set = (until: string | null) => sql`update vendor_accounts
    set open_until = ${until}::timestamptz, tokens_at = now() - interval '1 minute' where id = ${uuidIn(account)}`;
  const rows = await database.transaction(async (tx) => {
    await tx.execute(set(null));
    const taken = await tx.execute<{ id: string }>(
      sql`select id from claim_deliveries(${claim}, interval '1 minute', 10) where account_id = ${uuidIn(account)}`,
    );
    await tx.execute(set(FAR));
    return taken;
  });
  return rows.map(({ id }) => ({ id: fromUUID(id, 'delivery'), claim }));
}

/** Ends a try of a delivery; the next one is due at once. */
export async function settle(
  { db, statement }: Database,
  { id, claim }: { id: string; claim: string },
  state: string,
): Promise<unknown> {
  const [row] = await statement(() =>
    db.execute(
      sql`select s.is_settled, s.state from deliveries d, settle_delivery(d.organization_id, d.id, ${claim}, ${state},
        null, null, interval '0', 'NONE', interval '1 day') s where d.id = ${uuidIn(id)}`,
    ),
  );
  return row;
}
