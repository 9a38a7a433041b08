import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Db } from '../db/database.js';
import { cursorSecret } from '../db/tables/cursor-secret.js';

/** Shared by all gateways on the database. A KeyObject, because logging one does not reveal its bytes. */
export async function readCursorSecret(db: Db): Promise<KeyObject> {
  const [row] = await db.select({ secret: cursorSecret.secret }).from(cursorSecret);
  if (row === undefined) throw new Error('the table cursor_secret is empty, although a migration filled it');
  return createSecretKey(row.secret);
}
