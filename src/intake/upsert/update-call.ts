import { lockParents } from '../../calls/call-parent.store.js';
import { ensureGroups, holdGroups } from '../../calls/group/call-group.store.js';
import { lockIntakeShared } from '../../calls/intake-lock.store.js';
import { claimReferences } from '../../calls/reference/call-reference.store.js';
import type { CallTarget } from '../../calls/reference/call-target.values.js';
import type { Transaction } from '../../db/database.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { AdmissionStep } from '../../events/admission-step.js';
import { Refusal } from '../../foundation/refusal.js';
import type { Viewer } from '../../identity/viewer.js';
import { idsOf } from '../join/join-pair.js';
import { planUpsert } from './plan-upsert.js';
import { readDrafts } from './read-drafts.js';
import { admit } from './upsert.js';
import type { CallUpdate, UpsertCall } from './upsert-call.js';
import { writeDrafts } from './write-drafts.js';

export type GivenUpdate = Omit<UpsertCall, 'update'> & { update: Omit<CallUpdate, 'callId'> };

/**
 * As an upsert of one call, whose locks it takes. The shared intake lock keeps the call from being joined or erased.
 * @throws Refusal NOT_FOUND, REVISION_CONFLICT (with the call), REFERENCE_CONFLICT, LIMIT_EXCEEDED
 */
export async function updateCall(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget,
  given: GivenUpdate,
  step: AdmissionStep,
): Promise<CallRow> {
  const owner = viewer.organization.id;
  await lockIntakeShared(tx, owner);
  const { groups } = await ensureGroups(tx, owner, given.groups ?? []);
  await holdGroups(tx, owner, given.update.removeGroups);
  const { known, waiting } = await claimReferences(tx, owner, given.references);
  if (waiting.length > 0) await lockParents(tx, owner);
  const { present: callId } = await idsOf(tx, owner, target);
  const input = { ...given, update: { ...given.update, callId } };
  const drafts = await readDrafts(tx, viewer, [input], { known, waiting, groups });
  const planned = planUpsert(drafts, input, step.limits);
  await writeDrafts(tx, drafts);
  const [outcome = planned] = await admit(tx, drafts, [planned], step);
  if (outcome instanceof Refusal) throw outcome;
  return outcome.call;
}
