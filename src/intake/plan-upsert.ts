import { draftFlow } from '../call-flows/call-flow.store.js';
import { differing, filling, givenValues, withCustomerNumber } from '../calls/call-fields.js';
import { groupKey, inOrder } from '../calls/call-group.store.js';
import { distinctReferences, ownerOf, plainReference, referenceKey } from '../calls/call-reference.store.js';
import { givenStatus, isLive, isTerminal, nextStatus } from '../calls/call-status.js';
import type { CallRow } from '../db/tables/calls.js';
import { type MetadataLimits, patchedMetadata } from '../metadata/metadata.store.js';
import { planAdoptions } from './adoption.js';
import { blankCall, type CallDraft, type Drafts, putDraft } from './call-drafts.js';
import type { UpsertCall } from './upsert-call.js';
import { changeOf } from './upsert-change.js';
import { parentValues } from './upsert-parent.js';

/**
 * Plans one upsert over what the items before it have left; throws a Refusal, and has changed nothing then. Everything
 * that it reads is under the transaction's locks.
 */
export function planUpsert(
  drafts: Drafts,
  input: UpsertCall,
  limits: MetadataLimits,
): { call: CallRow; created: boolean } {
  const references = distinctReferences(
    input.references.map((each, index) => ({ ...each, path: [...input.path, 'references', String(index)] })),
  );
  const owner = ownerOf(ownersOf(drafts, references), references);
  const created = owner === null;
  const before = draftOf(drafts, owner);
  const stored = before.call;
  const added = references.filter((reference) => !drafts.owners.has(referenceKey(reference)));
  const joined = distinctGroups(
    (input.groups ?? []).flatMap((name) => {
      const group = drafts.groups.get(groupKey(name));
      return group === undefined || before.groups.some(({ id }) => id === group.id) ? [] : [group];
    }),
  );
  const patch = input.metadata ?? null;
  const values = differing<CallRow>(stored, {
    ...valuesOver(drafts, stored, input),
    ...(patch && { metadata: patchedMetadata(stored.metadata, patch, limits, [...input.path, 'metadata']) }),
  });
  const commands = stored.flowRevision === 0 ? (input.callFlow ?? null) : null;
  const isEffective =
    created || Object.keys(values).length > 0 || added.length > 0 || joined.length > 0 || commands !== null;
  if (!isEffective && patch === null) return { call: stored, created: false };

  const call = withCustomerNumber({
    ...stored,
    ...values,
    ...(patch && ledgerPlace(drafts, stored)),
    ...(commands && { flowRevision: 1 }),
    ...(isEffective && { revision: stored.revision + 1, updatedAt: drafts.now }),
  });
  const next: CallDraft = {
    isNew: before.isNew,
    call,
    references: [...before.references, ...added.map(plainReference)],
    groups: inOrder([...before.groups, ...joined]),
  };
  const adopt = planAdoptions(drafts, next, added);
  putDraft(drafts, next);
  const { writes } = drafts;
  for (const reference of added) {
    drafts.owners.set(referenceKey(reference), call.id);
    writes.references.push({ ...plainReference(reference), callId: call.id });
  }
  for (const { id } of joined) writes.members.push({ callId: call.id, groupId: id });
  if (commands) writes.flows.push(draftFlow(call, 1, commands));
  const change = changeOf(created ? null : before, next, { patch, hasFlow: commands !== null });
  writes.changes.push({ ...change, call, actor: drafts.actor, effective: isEffective });
  adopt();
  return { call, created };
}

function draftOf(drafts: Drafts, callId: string | null): CallDraft {
  if (callId === null) {
    return { isNew: true, call: blankCall(drafts.organizationId), references: [], groups: [] };
  }
  const draft = drafts.calls.get(callId);
  if (draft === undefined) throw new Error(`call ${callId} was named, and not locked`);
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

/** What this upsert sets of a call; of a late delivery only what the call does not know yet. */
function valuesOver(drafts: Drafts, stored: CallRow, input: UpsertCall): Partial<CallRow> {
  const late = isLate(stored, input);
  const given = givenValues(input);
  const plain = late ? filling(stored, given) : given;
  const statusIsOpen = stored.status === 'UNKNOWN' && stored.vendorStatus === null;
  // What a late delivery fills may still say what the stored word stands for.
  const pair = nextStatus(stored, late && !statusIsOpen ? {} : input, { ...stored, ...plain });
  const parentIsOpen = stored.parentId === null && stored.parentValue === null;
  const parent = parentValues(drafts, stored.id, input);
  return { ...plain, ...pair, ...(late && !parentIsOpen ? {} : parent) };
}

/**
 * Vendors redeliver for hours and out of order: what is older than what the call has must not undo it. Without the vendor's
 * time a call that is said to go on, and has ended, tells it.
 */
function isLate(stored: CallRow, input: UpsertCall): boolean {
  const { vendorUpdatedAt } = input;
  if (vendorUpdatedAt) return stored.vendorUpdatedAt !== null && vendorUpdatedAt < stored.vendorUpdatedAt;
  const duration = input.duration ?? stored.duration;
  const scheduledFor = input.scheduledFor ?? stored.scheduledFor;
  const status = givenStatus(input, { duration, scheduledFor });
  return isTerminal(stored.status) && status !== null && isLive(status);
}

/** A merge counts for now, or with the newest patch where that is later: what is acknowledged is visible. */
function ledgerPlace({ now, arrivals }: Drafts, { metadataAt, metadataArrival }: CallRow) {
  const arrival = arrivals.next();
  if (arrival.done) throw new Error('a batch has more patches than places were drawn for');
  return {
    metadataAt: metadataAt !== null && metadataAt > now ? metadataAt : now,
    metadataArrival: later(arrival.value, metadataArrival),
  };
}

/** The place that was drawn, or the one after the call's newest: Postgres' clock may have been set back. */
function later(drawn: string, stored: string | null): string {
  return stored !== null && BigInt(drawn) <= BigInt(stored) ? String(BigInt(stored) + 1n) : drawn;
}
