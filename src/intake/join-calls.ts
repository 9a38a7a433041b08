import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { flowsTogether } from '../call-flows/call-flow.store.js';
import { lockCalls, nextLabel, type SavedCall, saveCall, saveCalls } from '../calls/call.store.js';
import { LOGGED_FIELDS } from '../calls/call-fields.js';
import { moveGroups } from '../calls/call-group.store.js';
import { moveReferences } from '../calls/call-reference.store.js';
import type { CallTarget } from '../calls/call-target.js';
import { closeIntake } from '../calls/intake-lock.store.js';
import { appendChange, appendChanges, combined, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { statementTime } from '../db/statement-time.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import type { AdmissionStep } from '../events/admission-step.js';
import { moveEvents } from '../events/call-event.store.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { foldedMetadata } from '../metadata/ledger.store.js';
import { refuse } from '../refusal.js';
import { moveVoiceCall, requireOwn, voiceCallsOf } from '../voice-calls/voice-call.store.js';
import { pairToJoin } from './join-pair.js';
import { fillingValues, joinedParent } from './join-values.js';
import { metadataDifference, parentDifference } from './upsert-change.js';
import { NO_PARENT } from './upsert-parent.js';

/**
 * Makes two records of one real call one. What the duplicate has moves to the call, whose empty fields it fills; the
 * duplicate stays as a record that answers with the call. Behind the intake's lock, alone: nobody brings names, groups,
 * children or events meanwhile, and whoever waits for one of the two locks finds the call behind it.
 * Refuses with NOT_FOUND, INVALID (one call, or a circle of parents) and ALREADY_EXISTS (two voice calls).
 * @throws Forbidden by the STAFF rule, in both directions: either way the voice call gets the other record's names
 */
export async function joinCalls(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget,
  duplicateTarget: CallTarget,
  step: AdmissionStep,
): Promise<CallRow> {
  const owner = viewer.organization.id;
  await closeIntake(tx, owner);
  const pair = await pairToJoin(tx, owner, target, duplicateTarget);
  if ('joined' in pair) return pair.joined;
  const { call, duplicate, children } = pair;
  const voiceCalls = await voiceCallsOf(tx, owner, [call.id, duplicate.id]);
  requireOwn(viewer, ...voiceCalls);
  if (voiceCalls.length > 1) {
    refuse('ALREADY_EXISTS', 'Both calls have a voice call', duplicateTarget.path, { call });
  }
  const metadata = await foldedMetadata(tx, owner, [call.id, duplicate.id]);
  const parent = await joinedParent(tx, call, duplicate, duplicateTarget.path);
  const retired = await retire(tx, duplicate, call);
  const moved = combined(
    await moveReferences(tx, owner, duplicate.id, call.id),
    await moveGroups(tx, owner, duplicate.id, call.id),
    await moveVoiceCall(tx, owner, duplicate.id, call.id),
  );
  await moveEvents(tx, owner, duplicate.id, call.id);
  const flows = await flowsTogether(tx, call, duplicate);
  const values = {
    ...fillingValues(call, duplicate),
    ...parent,
    ...newestPlace(call, duplicate),
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
  return changed.includes(saved.id) ? ((await lockCalls(tx, owner, [saved.id]))[0] ?? saved) : saved;
}

/**
 * The duplicate's own row, and the records that were joined into it before. Its label is that of both rows of the join: no
 * reader of the log may meet the join before something that happened to either record. It keeps the time of its last
 * change, by which live filters judge what it was.
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

function newestPlace(call: CallRow, duplicate: CallRow): Pick<CallRow, 'metadataAt' | 'metadataArrival'> {
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
