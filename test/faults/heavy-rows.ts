import type { Sql } from 'postgres';

/** Bytes of JSON of each large value: nearly METADATA_MAX_BYTES. */
export const LARGE = 255_000;

/** Of the metadata, the patches and what a change shows; well compressed, so that a database has it in no time. */
const large = (sql: Sql) => sql`jsonb_build_object('text', repeat('x', ${LARGE}::int))`;

/**
 * Calls of an organization that are worth more than their points: the newest is the parent of all others, `kind` is that of a
 * group of them. All have large metadata, the newest ten a history of large changes, and `references` names each.
 */
export async function loadHeavyCalls(
  sql: Sql,
  slug: string,
  { calls = 200, changes = 50, references = 1 } = {},
) {
  const owner = sql`(select organization_id from organizations where slug = ${slug})`;
  const id = sql`('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const parent = sql`('01900000-0000-7000-8000-' || lpad(to_hex(${calls}::int), 12, '0'))::uuid`;
  const at = sql`timestamptz '2024-01-15' + n * interval '1 second'`;
  await sql`
    insert into calls (organization_id, id, direction, status, parent_id, tags, started_at, metadata, flow_revision, revision,
      change_label, created_at, updated_at)
    select ${owner}, ${id}, 'INBOUND', 'COMPLETED', case when n < ${calls}::int then ${parent} end,
      array(select 'tag ' || i from generate_series(1, 50) i), ${at}, ${large(sql)}, 0, 1, 1, ${at}, ${at}
    from generate_series(1, ${calls}::int) n order by n desc`;
  await sql`
    insert into call_references (organization_id, call_id, system, name, value)
    select ${owner}, ${parent}, 'OTHER', 'number', i::text from generate_series(1, ${references}::int) i, (select ${calls}::int as n) last`;
  await sql`
    insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at, arrival,
      old_values, new_values, recorded_at)
    select ${owner}, 1, n * 1000 + i, gen_random_uuid(), ${id}, 'METADATA_MERGED', 'loader', i, ${large(sql)}, ${at}, n * 1000 + i,
      jsonb_build_object('metadata', ${large(sql)}), jsonb_build_object('metadata', ${large(sql)}), ${at}
    from generate_series(${calls}::int - 9, ${calls}::int) n, generate_series(1, ${changes}::int) i`;
}
