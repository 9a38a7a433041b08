import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Db } from '../db/database.js';
import { cursorSecret } from '../db/tables/cursor-secret.js';

/** What all gateways on the database seal the log's cursors with; as a key, which shows its bytes to no log. */
export async function readCursorSecret(db: Db): Promise<KeyObject> {
  const [row] = await db.select({ secret: cursorSecret.secret }).from(cursorSecret);
  if (row === undefined) throw new Error('the table cursor_secret is empty: a migration has filled it once');
  return createSecretKey(row.secret);
}
