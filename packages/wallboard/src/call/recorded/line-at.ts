interface TimedLine {
  start: number | null | undefined;
  end: number | null | undefined;
}

/**
 * The line that is spoken at a time: the last one that has begun. Between two lines the earlier one counts, unless the
 * vendor says that it has ended.
 *
 * @param at seconds from the start
 * @returns its index; -1 for none
 */
export function lineAt(lines: readonly TimedLine[], at: number): number {
  let found = -1;
  let begun = Number.NEGATIVE_INFINITY;
  lines.forEach(({ start }, index) => {
    if (start == null || start > at || start < begun) return;
    found = index;
    begun = start;
  });
  const end = lines[found]?.end;
  return end != null && at >= end ? -1 : found;
}
