import { withCustomerNumber } from '../calls/call-fields.js';
import { timesOfChange } from '../calls/field-times.js';
import { combined, difference } from '../changes/change-log.js';
import type { Database } from '../db/database.js';
import { inColumns } from '../db/insert-rows.js';
import { calls } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { EventAdmissions } from '../events/event-admissions.service.js';
import { newUuid } from '../foundation/new-id.js';
import type { Refusal } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { patchVoiceCalls, type VoiceCallPatchItem } from './patch-voice-calls.js';
import { referencesOfVoiceCall, voiceCallDifference } from './voice-call.store.js';
import { changeUnderLock, mayMatchEvent, planChange, type RequestedChange } from './voice-call-change.js';
import { FOLLOWING, lookupKey, voiceCallSaveQueries } from './voice-call-save.queries.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch, VoiceCallReplacement } from './voice-call-values.js';

export class VoiceCallService {
  readonly #database: Database;
  readonly #queries: ReturnType<typeof voiceCallSaveQueries>;

  readonly #admissions: EventAdmissions;

  constructor(database: Database, admissions: EventAdmissions) {
    this.#database = database;
    this.#admissions = admissions;
    this.#queries = voiceCallSaveQueries(database.db);
  }

  /**
   * @throws Refusal NOT_FOUND, REVISION_CONFLICT (with the current record), REFERENCE_CONFLICT
   * @throws Forbidden for a STAFF key, unless the record is its own before and after
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

  /**
   * In order, each as `patch` does.
   * @throws Forbidden for a STAFF key, unless each record is its own before and after
   */
  patchAll(viewer: Viewer, items: VoiceCallPatchItem[]): Promise<({ voiceCall: VoiceCallRow } | Refusal)[]> {
    const requested = items.map((item) => ({ ...item, patch: withoutAbsent(item.patch) }));
    return this.#admissions.transaction(viewer, (tx, step) => patchVoiceCalls(tx, viewer, requested, step));
  }

  async patch(
    viewer: Viewer,
    target: VoiceCallTarget,
    patch: VoiceCallPatch,
    expectedRevision: number | null,
  ): Promise<VoiceCallRow> {
    const requested = { patch: withoutAbsent(patch), expectedRevision, path: [] };
    return (
      (await this.#changeUnlocked(viewer, target, requested)) ??
      this.#admissions.transaction(viewer, (tx, step) => changeUnderLock(tx, viewer, target, requested, step))
    );
  }

  /**
   * Writes only if the call still has the revision that was read. Null, with nothing written, if another write came
   * first or locks are needed: to add a reference, or to find out that there is no such call.
   */
  async #changeUnlocked(
    viewer: Viewer,
    target: VoiceCallTarget,
    requested: RequestedChange,
  ): Promise<VoiceCallRow | null> {
    const state = await this.#find(viewer, target, requested.patch);
    if (state === undefined || state.call.joinedInto !== null) return null;
    const { call, voiceCall } = state;
    const plan = planChange(viewer, state, requested);
    if (plan === null) return voiceCall;
    if (plan.added.length > 0) return null;
    const record = { ...voiceCall, ...plan.changes };
    const followed = withCustomerNumber({ ...call, ...plan.values });
    const { oldValues, newValues } = combined(
      voiceCallDifference(voiceCall, record),
      difference(call, followed, FOLLOWING),
    );
    const { direction, status, vendorStatus, from, to, originator, receiver, duration } = followed;
    const { metadataMaxBytes, metadataMaxDepth } = this.#admissions.limits;
    const fieldTimes = timesOfChange(call, plan.values);
    const columns = { direction, status, vendorStatus, from, to, originator, receiver, duration, fieldTimes };
    const values = {
      organization: viewer.organization.id,
      call: call.id,
      revision: call.revision,
      voiceCall: voiceCall.id,
      followed: JSON.stringify(inColumns(calls, columns)),
      record: JSON.stringify(inColumns(voiceCalls, record)),
      isRecord: Object.keys(plan.changes).length > 0,
      isSought: mayMatchEvent(call, followed),
      maxBytes: metadataMaxBytes,
      maxDepth: metadataMaxDepth,
      change: newUuid(),
      actor: actorOf(viewer),
      oldValues: JSON.stringify(oldValues),
      newValues: JSON.stringify(newValues),
    };
    const [saved] = await this.#database.statement(() => this.#queries.save.execute(values), viewer.account);
    if (saved === undefined) return null;
    const { hasMore, ...stamps } = saved;
    if (hasMore) this.#admissions.continue(viewer.organization.id);
    return { ...record, ...stamps };
  }

  async #find({ account }: Viewer, target: VoiceCallTarget, given: VoiceCallPatch) {
    const { findById, findByCallId } = this.#queries;
    const names = Object.fromEntries(referencesOfVoiceCall(given).map(({ name, value }) => [name, value]));
    const found = async (find: typeof findById, id: string) => {
      const key = lookupKey(id, names);
      return (await find(account, [key])).get(key);
    };
    if ('id' in target) return found(findById, target.id);
    return 'id' in target.call ? found(findByCallId, target.call.id) : undefined;
  }
}

function withoutAbsent(patch: VoiceCallPatch): VoiceCallPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
