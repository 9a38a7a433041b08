import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { joinFlows } from '../../call-flows/call-flow.store.js';
import { lockCalls, nextLabel, type SavedCall, saveCall, saveCalls } from '../../calls/call.store.js';
import { LOGGED_FIELDS } from '../../calls/call-fields.js';
import { moveGroups } from '../../calls/group/call-group.store.js';
import { lockIntakeExclusively } from '../../calls/intake-lock.store.js';
import { moveReferences } from '../../calls/reference/call-reference.store.js';
import type { CallTarget } from '../../calls/reference/call-target.values.js';
import { appendChange, appendChanges, combined, difference } from '../../changes/change-log.js';
import { statementTime } from '../../db/connection/statement-time.js';
import type { Transaction } from '../../db/database.js';
import { type CallRow, calls } from '../../db/tables/calls.js';
import type { AdmissionStep } from '../../events/admission-step.js';
import { moveEvents } from '../../events/call-event.store.js';
import { refuse } from '../../foundation/refusal.js';
import { actorOf } from '../../identity/actor.js';
import type { Viewer } from '../../identity/viewer.js';
import { foldedMetadata } from '../../metadata/ledger.store.js';
import { moveRecorded } from '../../recordings/recorded.store.js';
import { moveVoiceCall, requireOwn, voiceCallsOf } from '../../voice-calls/voice-call.store.js';
import { metadataDifference, parentDifference } from '../upsert/upsert-change.js';
import { NO_PARENT } from '../upsert/upsert-parent.js';
import { lockPair } from './join-pair.js';
import { fillingValues, joinedParent } from './join-values.js';
import { keepJoinedState } from './joined-state.js';

export interface JoinedCalls {
  call: CallRow;
  duplicateId: string;
}

/**
 * The exclusive intake lock keeps references, groups, children and events unchanged. A STAFF key must own every voice
 * call, because a join gives it the other record's references.
 */
export async function joinCalls(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget,
  duplicateTarget: CallTarget,
  step: AdmissionStep,
): Promise<JoinedCalls> {
  const owner = viewer.organization.id;
  await lockIntakeExclusively(tx, owner);
  const pair = await lockPair(tx, owner, target, duplicateTarget);
  if ('joined' in pair) return { call: pair.joined, duplicateId: pair.duplicateId };
  const { call, duplicate, children } = pair;
  const voiceCalls = await voiceCallsOf(tx, owner, [call.id, duplicate.id]);
  requireOwn(viewer, ...voiceCalls);
  if (voiceCalls.length > 1) {
    refuse('ALREADY_EXISTS', 'Both calls have a voice call', duplicateTarget.path, { call });
  }
  const metadata = await foldedMetadata(tx, owner, [call.id, duplicate.id]);
  const parent = await joinedParent(tx, call, duplicate, duplicateTarget.path);
  await keepJoinedState(tx, duplicate);
  const retired = await retire(tx, duplicate, call);
  const moved = combined(
    await moveReferences(tx, owner, duplicate.id, call.id),
    await moveGroups(tx, owner, duplicate.id, call.id),
    await moveVoiceCall(tx, owner, duplicate.id, call.id),
    await moveRecorded(tx, owner, duplicate.id, call.id),
  );
  await moveEvents(tx, owner, duplicate.id, call.id);
  const flows = await joinFlows(tx, call, duplicate);
  const values = {
    ...fillingValues(call, duplicate),
    ...parent,
    ...newestPatchTime(call, duplicate),
    metadata,
    flowRevision: flows.revision,
  };
  const saved = await saveCall(tx, call, values, true, retired.changeLabel);
  const names = { duplicate: { id: duplicate.id } };
  const joined = { kind: 'JOINED' as const, actor: actorOf(viewer) };
  await appendChange(tx, retired, {
    ...joined,
    oldValues: {},
    newValues: { ...names, call: { id: call.id } },
  });
  await appendChange(tx, saved, {
    ...joined,
    ...combined(
      { oldValues: {}, newValues: names },
      difference<CallRow>(call, saved, LOGGED_FIELDS),
      metadataDifference(call, saved, true),
      parentDifference(call, saved),
      moved,
      flows,
    ),
  });
  await moveChildren(tx, children, duplicate.id, saved, actorOf(viewer));
  const changed = await step.admit(actorOf(viewer), { calls: [saved.id], joined: [], raised: [saved.id] });
  const [present = saved] = changed.includes(saved.id) ? await lockCalls(tx, owner, [saved.id]) : [];
  return { call: present, duplicateId: duplicate.id };
}

/**
 * Both log rows get the duplicate's new label, so no reader sees the join before an earlier change of either record.
 * updatedAt stays, because live filters judge by it what the duplicate was.
 */
async function retire(tx: Transaction, duplicate: CallRow, into: CallRow): Promise<SavedCall> {
  const own = eq(calls.organizationId, duplicate.organizationId);
  const joinedInto = into.id;
  await tx
    .update(calls)
    .set({ joinedInto })
    .where(and(own, eq(calls.joinedInto, duplicate.id)));
  const [retired] = await tx
    .update(calls)
    .set({
      ...NO_PARENT,
      joinedInto,
      flowRevision: 0,
      revision: sql`${calls.revision} + 1`,
      changeLabel: nextLabel(into.changeLabel),
    })
    .where(and(own, eq(calls.id, duplicate.id)))
    .returning({ ...getTableColumns(calls), recordedAt: statementTime.mapWith(calls.updatedAt) });
  if (retired === undefined) throw new Error(`call ${duplicate.id} vanished under its lock`);
  return retired;
}

function newestPatchTime(call: CallRow, duplicate: CallRow): Pick<CallRow, 'metadataAt' | 'metadataArrival'> {
  const [newest] = [call, duplicate]
    .filter(({ metadataAt }) => metadataAt !== null)
    .toSorted(
      (a, b) =>
        Number(b.metadataAt) - Number(a.metadataAt) ||
        Number(BigInt(b.metadataArrival ?? 0) - BigInt(a.metadataArrival ?? 0)),
    );
  const { metadataAt = null, metadataArrival = null } = newest ?? {};
  return { metadataAt, metadataArrival };
}

async function moveChildren(
  tx: Transaction,
  children: CallRow[],
  from: string,
  parent: SavedCall,
  actor: string,
): Promise<void> {
  if (children.length === 0) return;
  const ids = children.map(({ id }) => id);
  const moved = await saveCalls(tx, parent.organizationId, ids, { parentId: parent.id });
  await appendChanges(tx, moved, {
    kind: 'UPDATED',
    actor,
    oldValues: { parent: { id: from } },
    newValues: { parent: { id: parent.id } },
  });
}
