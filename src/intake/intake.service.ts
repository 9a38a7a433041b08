import type { CallTarget } from '../calls/call-target.js';
import type { CallRow } from '../db/tables/calls.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import type { EventAdmissions } from '../events/event-admissions.service.js';
import type { Viewer } from '../identity/viewer.js';
import { Refusal } from '../refusal.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';
import { createVoiceCall } from './create-voice-call.js';
import { joinCalls } from './join-calls.js';
import { type UpsertedCall, upsertCalls } from './upsert.js';
import type { UpsertCall } from './upsert-call.js';

/** Everything that makes a call. */
export class IntakeService {
  readonly #admissions: EventAdmissions;

  constructor(admissions: EventAdmissions) {
    this.#admissions = admissions;
  }

  /**
   * Creates the call, or updates the one that has any of the references.
   * Refuses with REFERENCE_CONFLICT, NOT_FOUND and INVALID (the parent) and LIMIT_EXCEEDED (the metadata).
   */
  upsertCall(viewer: Viewer, input: UpsertCall): Promise<UpsertedCall> {
    return this.#admissions.transaction(viewer, async (tx, step) => {
      const [outcome] = await upsertCalls(tx, viewer, [input], step);
      if (outcome === undefined) throw new Error('one item has one outcome');
      if (outcome instanceof Refusal) throw outcome;
      return outcome;
    });
  }

  /** The same for several items in one transaction: each is refused by itself, with what it would be refused alone. */
  upsertCalls(viewer: Viewer, inputs: UpsertCall[]): Promise<(UpsertedCall | Refusal)[]> {
    return this.#admissions.transaction(viewer, (tx, step) => upsertCalls(tx, viewer, inputs, step));
  }

  /**
   * Makes two records of one real call one, and answers with the call.
   * @throws Forbidden by the STAFF rule
   */
  joinCalls(viewer: Viewer, call: CallTarget, duplicate: CallTarget): Promise<CallRow> {
    return this.#admissions.transaction(viewer, (tx, step) => joinCalls(tx, viewer, call, duplicate, step));
  }

  /** Creates the voice call of a call, and the call too if nobody told of it before. */
  createVoiceCall(viewer: Viewer, target: CallTarget | null, input: NewVoiceCall): Promise<VoiceCallRow> {
    return this.#admissions.transaction(viewer, (tx, step) =>
      createVoiceCall(tx, viewer, target, input, step),
    );
  }
}
