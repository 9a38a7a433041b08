import { lockCalls } from '../../calls/call.store.js';
import { lockParents } from '../../calls/call-parent.store.js';
import { dropUnusedGroups, ensureGroups } from '../../calls/group/call-group.store.js';
import { lockIntakeExclusively, lockIntakeShared } from '../../calls/intake-lock.store.js';
import {
  claimReferences,
  isManyReferences,
  referenceKey,
} from '../../calls/reference/call-reference.store.js';
import type { Transaction } from '../../db/database.js';
import type { AdmissionStep } from '../../events/admission-step.js';
import { eventLoop } from '../../foundation/event-loop.js';
import { Refusal, valueOrRefusal } from '../../foundation/refusal.js';
import type { Viewer } from '../../identity/viewer.js';
import { recordedNames } from '../../recordings/recorded-plan.js';
import type { Drafts } from './call-drafts.js';
import { planUpsert, type UpsertedCall } from './plan-upsert.js';
import { readDrafts } from './read-drafts.js';
import type { UpsertCall } from './upsert-call.js';
import { writeDrafts } from './write-drafts.js';

/**
 * A refused item changes nothing, and the others go on. Locks groups, references and calls in this order, each sorted,
 * so that concurrent upserts of one new reference create one call; a large batch locks the intake instead of its
 * references. Events that wait for one of the calls are admitted last.
 */
export async function upsertCalls(
  tx: Transaction,
  viewer: Viewer,
  inputs: UpsertCall[],
  step: AdmissionStep,
): Promise<(UpsertedCall | Refusal)[]> {
  const owner = viewer.organization.id;
  const names = inputs.flatMap((input) => input.groups ?? []);
  const references = inputs.flatMap((input) => input.references);
  const parents = inputs.flatMap(({ parent }) => (parent && 'reference' in parent ? [parent.reference] : []));
  const recorded = inputs.flatMap(recordedNames);
  if (isManyReferences([...references, ...parents, ...recorded])) await lockIntakeExclusively(tx, owner);
  else if (names.length > 0) await lockIntakeShared(tx, owner);
  const { groups, created } = await ensureGroups(tx, owner, names);
  const { known, waiting } = await claimReferences(tx, owner, references, parents, recorded);
  const isKnown = new Set(known.map(referenceKey));
  const links = inputs.some(
    (input) => input.parent && input.references.some((reference) => isKnown.has(referenceKey(reference))),
  );
  if (waiting.length > 0 || links) await lockParents(tx, owner);
  const drafts = await readDrafts(tx, viewer, inputs, { known, waiting, groups });
  const plan = (input: UpsertCall) => valueOrRefusal(() => planUpsert(drafts, input, step.limits));
  const outcomes = await eventLoop.map(viewer.account.key, inputs, plan);
  await writeDrafts(tx, drafts);
  if (outcomes.some((outcome) => outcome instanceof Refusal)) await dropUnusedGroups(tx, owner, created);
  return admit(tx, drafts, outcomes, step);
}

export async function admit(
  tx: Transaction,
  drafts: Drafts,
  outcomes: (UpsertedCall | Refusal)[],
  step: AdmissionStep,
): Promise<(UpsertedCall | Refusal)[]> {
  const { organizationId, actor, writes } = drafts;
  const last = new Map<string, number>();
  for (const [index, outcome] of outcomes.entries()) {
    if (!(outcome instanceof Refusal)) last.set(outcome.call.id, index);
  }
  if (last.size === 0) return outcomes;
  const changed = await step.admit(actor, {
    calls: [...last.keys()],
    joined: writes.members,
    raised: writes.changes.flatMap(({ effective = true, call }) => (effective ? call.id : [])),
  });
  if (changed.length === 0) return outcomes;
  const present = new Map((await lockCalls(tx, organizationId, changed)).map((call) => [call.id, call]));
  return outcomes.map((outcome, index) => {
    if (outcome instanceof Refusal || last.get(outcome.call.id) !== index) return outcome;
    return { ...outcome, call: present.get(outcome.call.id) ?? outcome.call };
  });
}
