/** How new a vendor's record is. Each name of a call keeps that of the newest one that was written under it. */
export interface RecordTime {
  vendorUpdatedAt: Date | null;
  fetchedAt: Date | null;
}

/** By the vendor's own time, and for equal ones, or without one, by when it was fetched. */
export function isOlder(one: RecordTime, other: RecordTime): boolean {
  const updated = compare(one.vendorUpdatedAt, other.vendorUpdatedAt);
  return updated < 0 || (updated === 0 && compare(one.fetchedAt, other.fetchedAt) < 0);
}

const compare = (one: Date | null, other: Date | null): number =>
  one === null || other === null ? 0 : one.getTime() - other.getTime();
