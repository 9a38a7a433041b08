import type { Sql } from 'postgres';

/** Bytes of each large value: nearly METADATA_MAX_BYTES. */
const LARGE = 255_000;

/**
 * Calls of an organization that come to far more than their points: all have large metadata, ten a history of large
 * changes, and the newest is the parent of all others and has many references. Compressed they are next to nothing.
 */
export async function loadHeavyCalls(sql: Sql, slug: string): Promise<void> {
  const [owner] = await sql`select organization_id as id from organizations where slug = ${slug}`;
  const text = `jsonb_build_object('text', repeat('x', ${LARGE}))`;
  // A value of four bytes, which takes ten times as many on the heap.
  const lists = `jsonb_build_object('lists', (select jsonb_agg('[]'::jsonb) from generate_series(1, 25000)))`;
  const id = `('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const at = `timestamptz '2024-01-15' + n * interval '1 second'`;
  await sql.unsafe(
    `
    insert into calls (organization_id, id, direction, status, parent_id, tags, started_at, metadata, flow_revision, revision,
      change_label, created_at, updated_at)
    select $1::uuid, ${id}, 'INBOUND', 'COMPLETED', null, array(select 'tag ' || i from generate_series(1, 50) i), ${at},
      case when n > 60 then ${text} else ${lists} end, 0, 1, 1, ${at}, ${at} from generate_series(1, 200) n`,
    [owner?.id],
  );
  await sql.unsafe(
    `update calls set parent_id = newest.id from (
    select organization_id, max(id::text)::uuid as id from calls where organization_id = $1 group by 1) newest
    where calls.organization_id = $1 and calls.id <> newest.id`,
    [owner?.id],
  );
  await sql.unsafe(
    `
    insert into call_references (organization_id, call_id, system, name, value)
    select $1::uuid, ${id}, 'OTHER', 'number', n::text from generate_series(1, 200) n
    union all select $1::uuid, ${id}, 'OTHER', 'name', i::text from (select 200 as n) newest, generate_series(1, 5000) i`,
    [owner?.id],
  );
  await sql.unsafe(
    `
    insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at, arrival,
      old_values, new_values, recorded_at)
    select $1::uuid, 1, n * 1000 + i, gen_random_uuid(), ${id}, 'METADATA_MERGED', 'loader', i, ${text}, ${at}, n * 1000 + i,
      jsonb_build_object('metadata', ${text}), jsonb_build_object('metadata', ${text}), ${at}
    from generate_series(191, 200) n, generate_series(1, 20) i`,
    [owner?.id],
  );
}
