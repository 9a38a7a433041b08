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

/** Of all ids, which come newest first. */
export function sliceWithin(ids: readonly string[], page: Page): Slice<string> {
  const { limit, forward, after, before } = page;
  const within = ids.filter((id) => (after === null || id < after) && (before === null || id > before));
  return sliceOf((forward ? within : within.toReversed()).slice(0, limit + 1), page);
}

/** Takes up to limit + 1 rows, read in the page's own direction. */
export function sliceOf<Row>(read: Row[], { limit, forward, after, before }: Page<unknown>): Slice<Row> {
  const more = read.length > limit;
  const rows = read.slice(0, limit);
  return forward
    ? { rows, hasNextPage: more, hasPreviousPage: after !== null }
    : { rows: rows.reverse(), hasNextPage: before !== null, hasPreviousPage: more };
}
