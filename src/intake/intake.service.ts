import type { CallTarget } from '../calls/call-target.js';
import type { Database, Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import { type Admitted, writtenInSteps } from '../events/waiting-event.store.js';
import type { Viewer } from '../identity/viewer.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import { Refusal } from '../refusal.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';
import { createVoiceCall } from './create-voice-call.js';
import { joinCalls } from './join-calls.js';
import { type UpsertedCall, upsertCalls } from './upsert.js';
import type { UpsertCall } from './upsert-call.js';

/** Everything that makes a call. */
export class IntakeService {
  readonly #database: Database;
  readonly #limits: MetadataLimits;

  constructor(database: Database, limits: MetadataLimits) {
    this.#database = database;
    this.#limits = limits;
  }

  /**
   * Creates the call, or updates the one that has any of the references.
   * Refuses with REFERENCE_CONFLICT, NOT_FOUND and INVALID (the parent) and LIMIT_EXCEEDED (the metadata).
   */
  upsertCall(viewer: Viewer, input: UpsertCall): Promise<UpsertedCall> {
    return this.#write(viewer, async (tx) => {
      const { written, left } = await upsertCalls(tx, viewer, [input], this.#limits);
      const [outcome] = written;
      if (outcome === undefined) throw new Error('one item has one outcome');
      if (outcome instanceof Refusal) throw outcome;
      return { written: outcome, left };
    });
  }

  /** The same for several items in one transaction: each is refused by itself, with what it would be refused alone. */
  upsertCalls(viewer: Viewer, inputs: UpsertCall[]): Promise<(UpsertedCall | Refusal)[]> {
    return this.#write(viewer, (tx) => upsertCalls(tx, viewer, inputs, this.#limits));
  }

  /**
   * Makes two records of one real call one, and answers with the call.
   * @throws Forbidden by the STAFF rule
   */
  joinCalls(viewer: Viewer, call: CallTarget, duplicate: CallTarget): Promise<CallRow> {
    return this.#write(viewer, (tx) => joinCalls(tx, viewer, call, duplicate, this.#limits));
  }

  /** Creates the voice call of a call, and the call too if nobody told of it before. */
  createVoiceCall(viewer: Viewer, target: CallTarget | null, input: NewVoiceCall): Promise<VoiceCallRow> {
    return this.#write(viewer, (tx) => createVoiceCall(tx, viewer, target, input, this.#limits));
  }

  #write<T>(viewer: Viewer, write: (tx: Transaction) => Promise<Admitted<T>>): Promise<T> {
    return writtenInSteps(this.#database, viewer, this.#limits.metadataMaxBytes, write);
  }
}
