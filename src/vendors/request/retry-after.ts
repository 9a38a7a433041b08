const LONGEST = 3_600_000;

/** Milliseconds to wait, an hour at most. Null if the header is absent or neither seconds nor a date. */
export function retryAfter(header: string | undefined, now = Date.now()): number | null {
  if (header === undefined) return null;
  // `Date.parse` reads many other texts as dates of its own.
  const isDate = /^[A-Z][a-z]+, \d{2}[ -].* GMT$/.test(header);
  const wait = /^\d+$/.test(header) ? Number(header) * 1_000 : isDate ? Date.parse(header) - now : Number.NaN;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), LONGEST);
}
