import { insertFlow } from '../call-flows/call-flow.store.js';
import { insertCall, lockCall, type SavedCall, saveCall } from '../calls/call.store.js';
import { changedMembers, differing, filling, givenValues, LOGGED_FIELDS } from '../calls/call-fields.js';
import { ensureGroups, type GroupRow, groupsOf, joinGroups } from '../calls/call-group.store.js';
import { adoptWaiting, lockParents } from '../calls/call-parent.store.js';
import {
  type ClaimedReferences,
  claimReferences,
  distinctReferences,
  type GivenReference,
  insertReferences,
  ownerOf,
  plainReference,
  referenceDifference,
  unknownOf,
} from '../calls/call-reference.store.js';
import { nextStatus } from '../calls/call-status.js';
import { appendChange, combined, type Difference, difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import type { CallRow } from '../db/tables/calls.js';
import type { Viewer } from '../identity/viewer.js';
import {
  firstLedgerPlace,
  ledgerPlace,
  type MetadataLimits,
  mergedMetadata,
} from '../metadata/metadata.store.js';
import type { UpsertCall } from './upsert-call.js';
import { parentValues } from './upsert-parent.js';

/**
 * One upsert within its transaction. Locks groups by name, references by value and calls by id, in this order, so that
 * concurrent upserts of one new reference make one call, and reads behind the locks.
 */
export async function upsertCall(
  tx: Transaction,
  viewer: Viewer,
  input: UpsertCall,
  limits: MetadataLimits,
): Promise<{ call: CallRow; created: boolean }> {
  const owner = viewer.organization.id;
  const references = distinctReferences(
    input.references.map((each, index) => ({ ...each, path: [...input.path, 'references', String(index)] })),
  );
  const groups = await ensureGroups(tx, owner, input.groups ?? []);
  const awaited = input.parent && 'reference' in input.parent ? [input.parent.reference] : [];
  const { known, waiting } = await claimReferences(tx, owner, references, awaited);
  const callId = ownerOf(known, references);
  if (waiting.length > 0 || (callId !== null && input.parent)) await lockParents(tx, owner);
  const added = unknownOf(references, known);
  const plan: Plan = { viewer, input, limits, groups, references, added, known };
  const call = callId === null ? await create(tx, plan) : await update(tx, plan, callId);
  await adoptWaiting(tx, call, waiting, added, viewer.name);
  return { call, created: callId === null };
}

interface Plan {
  viewer: Viewer;
  input: UpsertCall;
  limits: MetadataLimits;
  groups: GroupRow[];
  references: GivenReference[];
  added: GivenReference[];
  known: ClaimedReferences['known'];
}

async function create(
  tx: Transaction,
  { viewer, input, limits, groups, references, known }: Plan,
): Promise<CallRow> {
  const owner = viewer.organization.id;
  const values = givenValues(input);
  const { duration = null, scheduledFor = null } = values;
  const pair = nextStatus({ status: 'UNKNOWN', vendorStatus: null }, input, { duration, scheduledFor });
  const { metadata: patch, callFlow: commands } = input;
  const metadata = await metadataOver(tx, {}, input, limits);
  const call = await insertCall(tx, owner, newId(), {
    ...values,
    ...pair,
    ...(await parentValues(tx, owner, null, input, known)),
    ...(metadata && { metadata, ...firstLedgerPlace() }),
    flowRevision: commands ? 1 : 0,
  });
  const { newValues } = combined(
    difference<CallRow>(null, call, LOGGED_FIELDS),
    one('references', null, references.map(plainReference)),
    groups.length > 0 ? one('groups', null, groups.map(groupName)) : NO_DIFFERENCE,
    metadata ? one('metadata', null, metadata) : NO_DIFFERENCE,
    commands ? one('callFlow', null, { revision: 1 }) : NO_DIFFERENCE,
    parentDifference(null, call),
  );
  const change = { kind: 'REGISTERED', actor: viewer.name, oldValues: {}, newValues } as const;
  await Promise.all([
    insertReferences(tx, owner, call.id, references),
    joinGroups(tx, owner, call.id, groups),
    commands ? insertFlow(tx, call, 1, commands) : null,
    appendChange(tx, call, { ...change, patch: patch ?? undefined }),
  ]);
  return call;
}

async function update(tx: Transaction, plan: Plan, callId: string): Promise<CallRow> {
  const { viewer, input, limits, added, known } = plan;
  const owner = viewer.organization.id;
  const path = [...input.path, 'references'];
  const stored = await lockCall(tx, owner, { id: callId, path, label: 'these references' });
  const { metadata: patch } = input;
  const metadata = await metadataOver(tx, stored.metadata, input, limits);
  const values = differing<CallRow>(stored, {
    ...(await valuesOver(tx, stored, input, known)),
    ...(metadata && { metadata }),
  });
  const present = plan.groups.length > 0 ? await groupsOf(tx, owner, callId) : [];
  const joined = plan.groups.filter((group) => !present.some(({ id }) => id === group.id));
  const commands = stored.flowRevision === 0 ? input.callFlow : null;
  const effective =
    Object.keys(values).length > 0 || added.length > 0 || joined.length > 0 || Boolean(commands);
  if (!effective && !patch) return stored;

  const bookkeeping = { ...(patch && ledgerPlace()), ...(commands && { flowRevision: 1 }) };
  const saved = await saveCall(tx, stored, { ...values, ...bookkeeping }, effective);
  const change = combined(
    difference(stored, saved, LOGGED_FIELDS),
    metadataDifference(stored, saved),
    parentDifference(stored, saved),
    await referenceDifference(tx, stored, added),
    joined.length > 0
      ? one('groups', present.map(groupName), [...present, ...joined].map(groupName))
      : NO_DIFFERENCE,
    commands ? one('callFlow', null, { revision: 1 }) : NO_DIFFERENCE,
  );
  await Promise.all([
    insertReferences(tx, owner, callId, added),
    joinGroups(tx, owner, callId, joined),
    commands ? insertFlow(tx, saved, 1, commands) : null,
    appendChange(tx, saved, {
      kind: 'UPDATED',
      actor: viewer.name,
      patch: patch ?? undefined,
      effective,
      ...change,
    }),
  ]);
  return saved;
}

/** The metadata after the upsert's patch; null without one. */
async function metadataOver(
  tx: Transaction,
  stored: CallRow['metadata'],
  { metadata, path }: UpsertCall,
  limits: MetadataLimits,
): Promise<CallRow['metadata'] | null> {
  return metadata ? mergedMetadata(tx, stored, metadata, limits, [...path, 'metadata']) : null;
}

/** What this upsert sets of a call that exists; of a late delivery only what the call does not know yet. */
async function valuesOver(
  tx: Transaction,
  stored: CallRow,
  input: UpsertCall,
  known: Plan['known'],
): Promise<Partial<CallRow>> {
  const late = isLate(stored, input);
  const given = givenValues(input);
  const plain = late ? filling(stored, given) : given;
  const { duration, scheduledFor } = { ...stored, ...plain };
  const statusIsOpen = stored.status === 'UNKNOWN' && stored.vendorStatus === null;
  const pair = late && !statusIsOpen ? {} : nextStatus(stored, input, { duration, scheduledFor });
  const parentIsOpen = stored.parentId === null && stored.parentValue === null;
  const parent = await parentValues(tx, stored.organizationId, stored, input, known);
  return { ...plain, ...pair, ...(late && !parentIsOpen ? {} : parent) };
}

/** Vendors redeliver for hours and out of order: what is older than what the call has must not undo it. */
function isLate(stored: CallRow, { vendorUpdatedAt }: UpsertCall): boolean {
  return Boolean(vendorUpdatedAt && stored.vendorUpdatedAt && vendorUpdatedAt < stored.vendorUpdatedAt);
}

function one(field: string, was: unknown, is: unknown): Difference {
  return { oldValues: { [field]: was }, newValues: { [field]: is } };
}

function metadataDifference(before: CallRow, after: CallRow): Difference {
  const old = changedMembers(before.metadata, after.metadata);
  const fresh = changedMembers(after.metadata, before.metadata);
  const same = Object.keys(old).length + Object.keys(fresh).length === 0;
  return same ? NO_DIFFERENCE : one('metadata', old, fresh);
}

function parentDifference(before: CallRow | null, after: SavedCall): Difference {
  return difference({ parent: parentOf(before) }, { parent: parentOf(after) }, ['parent']);
}

function parentOf(call: CallRow | null): object | null {
  if (call?.parentId) return { id: call.parentId };
  if (!call?.parentValue) return null;
  return { reference: { system: call.parentSystem, name: call.parentName, value: call.parentValue } };
}

function groupName({ kind, key }: GroupRow) {
  return { kind, key };
}
