/** The rows of one page in their final order. */
export interface Slice<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** Which page is asked for; a position is the place of a row that the page lies behind or before. */
export interface Page<Position = string> {
  limit: number;
  /** false: `limit` rows counted from the end. */
  forward: boolean;
  after: Position | null;
  before: Position | null;
}

/** The page from one row more than its limit, read in its own direction: the surplus row says that there is more. */
export function sliceOf<Row>(read: Row[], { limit, forward, after, before }: Page<unknown>): Slice<Row> {
  const more = read.length > limit;
  const rows = read.slice(0, limit);
  return forward
    ? { rows, hasNextPage: more, hasPreviousPage: after !== null }
    : { rows: rows.reverse(), hasNextPage: before !== null, hasPreviousPage: more };
}
