/** How new a vendor's record is. Each name of a call keeps that of the newest one that was written under it. */
export interface RecordTime {
  vendorUpdatedAt: Date | null;
  fetchedAt: Date;
}

/** By the vendor's own time, and for equal ones, or without one, by when it was fetched. */
export function isOlder(one: RecordTime, other: RecordTime): boolean {
  const [updated, otherUpdated] = [one.vendorUpdatedAt?.getTime(), other.vendorUpdatedAt?.getTime()];
  return updated === undefined || otherUpdated === undefined || updated === otherUpdated
    ? one.fetchedAt < other.fetchedAt
    : updated < otherUpdated;
}
