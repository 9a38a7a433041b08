import DataLoader from 'dataloader';
import { type Page, type Slice, sliceOf } from './page.js';

/** A loader of single rows: one statement for all keys, null for a key without a row. */
export function rowLoader<Row>(
  load: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<string, Row | null> {
  return new DataLoader(async (keys) => {
    const rows = new Map((await load([...keys])).map((row) => [keyOf(row), row]));
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

/** A loader of counts: one statement for all parents. */
export function countLoader(
  load: (callIds: string[]) => Promise<{ callId: string; total: number }[]>,
): DataLoader<string, number> {
  return new DataLoader(async (callIds) => {
    const totals = new Map((await load([...callIds])).map(({ callId, total }) => [callId, total]));
    return callIds.map((callId) => totals.get(callId) ?? 0);
  });
}

/** A page of the list of one call. */
export interface PageKey<P> {
  callId: string;
  page: P;
}

/**
 * A loader of pages of calls' lists: one statement for all calls that ask for the same page. `load` gives of each call
 * one row more than the limit, in the page's own direction.
 */
export function pageLoader<P extends Page<unknown>, Row>(
  load: (callIds: string[], page: P) => Promise<Row[]>,
  callIdOf: (row: Row) => string,
): DataLoader<PageKey<P>, Slice<Row>, string> {
  const cacheKeyFn = ({ callId, page }: PageKey<P>) => `${callId} ${JSON.stringify(page)}`;
  const loadAll = async (keys: readonly PageKey<P>[]) => {
    const slices = new Map<string, Slice<Row>>();
    const pages = new Map(keys.map(({ page }) => [JSON.stringify(page), page]));
    await Promise.all(
      Array.from(pages, async ([name, page]) => {
        const callIds = keys.filter((key) => JSON.stringify(key.page) === name).map((key) => key.callId);
        const rows = grouped(await load(callIds, page), callIdOf);
        for (const callId of callIds)
          slices.set(cacheKeyFn({ callId, page }), sliceOf(rows.get(callId) ?? [], page));
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
