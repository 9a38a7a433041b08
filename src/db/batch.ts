import DataLoader from 'dataloader';
import { type Page, type Slice, sliceOf } from './page.js';

/** A loader of single rows: one statement for all keys, null for a key without a row. */
export function rowLoader<Row>(
  load: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<string, Row | null> {
  return mapLoader(async (keys) => new Map((await load(keys)).map((row) => [keyOf(row), row])));
}

/** The same where a row does not say which key it answers. */
export function mapLoader<Row>(
  load: (keys: string[]) => Promise<Map<string, Row>>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (keys) => {
    const rows = await load([...keys]);
    return keys.map((key) => rows.get(key) ?? null);
  });
}

/** A loader of lists: one statement for all keys, the rows of each key in the order of the statement. */
export function listLoader<Row>(
  load: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<string, Row[]> {
  return new DataLoader(async (keys) => {
    const lists = grouped(await load([...keys]), keyOf);
    return keys.map((key) => lists.get(key) ?? []);
  });
}

/** A loader of counts: one statement for all owners. */
export function countLoader(
  load: (owners: string[]) => Promise<{ owner: string; total: number }[]>,
): DataLoader<string, number> {
  return new DataLoader(async (owners) => {
    const totals = new Map((await load([...owners])).map(({ owner, total }) => [owner, total]));
    return owners.map((owner) => totals.get(owner) ?? 0);
  });
}

/** A page of the list of one owner: a call, a group, an event. */
export interface PageKey<P> {
  owner: string;
  page: P;
}

/**
 * A loader of pages of nested lists: one statement for all owners that ask for the same page. `load` gives of each owner
 * at least one row more than the limit where there are as many, in the page's own direction.
 */
export function pageLoader<P extends Page<unknown>, Row>(
  load: (owners: string[], page: P) => Promise<Row[]>,
  ownerOf: (row: Row) => string,
): DataLoader<PageKey<P>, Slice<Row>, string> {
  const cacheKeyFn = ({ owner, page }: PageKey<P>) => `${owner} ${JSON.stringify(page)}`;
  const loadAll = async (keys: readonly PageKey<P>[]) => {
    const slices = new Map<string, Slice<Row>>();
    const pages = new Map(keys.map(({ page }) => [JSON.stringify(page), page]));
    await Promise.all(
      Array.from(pages, async ([name, page]) => {
        const owners = keys.filter((key) => JSON.stringify(key.page) === name).map((key) => key.owner);
        const rows = grouped(await load(owners, page), ownerOf);
        for (const owner of owners)
          slices.set(cacheKeyFn({ owner, page }), sliceOf(rows.get(owner) ?? [], page));
      }),
    );
    return keys.map((key) => slices.get(cacheKeyFn(key)) ?? sliceOf<Row>([], key.page));
  };
  return new DataLoader(loadAll, { cacheKeyFn });
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
