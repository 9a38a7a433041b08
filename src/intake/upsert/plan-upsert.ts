import { differing, withCustomerNumber } from '../../calls/call-fields.js';
import { emptyCall } from '../../calls/empty-call.js';
import { groupKey, sortedGroups } from '../../calls/group/call-group.store.js';
import {
  distinctReferences,
  ownerOf,
  plainReference,
  referenceKey,
} from '../../calls/reference/call-reference.store.js';
import type { CallRow } from '../../db/tables/calls.js';
import { newId } from '../../foundation/new-id.js';
import { type MetadataLimits, patchedMetadata } from '../../metadata/metadata.store.js';
import { planRecorded, putRecorded } from '../../recordings/recorded-plan.js';
import { planAdoptions } from './adoption.js';
import { type CallDraft, type Drafts, putDraft } from './call-drafts.js';
import { latenessOf } from './lateness.js';
import { columnsOfTime, putRecordTimes } from './record-times.js';
import { leftGroups, refuseOtherRevision, updatedTags } from './update-plan.js';
import type { UpsertCall } from './upsert-call.js';
import { changeOf } from './upsert-change.js';
import { planFlows, putFlows } from './upsert-flows.js';
import { planValues } from './upsert-values.js';
import { planVoiceCall } from './upsert-voice-call.js';
import { recordPatch } from './vendor-record.js';

/** The last item of a call shows it after the whole batch. */
export interface UpsertedCall {
  call: CallRow;
  created: boolean;
  /** Whether it has a new revision. */
  isChanged: boolean;
  /** What the voice call of a vendor's record lacks, and so was not created. */
  missing: readonly string[];
}

/** @throws Refusal and then leaves the drafts unchanged */
export function planUpsert(drafts: Drafts, input: UpsertCall, limits: MetadataLimits): UpsertedCall {
  const references = distinctReferences(
    input.references.map((each, index) => ({ ...each, path: [...input.path, listOf(input), String(index)] })),
  );
  const owner = ownerOf(ownersOf(drafts, references), references, input.update?.callId ?? null);
  const created = owner === null;
  const before = draftOf(drafts, owner);
  const stored = before.call;
  refuseOtherRevision(stored, input);
  const added = references.filter((reference) => !drafts.owners.has(referenceKey(reference)));
  const joined = distinctGroups(
    (input.groups ?? []).flatMap((name) => {
      const group = drafts.groups.get(groupKey(name));
      return group === undefined || before.groups.some(({ id }) => id === group.id) ? [] : [group];
    }),
  );
  const left = leftGroups(before, input);
  const lateness = latenessOf(drafts, stored, input);
  const { isLate } = lateness;
  const patch = patchOf(drafts, stored, input, isLate);
  const updated = { ...input, ...updatedTags(stored, input) };
  const { values: given, fieldTimes } = planValues(drafts, before, updated, lateness);
  const values = differing<CallRow>(stored, {
    ...given,
    ...(patch && { metadata: patchedMetadata(stored.metadata, patch, limits, [...input.path, 'metadata']) }),
  });
  const flows = planFlows(drafts, stored, input, isLate);
  const recorded = planRecorded(drafts.recorded, stored, input, { now: drafts.now, isLate });
  const voiceCall = planVoiceCall(drafts, stored.id, input.record?.voiceCall, lateness);
  const hasChanged =
    created ||
    Object.keys(values).length > 0 ||
    added.length > 0 ||
    joined.length + left.length > 0 ||
    flows.begun.length > 0;
  const parts = [...flows.changes, ...recorded.changes, ...voiceCall.changes];
  const isEffective = hasChanged || parts.length > 0;
  putRecordTimes(drafts, references, input);
  if (fieldTimes !== stored.fieldTimes) {
    drafts.writes.retimed.add(stored.id);
    drafts.writes.fields.add('fieldTimes');
  }
  const { missing } = voiceCall;
  if (!isEffective && patch === null) {
    const call = { ...stored, fieldTimes };
    drafts.calls.set(call.id, { ...before, call });
    return { call, created: false, isChanged: false, missing };
  }

  const call = withCustomerNumber({
    ...stored,
    ...values,
    fieldTimes,
    ...(patch && patchTime(drafts, stored, input.record ? timeOf(input) : null)),
    flowRevision: flows.revision,
    ...(isEffective && { revision: stored.revision + 1, updatedAt: drafts.now }),
  });
  const next: CallDraft = {
    isNew: before.isNew,
    call,
    references: [...before.references, ...added.map(plainReference)],
    groups: sortedGroups([...before.groups.filter((group) => !left.includes(group)), ...joined]),
  };
  const adopt = planAdoptions(drafts, next, added);
  putDraft(drafts, next);
  const { writes } = drafts;
  for (const reference of added) {
    drafts.owners.set(referenceKey(reference), call.id);
    const { accountId } = drafts;
    writes.references.push({
      ...plainReference(reference),
      callId: call.id,
      accountId,
      ...columnsOfTime(input),
    });
  }
  for (const { id } of joined) writes.members.push({ callId: call.id, groupId: id });
  for (const { id } of left) writes.left.push({ callId: call.id, groupId: id });
  if (hasChanged || patch !== null) {
    const change = changeOf(created ? null : before, next, patch);
    writes.changes.push({ ...change, call, actor: drafts.actor, effective: hasChanged });
  }
  putFlows(drafts, call.id, flows);
  putRecorded(drafts.recorded, recorded);
  for (const row of recorded.recordings) writes.recordings.set(row.id, row);
  for (const row of recorded.transcripts) writes.transcripts.set(row.id, row);
  if (voiceCall.row !== null) {
    drafts.voiceCalls.set(call.id, voiceCall.row);
    writes.voiceCalls.set(call.id, voiceCall.row);
  }
  for (const change of parts) writes.changes.push({ ...change, call, actor: drafts.actor });
  adopt();
  return { call, created, isChanged: isEffective, missing };
}

