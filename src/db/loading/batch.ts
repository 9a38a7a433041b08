import DataLoader from 'dataloader';
import { canonicalKey } from '../../foundation/canonical-key.js';
import { eventLoop } from '../../foundation/event-loop.js';
import { type Page, type Slice, sliceOf } from '../../foundation/page.js';
import type { Total } from '../../foundation/total.js';
import { type Account, runFor, startNow } from '../connection/account.js';
import { type KeyedRead, sharedRead } from './shared-read.js';

export type LoaderOf<Key, Value, CacheKey = Key> = (account: Account) => DataLoader<Key, Value, CacheKey>;

type Read<Row> = (organization: string, keys: string[]) => Promise<Row[]>;

export function rowLoader<Row>(read: Read<Row>, keyOf: (row: Row) => string): LoaderOf<string, Row | null> {
  return mapLoader(
    async (organization, keys) =>
      new Map((await startNow(read(organization, [...keys]))).map((row) => [keyOf(row), row])),
  );
}

export function mapLoader<Row>(read: KeyedRead<Row>): LoaderOf<string, Row | null> {
  return keyedLoader(read, () => null);
}

export function listLoader<Row>(read: Read<Row>, keyOf: (row: Row) => string): LoaderOf<string, Row[]> {
  return keyedLoader<Row[], Row[]>(
    async (organization, keys) => grouped(await startNow(read(organization, [...keys])), keyOf),
    () => [],
  );
}

interface Counted {
  owner: string;
  total: number;
  isEstimate?: boolean;
}

export function countLoader(read: Read<Counted>): LoaderOf<string, Total> {
  return keyedLoader<Total, Total>(
    async (organization, owners) => {
      const rows = await startNow(read(organization, [...owners]));
      return new Map(
        rows.map(({ owner, total, isEstimate = false }) => [owner, { count: total, isEstimate }]),
      );
    },
    () => ({ count: 0, isEstimate: false }),
  );
}

export interface FilteredOwner<Filter> {
  owner: string;
  filter: Filter;
}

/** One statement for all owners whose things are counted by the same filter. */
export function filteredCountLoader<Filter>(
  read: (organization: string, owners: string[], filter: Filter) => Promise<Counted[]>,
) {
  return (account: Account) => {
    const loaders = new Map<string, ReturnType<LoaderOf<string, Total>>>();
    return {
      load: ({ owner, filter }: FilteredOwner<Filter>): Promise<Total> => {
        const key = canonicalKey(filter);
        const loader =
          loaders.get(key) ??
          countLoader((organization, owners) => read(organization, owners, filter))(account);
        loaders.set(key, loader);
        return loader.load(owner);
      },
    };
  };
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

export interface PageKey<P> {
  owner: string;
  page: P;
}

/**
 * One statement for all owners of the same page. `readPage` returns up to limit + 1 rows per owner, in the page's own
 * direction.
 */
export function pageLoader<P extends Page<unknown>, Row>(
  readPage: (organization: string, owners: string[], page: P) => Promise<Row[]>,
  ownerOf: (row: Row) => string,
): LoaderOf<PageKey<P>, Slice<Row>, string> {
  const cacheKeyFn = ({ owner, page }: PageKey<P>) => `${owner} ${canonicalKey(page)}`;
  const readAll = async (account: Account, keys: readonly PageKey<P>[]) => {
    const slices = new Map<string, Slice<Row>>();
    const pages = new Map<string, { page: P; owners: string[] }>();
    for (const { owner, page } of keys) {
      const name = canonicalKey(page);
      const known = pages.get(name);
      if (known === undefined) pages.set(name, { page, owners: [owner] });
      else known.owners.push(owner);
    }
    await Promise.all(
      Array.from(pages.values(), async ({ page, owners }) => {
        const read = () => readPage(account.organization, owners, page);
        const rows = grouped(await runFor(account, read), ownerOf);
        for (const owner of owners)
          slices.set(cacheKeyFn({ owner, page }), sliceOf(rows.get(owner) ?? [], page));
      }),
    );
    return keys.map((key) => slices.get(cacheKeyFn(key)) ?? sliceOf<Row>([], key.page));
  };
  return (account) => new PageLoader(account, (keys) => readAll(account, keys), { cacheKeyFn });
}

/** Yields between pages, because resolving many keeps the event loop busy. */
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
