import { differing, givenValues, valuesForEmptyFields, withCustomerNumber } from '../../calls/call-fields.js';
import { givenStatus, isLive, isTerminal, nextStatus } from '../../calls/call-status.js';
import { emptyCall } from '../../calls/empty-call.js';
import { groupKey, sortedGroups } from '../../calls/group/call-group.store.js';
import {
  distinctReferences,
  ownerOf,
  plainReference,
  referenceKey,
} from '../../calls/reference/call-reference.store.js';
import { withoutWithheld } from '../../calls/withheld-numbers.js';
import type { CallRow } from '../../db/tables/calls.js';
import { newId } from '../../foundation/new-id.js';
import { type MetadataLimits, patchedMetadata } from '../../metadata/metadata.store.js';
import { planRecorded, putRecorded } from '../../recordings/recorded-plan.js';
import { planAdoptions } from './adoption.js';
import { type CallDraft, type Drafts, putDraft } from './call-drafts.js';
import { leftGroups, refuseOtherRevision, updatedTags } from './update-plan.js';
import type { UpsertCall } from './upsert-call.js';
import { changeOf } from './upsert-change.js';
import { planFlows, putFlows } from './upsert-flows.js';
import { parentValues } from './upsert-parent.js';
import { recordPatch } from './vendor-record.js';

/** The last item of a call shows it after the whole batch. */
export interface UpsertedCall {
  call: CallRow;
  created: boolean;
  /** Whether it has a new revision. */
  isChanged: boolean;
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
  const late = input.update === undefined && isLate(stored, input);
  const patch = patchOf(drafts, stored, input);
  const values = differing<CallRow>(stored, {
    ...valuesOver(drafts, stored, input, late),
    ...(patch && { metadata: patchedMetadata(stored.metadata, patch, limits, [...input.path, 'metadata']) }),
  });
  const flows = planFlows(drafts, stored, input, late);
  const recorded = planRecorded(drafts.recorded, stored, input, { now: drafts.now, isLate: late });
  const hasChanged =
    created ||
    Object.keys(values).length > 0 ||
    added.length > 0 ||
    joined.length + left.length > 0 ||
    flows.begun.length > 0;
  const isEffective = hasChanged || flows.changes.length > 0 || recorded.changes.length > 0;
  if (!isEffective && patch === null) return { call: stored, created: false, isChanged: false };

  const call = withCustomerNumber({
    ...stored,
    ...values,
    ...(patch && patchTime(drafts, stored, input.isRecord ? timeOf(input) : null)),
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
    writes.references.push({ ...plainReference(reference), callId: call.id, accountId: drafts.accountId });
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
  for (const change of [...flows.changes, ...recorded.changes])
    writes.changes.push({ ...change, call, actor: drafts.actor });
  adopt();
  return { call, created, isChanged: isEffective };
}

const listOf = ({ update }: UpsertCall) => (update === undefined ? 'references' : 'addReferences');

function patchOf({ othersMembers }: Drafts, stored: CallRow, { metadata, isRecord }: UpsertCall) {
  if (!metadata) return null;
  return isRecord ? recordPatch(stored.metadata, metadata, othersMembers.get(stored.id)) : metadata;
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

function valuesOver(drafts: Drafts, stored: CallRow, input: UpsertCall, late: boolean): Partial<CallRow> {
  const given = withoutWithheld(givenValues({ ...input, ...updatedTags(stored, input) }), stored);
  const plain = late ? valuesForEmptyFields(stored, given) : given;
  const statusIsOpen = stored.status === 'UNKNOWN' && stored.vendorStatus === null;
  // A late duration or time may still decide what the stored word means.
  const pair = nextStatus(stored, late && !statusIsOpen ? {} : input, { ...stored, ...plain });
  const parentIsOpen = stored.parentId === null && stored.parentValue === null;
  const parent = parentValues(drafts, stored.id, input);
  return { ...plain, ...pair, ...(late && !parentIsOpen ? {} : parent) };
}

/**
 * Vendors redeliver for hours and out of order; an older delivery must not undo a newer one. Without a vendor's time, a
 * live status for an ended call counts as late.
 */
function isLate(stored: CallRow, input: UpsertCall): boolean {
  const { vendorUpdatedAt } = input;
  if (vendorUpdatedAt) return stored.vendorUpdatedAt !== null && vendorUpdatedAt < stored.vendorUpdatedAt;
  const duration = input.duration ?? stored.duration;
  const scheduledFor = input.scheduledFor ?? stored.scheduledFor;
  const status = givenStatus(input, { duration, scheduledFor });
  return isTerminal(stored.status) && status !== null && isLive(status);
}

/** Not before the call's newest patch, so that an acknowledged merge is visible. */
/** What a vendor's record says of the metadata counts for the call's own time: an event of later overrides it. */
const timeOf = ({ endedAt, startedAt }: UpsertCall) => endedAt ?? startedAt ?? null;

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
