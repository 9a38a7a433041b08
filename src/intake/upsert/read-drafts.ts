import { sql } from 'drizzle-orm';
import { readReportedFlows } from '../../call-flows/vendor-flow.store.js';
import { lockCalls } from '../../calls/call.store.js';
import { type GroupRow, groupKey, sortedGroups } from '../../calls/group/call-group.store.js';
import {
  type ClaimedReferences,
  plainReference,
  referenceKey,
} from '../../calls/reference/call-reference.store.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { Transaction } from '../../db/database.js';
import { type CallRow, calls } from '../../db/tables/calls.js';
import { actorOf } from '../../identity/actor.js';
import type { Viewer } from '../../identity/viewer.js';
import { readRecorded } from '../../recordings/recorded.store.js';
import { voiceCallsOf } from '../../voice-calls/voice-call.store.js';
import type { CallDraft, Drafts } from './call-drafts.js';
import { readOwnVoiceCallFields } from './own-voice-call-fields.js';
import type { RecordTime } from './record-time.js';
import type { UpsertCall } from './upsert-call.js';
import { readOthersMembers } from './vendor-record.js';

/** Groups and references must be locked before. As many statements for 500 items as for one. */
export async function readDrafts(
  tx: Transaction,
  viewer: Viewer,
  inputs: UpsertCall[],
  { known, waiting, groups }: ClaimedReferences & { groups: GroupRow[] },
): Promise<Drafts> {
  const owner = viewer.organization.id;
  const owners = new Map(known.map((reference) => [referenceKey(reference), reference.callId]));
  const named = inputs.flatMap(({ references, update }) => [
    ...(update === undefined ? [] : [update.callId]),
    ...references.flatMap((reference) => owners.get(referenceKey(reference)) ?? []),
  ]);
  const ids = [...new Set([...named, ...waiting])];
  const stored = ids.length === 0 ? [] : await lockCalls(tx, owner, ids);
  const patches = inputs.filter(({ metadata }) => metadata != null).length;
  const lockedState = await readLockedState(tx, owner, ids, patches);
  const accountId = viewer.vendorAccountId ?? null;
  const othersMembers = await readOthersMembers(tx, owner, accountId, inputs, ids);
  const recorded = await readRecorded(tx, owner, {
    calls: ids,
    recordings: inputs.flatMap(({ recordings }) => recordings ?? []),
    transcripts: inputs.flatMap(({ transcripts }) => transcripts ?? []),
  });
  const hasVoiceCall = inputs.some(({ record }) => record?.voiceCall !== undefined);
  const voiceCallRows = hasVoiceCall ? await voiceCallsOf(tx, owner, ids) : [];
  const voiceCalls = new Map(voiceCallRows.map((each) => [each.callId, each]));
  const ownVoiceCallFields = await readOwnVoiceCallFields(tx, owner, inputs, owners, voiceCalls);
  const reported = inputs.flatMap(({ vendorCallFlow }) => vendorCallFlow?.vendorId ?? []);
  const flows = await readReportedFlows(tx, owner, ids, reported);
  const { parentIds, joined } = await readAncestry(tx, owner, parentsOf(inputs, owners, stored, waiting));
  return {
    organizationId: owner,
    actor: actorOf(viewer),
    accountId,
    now: lockedState.now,
    arrivals: lockedState.arrivals.values(),
    calls: new Map(stored.map((call) => [call.id, draftOf(call, lockedState)])),
    owners,
    groups: new Map(groups.map((group) => [groupKey(group), group])),
    parentIds,
    joined,
    othersMembers,
    recordTimes: new Map(lockedState.references.flatMap(recordTimesOf)),
    voiceCalls,
    ownVoiceCallFields,
    recorded,
    flows,
    writes: {
      ...{ changed: new Set(), fields: new Set(), references: [], members: [], left: [] },
      changes: [],
      ...{ flows: new Map(), progressed: new Map(), recordings: new Map(), transcripts: new Map() },
      ...{ recordTimes: new Map(), retimed: new Set(), voiceCalls: new Map() },
    },
  };
}

