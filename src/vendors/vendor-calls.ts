import type { CallRecord } from './vendor-message.js';

export interface CallsRequest {
  readonly from: Date | null;
  readonly to: Date;
  /** Null for the first page, then what the page before has named. */
  readonly cursor: unknown;
  /** Records at most. */
  readonly most: number;
  /** For a vendor without a list: names of the calls that are known here. */
  readonly known: KnownReferences;
}

export interface KnownReferences {
  /** Of calls of the import's time: those after the given one, in order. */
  after(reference: string | null, most: number): Promise<string[]>;
  /** Null if they are too many to count in time. */
  count(): Promise<number | null>;
}

export interface CallsPage {
  readonly records: readonly CallRecord[];
  /** How many the vendor has shown that were not shown before, those included that cannot be understood. */
  readonly read: number;
  /** How many there are in all, where the vendor says so. */
  readonly total: number | null;
  /** The time of the last one. */
  readonly position: Date | null;
  /** JSON; null if this is the last page. */
  readonly next: unknown;
}
