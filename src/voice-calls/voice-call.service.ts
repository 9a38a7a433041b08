import { and, eq, type SQL } from 'drizzle-orm';
import { lockCall, saveCall } from '../calls/call.store.js';
import { differing, LOGGED_FIELDS, withCustomerNumber } from '../calls/call-fields.js';
import { adoptWaiting, lockParents } from '../calls/call-parent.store.js';
import {
  claimReferences,
  insertReferences,
  ownerOf,
  referenceDifference,
  unknownOf,
} from '../calls/call-reference.store.js';
import type { ReferenceValue } from '../calls/call-target.js';
import { appendChange, combined, difference } from '../changes/change-log.js';
import type { Database, Transaction } from '../db/database.js';
import { inColumns } from '../db/insert-rows.js';
import { newId } from '../db/new-id.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseUnknown } from '../refusal.js';
import {
  followingValues,
  referencesOfVoiceCall,
  requireOwn,
  voiceCallDifference,
} from './voice-call.store.js';
import { voiceCallSaveQueries } from './voice-call-save.queries.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch, VoiceCallReplacement } from './voice-call-values.js';

/** Changes vcita's business record of a call; the call follows. Creating one is the intake's. */
export class VoiceCallService {
  readonly #database: Database;
  readonly #queries: ReturnType<typeof voiceCallSaveQueries>;

  constructor(database: Database) {
    this.#database = database;
    this.#queries = voiceCallSaveQueries(database.db);
  }

  /**
   * Replaces the whole record.
   * Refuses with NOT_FOUND, REVISION_CONFLICT (beside the present record) and REFERENCE_CONFLICT.
   * @throws Forbidden by the STAFF rule
   */
  update(
    viewer: Viewer,
    target: VoiceCallTarget,
    input: VoiceCallReplacement,
    expectedRevision: number | null,
  ): Promise<VoiceCallRow> {
    const record = { ...input, handledByStaffUid: input.handledByStaffUid ?? null };
    return this.patch(viewer, target, record, expectedRevision);
  }

  /** Changes what is given, by the same rules. */
  async patch(
    viewer: Viewer,
    target: VoiceCallTarget,
    patch: VoiceCallPatch,
    expectedRevision: number | null,
  ): Promise<VoiceCallRow> {
    const wanted = { given: withoutAbsent(patch), expectedRevision };
    return (
      (await this.#changeUnlocked(viewer, target, wanted)) ??
      this.#database.transaction((tx) => change(tx, viewer, target, wanted))
    );
  }

  /**
   * Reads without locks, and writes only if the call is still at the revision that was read: two round trips. Null, and
   * nothing written, where somebody was faster, and where locks are needed: to add a reference, or to find out that there
   * is no such call.
   */
  async #changeUnlocked(
    viewer: Viewer,
    target: VoiceCallTarget,
    wanted: WantedChange,
  ): Promise<VoiceCallRow | null> {
    const seen = await this.#look(viewer.organization.id, target, wanted.given);
    if (seen === undefined || seen.call.joinedInto !== null) return null;
    const { call, voiceCall } = seen;
    const plan = planChange(viewer, seen, wanted);
    if (plan === null) return voiceCall;
    if (plan.added.length > 0) return null;
    const record = { ...voiceCall, ...plan.changes };
    const followed = withCustomerNumber({ ...call, ...plan.values });
    const { oldValues, newValues } = combined(
      voiceCallDifference(voiceCall, record),
      difference(call, followed, LOGGED_FIELDS),
    );
    const { direction, status, vendorStatus, from, to, duration } = followed;
    const columns = { direction, status, vendorStatus, from, to, duration };
    const values = {
      organization: viewer.organization.id,
      call: call.id,
      revision: call.revision,
      voiceCall: voiceCall.id,
      followed: JSON.stringify(inColumns(calls, columns)),
      record: JSON.stringify(inColumns(voiceCalls, record)),
      isRecord: Object.keys(plan.changes).length > 0,
      change: newId().id,
      actor: viewer.name,
      oldValues: JSON.stringify(oldValues),
      newValues: JSON.stringify(newValues),
    };
    const [saved] = await this.#database.statement(() => this.#queries.save.execute(values));
    return saved === undefined ? null : { ...record, ...saved };
  }

  async #look(organization: string, target: VoiceCallTarget, given: VoiceCallPatch) {
    const { lookById, lookByCallId } = this.#queries;
    const references = JSON.stringify(
      Object.fromEntries(referencesOfVoiceCall(given).map(({ name, value }) => [name, value])),
    );
    if ('id' in target) return (await lookById.execute({ organization, id: target.id, references }))[0];
    if (!('id' in target.call)) return undefined;
    return (await lookByCallId.execute({ organization, id: target.call.id, references }))[0];
  }
}

