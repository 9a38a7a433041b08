import { sql } from 'drizzle-orm';
import { lockCalls } from '../calls/call.store.js';
import { type GroupRow, groupKey, inOrder } from '../calls/call-group.store.js';
import { type ClaimedReferences, plainReference, referenceKey } from '../calls/call-reference.store.js';
import type { ReferenceValue } from '../calls/call-target.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallDraft, Drafts } from './call-drafts.js';
import type { UpsertCall } from './upsert-call.js';

/**
 * Locks every call that the items name or that waits for one of them, and reads all that planning needs: as many
 * statements for 500 items as for one. Groups and references are locked before.
 */
export async function readDrafts(
  tx: Transaction,
  viewer: Viewer,
  inputs: UpsertCall[],
  { known, waiting, groups }: ClaimedReferences & { groups: GroupRow[] },
): Promise<Drafts> {
  const owner = viewer.organization.id;
  const owners = new Map(known.map((reference) => [referenceKey(reference), reference.callId]));
  const named = inputs.flatMap(({ references }) =>
    references.flatMap((reference) => owners.get(referenceKey(reference)) ?? []),
  );
  const ids = [...new Set([...named, ...waiting])];
  const stored = ids.length === 0 ? [] : await lockCalls(tx, owner, ids);
  const patches = inputs.filter(({ metadata }) => metadata != null).length;
  const beside = await readBeside(tx, owner, ids, patches);
  const { lines, joined } = await readLines(tx, owner, parentsOf(inputs, owners, stored, waiting));
  return {
    organizationId: owner,
    actor: actorOf(viewer),
    now: beside.now,
    arrivals: beside.arrivals.values(),
    calls: new Map(stored.map((call) => [call.id, draftOf(call, beside)])),
    owners,
    groups: new Map(groups.map((group) => [groupKey(group), group])),
    lines,
    joined,
    writes: { changed: new Set(), fields: new Set(), references: [], members: [], flows: [], changes: [] },
  };
}

interface Beside {
  now: Date;
  arrivals: string[];
  references: (ReferenceValue & { callId: string })[];
  groups: (GroupRow & { callId: string })[];
}

/** The time and the places of arrival, and the locked calls' references and groups. */
async function readBeside(
  tx: Transaction,
  organizationId: string,
  ids: string[],
  patches: number,
): Promise<Beside> {
  const parse = {
    mapFromDriverValue: (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value),
  };
  const [beside] = await tx
    .select({
      now: sql<Date>`statement_timestamp()::timestamptz(3)`.mapWith(calls.updatedAt),
      // From one place on: of several that are drawn in one microsecond nobody knows the order.
      arrivals: sql<string[]>`(
        select coalesce(json_agg(((select next_patch_arrival()) + number)::text order by number), '[]')
        from generate_series(1, ${patches}::integer) number)`.mapWith(parse),
      references: sql<Beside['references']>`(
        select coalesce(json_agg(json_build_object('callId', r.call_id, 'system', r.system, 'name', r.name, 'value', r.value)
          order by r.position), '[]')
        from call_references r where r.organization_id = ${organizationId} and r.call_id = any(${sql.param(ids)}::uuid[]))`.mapWith(
        parse,
      ),
      groups: sql<Beside['groups']>`(
        select coalesce(json_agg(json_build_object('callId', m.call_id, 'id', g.id, 'kind', g.kind, 'key', g.key)),
          '[]')
        from call_group_members m
        join call_groups g on g.organization_id = m.organization_id and g.id = m.group_id
        where m.organization_id = ${organizationId} and m.call_id = any(${sql.param(ids)}::uuid[]))`.mapWith(
        parse,
      ),
    })
    .from(sql`(select) once`);
  if (beside === undefined) throw new Error('one row was due');
  return beside;
}

function draftOf(call: CallRow, beside: Beside): CallDraft {
  const own = ({ callId }: { callId: string }) => callId === call.id;
  return {
    isNew: false,
    call,
    references: beside.references.filter(own).map(plainReference),
    groups: inOrder(beside.groups.filter(own).map(({ id, kind, key }) => ({ id, kind, key }))),
  };
}

/** Where a circle could be closed: the parents that items name, and those of calls that may adopt another. */
function parentsOf(
  inputs: UpsertCall[],
  owners: Map<string, string>,
  stored: CallRow[],
  waiting: string[],
): string[] {
  const given = inputs.flatMap(({ parent }) => {
    if (!parent) return [];
    return 'id' in parent ? parent.id : (owners.get(referenceKey(parent.reference)) ?? []);
  });
  // A parent that is not known yet may come to an item behind the one that names it.
  if (waiting.length === 0 && inputs.every(({ parent }) => !parent)) return [];
  return [...given, ...stored.flatMap(({ parentId }) => parentId ?? [])];
}

/** The calls and their ancestors, each with its parent; of records that were joined into a call, which. */
export async function readLines(
  tx: Transaction,
  organizationId: string,
  ids: string[],
): Promise<Pick<Drafts, 'lines' | 'joined'>> {
  const lines = new Map<string, string | null>();
  const joined = new Map<string, string>();
  if (ids.length === 0) return { lines, joined };
  const rows = await tx.execute<{ id: string; parent_id: string | null; joined_into: string | null }>(sql`
    with recursive line(id, parent_id, joined_into) as (
      select id, parent_id, joined_into from calls
      where organization_id = ${organizationId} and id = any(${sql.param(ids)}::uuid[])
      union
      select c.id, c.parent_id, c.joined_into from line
      join calls c on c.organization_id = ${organizationId} and c.id = coalesce(line.joined_into, line.parent_id)
    )
    select id, parent_id, joined_into from line`);
  for (const { id, parent_id, joined_into } of rows) {
    if (joined_into === null) lines.set(id, parent_id);
    else joined.set(id, joined_into);
  }
  return { lines, joined };
}
