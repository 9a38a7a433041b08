import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';
import type { Database } from '../../src/db/database.js';
import { uuidIn } from './events.js';

/** Puts a webhook into the table that came to an account and was not recognised; answers with its id. */
export async function givenMessage({ db }: Database, account: string, body = '{}'): Promise<string> {
  const id = uuidv7();
  await db.execute(sql`insert into inbound_messages (organization_id, id, account_id, body, headers, query, digest, state,
      reason, attempts, begun_at, received_at)
    select organization_id, ${id}::uuid, id, ${body}::text::bytea, '{}', '', sha256(${body}::text::bytea), 'UNRECOGNISED', 'It names no call.', 1, now(), now()
    from vendor_accounts where id = ${uuidIn(account)}`);
  return fromUUID(id, 'inbound_message');
}
