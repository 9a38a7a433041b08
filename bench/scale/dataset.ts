import type { Sql } from 'postgres';

/** How many calls one organization has; as many again belong to ten others. */
export interface Size {
  calls: number;
}

/** The time that all calls lie in: the same for every size, so that a range of it finds the same share. */
export const SPAN = {
  from: new Date('2025-01-01T00:00:00Z'),
  days: 90,
};
const DAY_MS = 86_400_000;

/** An instant at a share of the span: 0 is its beginning, 1 its end. */
export const instantAt = (share: number): Date =>
  new Date(SPAN.from.getTime() + Math.round(share * SPAN.days * DAY_MS));

/** The organization whose calls are asked for. */
export const ORGANIZATION = 'bench';
export const OTHERS = 10;

/** Every call has a place from 0 to 999 in each of so many rankings, and what it is follows from them. */
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];

/**
 * A number that spreads 0 … calls-1 evenly when it multiplies them modulo `calls`: near an irrational share of it, and
 * without a common divisor.
 */
function multiplier(calls: number, prime: number): number {
  let candidate = Math.max(1, Math.round(calls * (Math.sqrt(prime) % 1)));
  while (gcd(candidate, calls) > 1) candidate += 1;
  return candidate;
}

/** The place from 0 to 999 of call `n` in a ranking, as `load.source` has it in `rank[ranking]`. */
const rankOf = (calls: number, n: number, ranking: number): number =>
  Math.floor((((n * multiplier(calls, PRIMES[ranking - 1] ?? 2)) % calls) * 1000) / calls);

/** A call near the middle of each size that has a transcript, and an event of its session. */
export function commonCall(sizes: number[]): number {
  let n = Math.floor(Math.min(...sizes) / 40) * 20;
  while (sizes.some((calls) => rankOf(calls, n, 9) < 100)) n += 20;
  return n;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Prepares the schema `load`: the organizations, and `load.source(first, last)`, which gives a row for every call to be
 * made with its id, its time and its places in the rankings. Calls of the organization and of the others alternate, as
 * they would arrive. Ids are UUIDv7 made of a hash, so that other tables can name a call without looking it up.
 */
export async function prepareSource(sql: Sql, { calls }: Size): Promise<void> {
  const multipliers = PRIMES.map((prime) => multiplier(calls, prime));
  await sql`create schema load`;
  await sql`create table load.organizations as
    select o.organization_id, case o.slug when ${ORGANIZATION} then 0 else split_part(o.slug, '-', 2)::int end as number
    from organizations o`;
  await sql`create table load.settings as
    select ${calls}::bigint as calls, ${multipliers}::bigint[] as multipliers,
      ${SPAN.from.getTime()}::bigint as since, ${SPAN.days * DAY_MS}::bigint as span,
      (select array_agg(organization_id order by number) from load.organizations) as organizations`;
  // Both are such that Postgres writes them into the statement, instead of calling them for every row.
  await sql.unsafe(`
    create function load.id(kind text, organization bigint, n bigint, ms bigint) returns uuid
    language sql stable parallel safe
    return (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(kind || organization || '/' || n), 1, 3)
      || 'a' || substr(md5(kind || organization || '/' || n), 4, 15))::uuid`);
  await sql.unsafe(`
    create function load.instant(ms bigint) returns timestamptz
    language sql stable parallel safe
    return to_timestamp(ms / 1000.0)`);
  await sql.unsafe(`
    create function load.source(first bigint, last bigint)
    returns table (organization_id uuid, organization bigint, n bigint, ms bigint, id uuid, hash text, rank int[])
    language sql stable parallel safe as $$
      select s.organizations[1 + place.number], place.number, place.n, place.ms,
        load.id('call', place.number, place.n, place.ms), md5(place.number || ':' || place.n),
        array[${PRIMES.map((_, index) => `(place.n * s.multipliers[${index + 1}] % s.calls * 1000 / s.calls)::int`).join(', ')}]
      from load.settings s
      cross join generate_series(first, last) g
      cross join lateral (select case when g % 2 = 0 then 0 else 1 + g / 2 % ${OTHERS} end as number,
        g / 2 as n, s.since + g / 2 * s.span / s.calls as ms) place
      -- Computed once a row, and not wherever it is used.
      offset 0
    $$`);
}