const listOf = ({ update }: UpsertCall) => (update === undefined ? 'references' : 'addReferences');

function patchOf(
  { othersMembers }: Drafts,
  stored: CallRow,
  { metadata, record }: UpsertCall,
  isLate: boolean,
) {
  if (!metadata) return null;
  if (record === undefined) return metadata;
  return recordPatch(stored.metadata, metadata, othersMembers.get(stored.id), isLate);
}

function draftOf(drafts: Drafts, callId: string | null): CallDraft {
  if (callId === null) {
    return { isNew: true, call: emptyCall(drafts.organizationId, newId()), references: [], groups: [] };
  }
  const draft = drafts.calls.get(callId);
  if (draft === undefined) throw new Error(`call ${callId} was named but not locked`);
  return draft;
}

function ownersOf(drafts: Drafts, references: UpsertCall['references']) {
  return references.flatMap((reference) => {
    const callId = drafts.owners.get(referenceKey(reference));
    return callId === undefined ? [] : [{ ...reference, callId }];
  });
}

function distinctGroups<G extends { id: string }>(groups: G[]): G[] {
  return [...new Map(groups.map((group) => [group.id, group])).values()];
}

/** What a vendor's record says of the metadata counts for the call's own time: an event of later overrides it. */
const timeOf = ({ endedAt, startedAt }: UpsertCall) => endedAt ?? startedAt ?? null;

/** Not before the call's newest patch, so that an acknowledged merge is visible. */
function patchTime({ now, arrivals }: Drafts, { metadataAt, metadataArrival }: CallRow, time: Date | null) {
  const arrival = arrivals.next();
  if (arrival.done) throw new Error('a batch has more patches than arrival numbers');
  const at = time !== null && time < now ? time : now;
  return {
    metadataAt: metadataAt !== null && metadataAt > at ? metadataAt : at,
    metadataArrival: later(arrival.value, metadataArrival),
  };
}

/** Postgres' clock may have been set back. */
function later(drawn: string, stored: string | null): string {
  return stored !== null && BigInt(drawn) <= BigInt(stored) ? String(BigInt(stored) + 1n) : drawn;
}
