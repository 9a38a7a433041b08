import type { CallTarget } from '../calls/reference/call-target.values.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import type { EventAdmissions } from '../events/event-admissions.service.js';
import { Refusal } from '../foundation/refusal.js';
import type { Viewer } from '../identity/viewer.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';
import { createVoiceCall } from './create-voice-call.js';
import { type JoinedCalls, joinCalls } from './join/join-calls.js';
import type { UpsertedCall } from './upsert/plan-upsert.js';
import { type GivenUpdate, updateCall } from './upsert/update-call.js';
import { upsertCalls } from './upsert/upsert.js';
import type { UpsertCall } from './upsert/upsert-call.js';

export class IntakeService {
  readonly #admissions: EventAdmissions;

  constructor(admissions: EventAdmissions) {
    this.#admissions = admissions;
  }

  /** @throws Refusal REFERENCE_CONFLICT, NOT_FOUND or INVALID (the parent), LIMIT_EXCEEDED (the metadata) */
  upsertCall(viewer: Viewer, input: UpsertCall): Promise<UpsertedCall> {
    return this.#admissions.transaction(viewer, async (tx, step) => {
      const [outcome] = await upsertCalls(tx, viewer, [input], step);
      if (outcome === undefined) throw new Error('one item has one outcome');
      if (outcome instanceof Refusal) throw outcome;
      return outcome;
    });
  }

  /** `alongside` is written in the same transaction; what it throws rolls back all. */
  upsertCalls(
    viewer: Viewer,
    inputs: UpsertCall[],
    alongside?: (tx: Transaction, outcomes: (UpsertedCall | Refusal)[]) => Promise<void>,
  ): Promise<(UpsertedCall | Refusal)[]> {
    return this.#admissions.transaction(viewer, async (tx, step) => {
      const outcomes = await upsertCalls(tx, viewer, inputs, step);
      await alongside?.(tx, outcomes);
      return outcomes;
    });
  }

  /** @throws Refusal NOT_FOUND, REVISION_CONFLICT (with the call), REFERENCE_CONFLICT, LIMIT_EXCEEDED (the tags) */
  updateCall(viewer: Viewer, target: CallTarget, update: GivenUpdate): Promise<CallRow> {
    return this.#admissions.transaction(viewer, (tx, step) => updateCall(tx, viewer, target, update, step));
  }

  /**
   * @throws Refusal NOT_FOUND, INVALID, ALREADY_EXISTS
   * @throws Forbidden for a STAFF key, unless every voice call is its own
   */
  joinCalls(viewer: Viewer, call: CallTarget, duplicate: CallTarget): Promise<JoinedCalls> {
    return this.#admissions.transaction(viewer, (tx, step) => joinCalls(tx, viewer, call, duplicate, step));
  }

  createVoiceCall(viewer: Viewer, target: CallTarget | null, input: NewVoiceCall): Promise<VoiceCallRow> {
    return this.#admissions.transaction(viewer, (tx, step) =>
      createVoiceCall(tx, viewer, target, input, step),
    );
  }
}
