import type { CallTarget } from '../calls/call-target.js';
import type { Database } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import type { Viewer } from '../identity/viewer.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';
import { createVoiceCall } from './create-voice-call.js';
import { upsertCall } from './upsert.js';
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
  upsertCall(viewer: Viewer, input: UpsertCall): Promise<{ call: CallRow; created: boolean }> {
    return this.#database.transaction((tx) => upsertCall(tx, viewer, input, this.#limits));
  }

  /** Creates the voice call of a call, and the call too if nobody told of it before. */
  createVoiceCall(viewer: Viewer, target: CallTarget | null, input: NewVoiceCall): Promise<VoiceCallRow> {
    return this.#database.transaction((tx) => createVoiceCall(tx, viewer, target, input));
  }
}
