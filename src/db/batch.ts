import DataLoader from 'dataloader';
import { type Account, begun, begunFor } from './account.js';
import { canonicalKey } from './canonical-key.js';
import { eventLoop } from './event-loop.js';
import { type Page, type Slice, sliceOf } from './page.js';
import { type KeyedRead, sharedRead } from './shared-read.js';

/** Makes a loader of one organization, for one request: its statements are charged to the request's account. */
export type LoaderOf<Key, Value, CacheKey = Key> = (account: Account) => DataLoader<Key, Value, CacheKey>;

type Read<Row> = (organization: string, keys: string[]) => Promise<Row[]>;

/** A loader of single rows: one statement for all keys, null for a key without a row. */
export function rowLoader<Row>(read: Read<Row>, keyOf: (row: Row) => string): LoaderOf<string, Row | null> {
  return mapLoader(
    async (organization, keys) =>
      new Map((await begun(read(organization, [...keys]))).map((row) => [keyOf(row), row])),
  );
}

/** The same where a row does not say which key it answers. */
export function mapLoader<Row>(read: KeyedRead<Row>): LoaderOf<string, Row | null> {
  return keyedLoader(read, () => null);
}

/** A loader of lists: one statement for all keys, the rows of each key in the order of the statement. */
export function listLoader<Row>(read: Read<Row>, keyOf: (row: Row) => string): LoaderOf<string, Row[]> {
  return keyedLoader<Row[], Row[]>(
    async (organization, keys) => grouped(await begun(read(organization, [...keys])), keyOf),
    () => [],
  );
}

/** A loader of counts: one statement for all owners. */
export function countLoader(read: Read<{ owner: string; total: number }>): LoaderOf<string, number> {
  return keyedLoader<number, number>(
    async (organization, owners) =>
      new Map((await begun(read(organization, [...owners]))).map(({ owner, total }) => [owner, total])),
    () => 0,
  );
}

function keyedLoader<Value, Missing>(
  read: KeyedRead<Value>,
  missing: () => Missing,
): LoaderOf<string, Value | Missing> {
  const shared = sharedRead(read);
  return (account) =>
    new DataLoader(async (keys) => {
      const values = await shared(account, keys);
      return keys.map((key) => values.get(key) ?? missing());
    });
}

/** A page of the list of one owner: a call, a group, an event. */
export interface PageKey<P> {
  owner: string;
  page: P;
}

/**
 * A loader of pages of nested lists: one statement for all owners that ask for the same page. `readPage` gives of each
 * owner at least one row more than the limit where there are as many, in the page's own direction.
 */
export function pageLoader<P extends Page<unknown>, Row>(
  readPage: (organization: string, owners: string[], page: P) => Promise<Row[]>,
  ownerOf: (row: Row) => string,
): LoaderOf<PageKey<P>, Slice<Row>, string> {
  const cacheKeyFn = ({ owner, page }: PageKey<P>) => `${owner} ${canonicalKey(page)}`;
  const readAll = async (account: Account, keys: readonly PageKey<P>[]) => {
    const slices = new Map<string, Slice<Row>>();
    const pages = new Map(keys.map(({ page }) => [canonicalKey(page), page]));
    await Promise.all(
      Array.from(pages, async ([name, page]) => {
        const owners = keys.filter((key) => canonicalKey(key.page) === name).map((key) => key.owner);
        const read = () => readPage(account.organization, owners, page);
        const rows = grouped(await begunFor(account, read), ownerOf);
        for (const owner of owners)
          slices.set(cacheKeyFn({ owner, page }), sliceOf(rows.get(owner) ?? [], page));
      }),
    );
    return keys.map((key) => slices.get(cacheKeyFn(key)) ?? sliceOf<Row>([], key.page));
  };
  return (account) => new PageLoader(account, (keys) => readAll(account, keys), { cacheKeyFn });
}

/** Hands pages on one by one where others come first: what is made of many of them keeps the event loop busy. */
class PageLoader<Key, Value> extends DataLoader<Key, Value, string> {
  readonly #account: Account;

  constructor(account: Account, ...rest: ConstructorParameters<typeof DataLoader<Key, Value, string>>) {
    super(...rest);
    this.#account = account;
  }

  override load(key: Key): Promise<Value> {
    return eventLoop.after(this.#account.key, super.load(key));
  }
}

function grouped<Row>(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const lists = new Map<string, Row[]>();
  for (const row of rows) {
    const list = lists.get(keyOf(row));
    if (list) list.push(row);
    else lists.set(keyOf(row), [row]);
  }
  return lists;
}
