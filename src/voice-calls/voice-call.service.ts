import { withCustomerNumber } from '../calls/call-fields.js';
import { combined, difference } from '../changes/change-log.js';
import type { Database } from '../db/database.js';
import { inColumns } from '../db/insert-rows.js';
import { newUuid } from '../db/new-id.js';
import { calls } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { EventAdmissions } from '../events/event-admissions.service.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { referencesOfVoiceCall, voiceCallDifference } from './voice-call.store.js';
import { changeUnderLock, isSought, planChange, type WantedChange } from './voice-call-change.js';
import { FOLLOWING, lookKey, voiceCallSaveQueries } from './voice-call-save.queries.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch, VoiceCallReplacement } from './voice-call-values.js';

/** Changes vcita's business record of a call; the call follows. Creating one is the intake's. */
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
      this.#admissions.transaction(viewer, (tx, step) => changeUnderLock(tx, viewer, target, wanted, step))
    );
  }

  /**
   * Reads without locks, and writes only if the call is still at the revision that was read: two round trips. Null, and
   * nothing written, where somebody was faster, and where locks are needed: to add a reference, or to find out that there
   * is no such call. What waits for a value that the call gets is let in by the same write.
   */
  async #changeUnlocked(
    viewer: Viewer,
    target: VoiceCallTarget,
    wanted: WantedChange,
  ): Promise<VoiceCallRow | null> {
    const seen = await this.#look(viewer, target, wanted.given);
    if (seen === undefined || seen.call.joinedInto !== null) return null;
    const { call, voiceCall } = seen;
    const plan = planChange(viewer, seen, wanted);
    if (plan === null) return voiceCall;
    if (plan.added.length > 0) return null;
    const record = { ...voiceCall, ...plan.changes };
    const followed = withCustomerNumber({ ...call, ...plan.values });
    const { oldValues, newValues } = combined(
      voiceCallDifference(voiceCall, record),
      difference(call, followed, FOLLOWING),
    );
    const { direction, status, vendorStatus, from, to, duration } = followed;
    const { metadataMaxBytes, metadataMaxDepth } = this.#admissions.limits;
    const columns = { direction, status, vendorStatus, from, to, duration };
    const values = {
      organization: viewer.organization.id,
      call: call.id,
      revision: call.revision,
      voiceCall: voiceCall.id,
      followed: JSON.stringify(inColumns(calls, columns)),
      record: JSON.stringify(inColumns(voiceCalls, record)),
      isRecord: Object.keys(plan.changes).length > 0,
      isSought: isSought(call, followed),
      maxBytes: metadataMaxBytes,
      maxDepth: metadataMaxDepth,
      change: newUuid(),
      actor: actorOf(viewer),
      oldValues: JSON.stringify(oldValues),
      newValues: JSON.stringify(newValues),
    };
    const [saved] = await this.#database.statement(() => this.#queries.save.execute(values), viewer.account);
    if (saved === undefined) return null;
    const { isLeft, ...stamps } = saved;
    if (isLeft) this.#admissions.continue(viewer.organization.id);
    return { ...record, ...stamps };
  }

  async #look({ account }: Viewer, target: VoiceCallTarget, given: VoiceCallPatch) {
    const { lookById, lookByCallId } = this.#queries;
    const names = Object.fromEntries(referencesOfVoiceCall(given).map(({ name, value }) => [name, value]));
    const found = async (look: typeof lookById, id: string) => {
      const key = lookKey(id, names);
      return (await look(account, [key])).get(key);
    };
    if ('id' in target) return found(lookById, target.id);
    return 'id' in target.call ? found(lookByCallId, target.call.id) : undefined;
  }
}

function withoutAbsent(patch: VoiceCallPatch): VoiceCallPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
