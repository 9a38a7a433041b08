export interface Slice<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** `after` and `before` lie just outside the page. */
export interface Page<Position = string> {
  limit: number;
  /** false: the last `limit` rows. */
  forward: boolean;
  after: Position | null;
  before: Position | null;
}

/** Takes up to limit + 1 rows, read in the page's own direction. */
export function sliceOf<Row>(read: Row[], { limit, forward, after, before }: Page<unknown>): Slice<Row> {
  const more = read.length > limit;
  const rows = read.slice(0, limit);
  return forward
    ? { rows, hasNextPage: more, hasPreviousPage: after !== null }
    : { rows: rows.reverse(), hasNextPage: before !== null, hasPreviousPage: more };
}
