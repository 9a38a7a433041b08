/** A row of a table that is not in the log, as it was at `updatedAt`. */
export interface ChangedRow {
  id: string;
  updatedAt: Date | null;
  /** Differs after every write of the row. */
  version: string;
}

export interface RowPosition extends Record<string, unknown> {
  organization: string;
  time: string;
  id: string;
}

/** How one table's rows are read as they change, and found by what a subscription is about. */
export interface RowSource<Row extends ChangedRow, Interest extends object> {
  /** At most `ROW_PAGE` rows after the position, in the order of `updatedAt` and id. */
  changed(position: RowPosition): Promise<Row[]>;
  isFound(interest: Interest, row: Row): boolean;
}

export const ROW_PAGE = 1_000;
