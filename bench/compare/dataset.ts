import type { Sql } from 'postgres';

export interface Size {
  /** Calls of both organizations together. */
  calls: number;
  /** How many of the newest have references, flows and a ledger; the others are only there. All by default. */
  whole?: number;
}

/** The organization whose calls are asked for; the other one's lie between them. */
export const ORGANIZATION = 'bench';
export const OTHER = 'other';

/** The calls lie in the last 90 days. */
const DAYS = 90;
/** A ticket's queue is one of so many, each as frequent as the others at all times: 10 % of the calls. */
export const QUEUES = 10;

/**
 * Prepares the schema `load`: `load.rows(first, last)` gives a row for every call to be made, from which all that is
 * stored of it follows. Calls of the two organizations alternate, as they would arrive. `r` holds five numbers from 0 to
 * 999 that follow from the call's number as if by chance. Ids are UUIDv7 made of a hash, so that other tables can name a
 * call without looking it up.
 */
export async function prepareRows(sql: Sql, { calls, whole = calls }: Size): Promise<void> {
  const since = Date.now() - DAYS * 86_400_000;
  await sql`insert into organizations (organization_id, slug, name)
    select gen_random_uuid(), slug, slug from unnest(${[ORGANIZATION, OTHER]}::text[]) slug`;
  await sql`create schema load`;
  await sql`create table load.settings as
    select ${calls}::bigint as calls, ${calls - whole}::bigint as bare, ${since}::bigint as since,
      (${DAYS}::bigint * 86400000 - 60000) as span,
      (select array_agg(organization_id order by slug) from organizations) as organizations`;
  // Both are such that Postgres writes them into the statement, instead of calling them for every row.
  await sql`
    create function load.id(hash text, ms bigint, at integer) returns uuid
    language sql immutable parallel safe
    return (lpad(to_hex(ms), 12, '0') || '7' || substr(hash, at, 3) || 'a' || substr(hash, at + 3, 15))::uuid`;
  await sql`
    create function load.instant(ms bigint) returns timestamptz
    language sql immutable parallel safe
    return to_timestamp(ms / 1000.0)`;
  await sql`
    create function load.rows(first bigint, last bigint)
    returns table (organization_id uuid, n bigint, ms bigint, id uuid, hash text, r int[], whole boolean)
    language sql stable parallel safe as $$
      select s.organizations[1 + g % 2], g, place.ms, load.id(place.hash, place.ms, 1), place.hash,
        array[('x' || substr(place.hash, 1, 7))::bit(28)::int % 1000, ('x' || substr(place.hash, 7, 7))::bit(28)::int % 1000,
          ('x' || substr(place.hash, 13, 7))::bit(28)::int % 1000, ('x' || substr(place.hash, 19, 7))::bit(28)::int % 1000,
          ('x' || substr(place.hash, 25, 7))::bit(28)::int % 1000],
        g >= s.bare
      from load.settings s
      cross join generate_series(first, last) g
      cross join lateral (select s.since + g * s.span / s.calls as ms, md5('call ' || g) as hash) place
      -- Computed once a row, and not wherever it is used.
      offset 0
    $$`;
}
