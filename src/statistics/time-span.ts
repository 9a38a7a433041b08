const DAY_MS = 86_400_000;
const RANGES = ['occurredAt', 'startedAt', 'createdAt', 'endedAt', 'updatedAt'] as const;

type Members = Record<string, unknown>;

/**
 * The days of the narrowest range of time that a filter leaves, as the services or as a client writes it; infinite if
 * it leaves all.
 */
export function daysOf(filter: unknown, now = Date.now()): number {
  if (typeof filter !== 'object' || filter === null) return Number.POSITIVE_INFINITY;
  const members = filter as Members;
  const each = Array.isArray(members.and) ? members.and : [];
  return Math.min(
    ...RANGES.map((name) => lengthOf(members[name], now) / DAY_MS),
    ...each.map((inner) => daysOf(inner, now)),
  );
}

/** What is still to come counts as empty. */
function lengthOf(range: unknown, now: number): number {
  if (typeof range !== 'object' || range === null) return Number.POSITIVE_INFINITY;
  const { from, to } = range as Members;
  const [start, end] = [instantOf(from), instantOf(to) ?? now];
  return start === null ? Number.POSITIVE_INFINITY : Math.max(0, end - start);
}

function instantOf(value: unknown): number | null {
  const time =
    value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