interface WantedChange {
  given: VoiceCallPatch;
  expectedRevision: number | null;
}

/** A voice call and its call, and which of the references that are given are known. */
interface Seen {
  call: CallRow;
  voiceCall: VoiceCallRow;
  known: (ReferenceValue & { callId: string })[];
}

/** What a change comes to; null for nothing. */
function planChange(viewer: Viewer, { call, voiceCall, known }: Seen, wanted: WantedChange) {
  const { given, expectedRevision } = wanted;
  requireOwn(viewer, voiceCall, { ...voiceCall, ...given });
  if (expectedRevision !== null && expectedRevision !== voiceCall.revision) {
    const message = `The voice call is at revision ${voiceCall.revision}, not ${expectedRevision}`;
    refuse('REVISION_CONFLICT', message, ['expectedRevision'], { voiceCall });
  }
  const references = referencesOfVoiceCall(given);
  ownerOf(known, references, call.id);
  const added = unknownOf(references, known);
  const changes = differing<VoiceCallRow>(voiceCall, given);
  const values = differing<object>(call, followingValues(call, { ...voiceCall, ...given }, given));
  const count = Object.keys(changes).length + Object.keys(values).length + added.length;
  return count === 0 ? null : { changes, values, added };
}

/** Under the locks of the references and the call. */
async function change(
  tx: Transaction,
  viewer: Viewer,
  target: VoiceCallTarget,
  wanted: WantedChange,
): Promise<VoiceCallRow> {
  const owner = viewer.organization.id;
  const { known, waiting } = await claimReferences(tx, owner, referencesOfVoiceCall(wanted.given));
  if (waiting.length > 0) await lockParents(tx, owner);
  const { call, voiceCall } = await lockVoiceCall(tx, owner, target);
  const plan = planChange(viewer, { call, voiceCall, known }, wanted);
  if (plan === null) return voiceCall;
  const { changes, values, added } = plan;

  const saved = await saveCall(tx, call, values);
  const after =
    Object.keys(changes).length > 0
      ? await saveVoiceCall(tx, voiceCall, changes, saved.recordedAt)
      : voiceCall;
  const names = await referenceDifference(tx, call, added);
  await insertReferences(tx, owner, call.id, added);
  await appendChange(tx, saved, {
    kind: 'VOICE_CALL_UPDATED',
    actor: viewer.name,
    ...combined(voiceCallDifference(voiceCall, after), difference(call, saved, LOGGED_FIELDS), names),
  });
  await adoptWaiting(tx, saved, waiting, added, viewer.name);
  return after;
}

/** Every writer of a voice call holds its call's lock; the record is read behind it. */
async function lockVoiceCall(
  tx: Transaction,
  organizationId: string,
  target: VoiceCallTarget,
): Promise<{ call: CallRow; voiceCall: VoiceCallRow }> {
  const read = (condition: SQL) =>
    tx
      .select()
      .from(voiceCalls)
      .where(and(eq(voiceCalls.organizationId, organizationId), condition));
  if ('id' in target) {
    const [found] = await read(eq(voiceCalls.id, target.id));
    if (found === undefined) refuseUnknown('Voice call', target, 'id');
    const call = await lockCall(tx, organizationId, {
      id: found.callId,
      path: target.path,
      label: target.label,
    });
    const [voiceCall] = await read(eq(voiceCalls.id, target.id));
    if (voiceCall === undefined) throw new Error(`voice call ${target.id} vanished under its call's lock`);
    return { call, voiceCall };
  }
  const call = await lockCall(tx, organizationId, target.call);
  const [voiceCall] = await read(eq(voiceCalls.callId, call.id));
  if (voiceCall === undefined)
    refuse('NOT_FOUND', `The call with ${target.call.label} has no voice call`, [...target.path, 'call']);
  return { call, voiceCall };
}

async function saveVoiceCall(
  tx: Transaction,
  { organizationId, id, revision }: VoiceCallRow,
  changes: VoiceCallPatch,
  updatedAt: Date,
): Promise<VoiceCallRow> {
  const [saved] = await tx
    .update(voiceCalls)
    .set({ ...changes, revision: revision + 1, updatedAt })
    .where(and(eq(voiceCalls.organizationId, organizationId), eq(voiceCalls.id, id)))
    .returning();
  if (saved === undefined) throw new Error(`voice call ${id} vanished under its call's lock`);
  return saved;
}

function withoutAbsent(patch: VoiceCallPatch): VoiceCallPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