interface LockedState {
  now: Date;
  arrivals: string[];
  references: (ReferenceValue & { callId: string; updated: number | null; fetched: number | null })[];
  groups: (GroupRow & { callId: string })[];
}

async function readLockedState(
  tx: Transaction,
  organizationId: string,
  ids: string[],
  patches: number,
): Promise<LockedState> {
  const parse = {
    mapFromDriverValue: (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value),
  };
  const [lockedState] = await tx
    .select({
      now: sql<Date>`statement_timestamp()::timestamptz(3)`.mapWith(calls.updatedAt),
      // One draw, because the order of several draws in one microsecond is undefined.
      arrivals: sql<string[]>`(
        select coalesce(json_agg(((select next_patch_arrival()) + number)::text order by number), '[]')
        from generate_series(1, ${patches}::integer) number)`.mapWith(parse),
      references: sql<LockedState['references']>`(
        select coalesce(json_agg(json_build_object('callId', r.call_id, 'system', r.system, 'name', r.name, 'value', r.value,
          'updated', floor(extract(epoch from r.vendor_updated_at) * 1000), 'fetched', floor(extract(epoch from r.fetched_at) * 1000))
          order by r.position), '[]')
        from call_references r where r.organization_id = ${organizationId} and r.call_id = any(${sql.param(ids)}::uuid[]))`.mapWith(
        parse,
      ),
      groups: sql<LockedState['groups']>`(
        select coalesce(json_agg(json_build_object('callId', m.call_id, 'id', g.id, 'kind', g.kind, 'key', g.key)),
          '[]')
        from call_group_members m
        join call_groups g on g.organization_id = m.organization_id and g.id = m.group_id
        where m.organization_id = ${organizationId} and m.call_id = any(${sql.param(ids)}::uuid[]))`.mapWith(
        parse,
      ),
    })
    .from(sql`(select) once`);
  if (lockedState === undefined) throw new Error('expected one row');
  return lockedState;
}

function recordTimesOf(reference: LockedState['references'][number]): [string, RecordTime][] {
  const { updated, fetched } = reference;
  if (fetched === null) return [];
  const vendorUpdatedAt = updated === null ? null : new Date(updated);
  return [[referenceKey(reference), { vendorUpdatedAt, fetchedAt: new Date(fetched) }]];
}

function draftOf(call: CallRow, lockedState: LockedState): CallDraft {
  const own = ({ callId }: { callId: string }) => callId === call.id;
  return {
    isNew: false,
    call,
    references: lockedState.references.filter(own).map(plainReference),
    groups: sortedGroups(lockedState.groups.filter(own).map(({ id, kind, key }) => ({ id, kind, key }))),
  };
}

/** A cycle can only close through the parents that items name, and those of calls that may adopt another. */
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
  // A later item may bring a parent that is not known yet.
  if (waiting.length === 0 && inputs.every(({ parent }) => !parent)) return [];
  return [...given, ...stored.flatMap(({ parentId }) => parentId ?? [])];
}

export async function readAncestry(
  tx: Transaction,
  organizationId: string,
  ids: string[],
): Promise<Pick<Drafts, 'parentIds' | 'joined'>> {
  const parentIds = new Map<string, string | null>();
  const joined = new Map<string, string>();
  if (ids.length === 0) return { parentIds, joined };
  const rows = await tx.execute<{ id: string; parent_id: string | null; joined_into: string | null }>(sql`
    with recursive ancestry(id, parent_id, joined_into) as (
      select id, parent_id, joined_into from calls
      where organization_id = ${organizationId} and id = any(${sql.param(ids)}::uuid[])
      union
      select c.id, c.parent_id, c.joined_into from ancestry
      join calls c on c.organization_id = ${organizationId} and c.id = coalesce(ancestry.joined_into, ancestry.parent_id)
    )
    select id, parent_id, joined_into from ancestry`);
  for (const { id, parent_id, joined_into } of rows) {
    if (joined_into === null) parentIds.set(id, parent_id);
    else joined.set(id, joined_into);
  }
  return { parentIds, joined };
}
