import { bucketOf, bucketsOf, bucketText } from './calendar';
import { type Figures, NO_FIGURES } from './figures-math';
import type { FiguresSearch } from './figures-search';

type Summed = Omit<Figures, '__typename' | 'keys'>;

/** The figures of an hour, a day, a week or a month. */
export interface TimeRow extends Summed {
  bucket: string;
  /** As people read it. */
  label: string;
}

/** A row for each time, with those that have no calls and no row of the gateway. */
export function timeRows(figures: readonly Figures[], { from, to, unit, zone }: FiguresSearch): TimeRow[] {
  const rows = new Map<string, Summed>(bucketsOf(from, to, unit, zone).map((bucket) => [bucket, NO_FIGURES]));
  for (const row of figures) {
    const [key] = row.keys;
    if (key != null) rows.set(bucketOf(key, unit, zone), row);
  }
  return [...rows]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([bucket, row]) => ({ ...row, bucket, label: bucketText(bucket, unit, zone) }));
}
