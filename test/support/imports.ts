import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';
import type { Database } from '../../src/db/database.js';
import { uuidIn } from './events.js';

/** Puts an import of an account into the table that runs, and that no worker goes on with; answers with its id. */
export async function givenImport({ db }: Database, account: string): Promise<string> {
  const id = uuidv7();
  await db.execute(sql`insert into call_imports (organization_id, id, account_id, state, until, seen, created, next_attempt_at,
      created_at)
    select organization_id, ${id}::uuid, id, 'RUNNING', now(), 3, 3, now() + interval '1 year', now()
    from vendor_accounts where id = ${uuidIn(account)}`);
  return fromUUID(id, 'call_import');
}
