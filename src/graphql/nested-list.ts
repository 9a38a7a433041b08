import type { PageKey } from '../db/loading/batch.js';
import type { Page, Slice } from '../foundation/page.js';
import type { Total } from '../foundation/total.js';
import { type Connection, type PageArgs, parsePage, toConnection } from './connection.js';
import { encodeCursor, uuidPosition } from './cursor.js';

interface Loader<Key, Value> {
  load(key: Key): Promise<Value>;
}

/**
 * `kind` names the list and its owner, so that a cursor of another owner's list is refused.
 * @throws BAD_USER_INPUT naming the argument that is wrong
 */
export function nestedById<Row extends { id: string }>(
  kind: string,
  owner: string,
  args: PageArgs,
  pages: Loader<PageKey<Page>, Slice<Row>>,
  counts: Loader<string, Total>,
): Connection<Row> {
  const page = parsePage(args, uuidPosition(kind));
  return toConnection(
    () => pages.load({ owner, page }),
    ({ id }) => encodeCursor(kind, id),
    () => counts.load(owner),
  );
}
