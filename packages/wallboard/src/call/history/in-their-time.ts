interface TimedEvent {
  id: string;
  /** When it happened. */
  eventTime: string;
  /** When it came. */
  createdAt: string;
}

export interface Moment<Event> {
  event: Event;
  /** One that happened later has come before it. */
  isLate: boolean;
}

/** Newest first, by the time at which they happened. */
export function inTheirTime<Event extends TimedEvent>(events: readonly Event[]): Moment<Event>[] {
  const ordered = [...events].sort(
    (one, other) => Date.parse(other.eventTime) - Date.parse(one.eventTime) || (other.id < one.id ? -1 : 1),
  );
  let earliest = Number.POSITIVE_INFINITY;
  return ordered.map((event) => {
    const came = Date.parse(event.createdAt);
    const isLate = came > earliest;
    earliest = Math.min(earliest, came);
    return { event, isLate };
  });
}
