import type { DraftedFlow } from '../../call-flows/call-flow.store.js';
import type { GroupRow } from '../../calls/group/call-group.store.js';
import { referenceKey } from '../../calls/reference/call-reference.store.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { DraftedChange } from '../../changes/change-log.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { RecordingRow } from '../../db/tables/recordings.js';
import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import type { NewTranscript, StoredRecorded } from '../../recordings/recorded-plan.js';
import type { OwnVoiceCallFields } from './own-voice-call-fields.js';
import type { RecordTime } from './record-time.js';
import type { OthersMembers } from './vendor-record.js';

type Nullable<T> = { [Key in keyof T]: T[Key] | null };

export interface CallDraft {
  readonly isNew: boolean;
  readonly call: CallRow;
  readonly references: readonly ReferenceValue[];
  readonly groups: readonly GroupRow[];
}

export interface Drafts {
  readonly organizationId: string;
  readonly actor: string;
  /** The vendor account whose connector writes. */
  readonly accountId: string | null;
  /** Read after all locks are held. */
  readonly now: Date;
  readonly arrivals: Iterator<string>;
  readonly calls: Map<string, CallDraft>;
  /** Call id by referenceKey, for every known reference that an item names. */
  readonly owners: Map<string, string>;
  readonly groups: Map<string, GroupRow>;
  /** By call id, from every parent that an item names up to the root. */
  readonly parentIds: Map<string, string | null>;
  /** Call id by the id of a joined record that an item names as a parent. */
  readonly joined: Map<string, string>;
  readonly othersMembers: OthersMembers;
  /** By referenceKey, of the references of all these calls. */
  readonly recordTimes: Map<string, RecordTime>;
  /** By call, where an item has one. */
  readonly voiceCalls: Map<string, VoiceCallRow>;
  readonly ownVoiceCallFields: OwnVoiceCallFields;
  readonly recorded: StoredRecorded;
  /** By call, oldest first: those that a vendor's report may be about. */
  readonly flows: Map<string, DraftedFlow[]>;
  readonly writes: {
    changed: Set<string>;
    fields: Set<keyof CallRow>;
    references: (ReferenceValue & Nullable<RecordTime> & { callId: string; accountId: string | null })[];
    /** By referenceKey, of references that are known. */
    recordTimes: Map<string, ReferenceValue & RecordTime>;
    /** Calls whose field times change. */
    retimed: Set<string>;
    members: { callId: string; groupId: string }[];
    /** Groups that a call leaves. */
    left: { callId: string; groupId: string }[];
    /** New ones, and those of which only the progress changes; by id. */
    flows: Map<string, DraftedFlow>;
    progressed: Map<string, DraftedFlow>;
    /** By id: of two versions in a batch the last one is written. */
    recordings: Map<string, RecordingRow>;
    transcripts: Map<string, NewTranscript>;
    voiceCalls: Map<string, VoiceCallRow>;
    changes: DraftedChange[];
  };
}

export function putDraft(drafts: Drafts, next: CallDraft): void {
  const before = drafts.calls.get(next.call.id);
  drafts.calls.set(next.call.id, next);
  drafts.writes.changed.add(next.call.id);
  if (next.isNew || before === undefined) return;
  for (const field of Object.keys(next.call) as (keyof CallRow)[]) {
    if (field !== 'customerNumber' && next.call[field] !== before.call[field])
      drafts.writes.fields.add(field);
  }
}

export function parentIdOf(drafts: Drafts, id: string): string | null {
  const draft = drafts.calls.get(id);
  return draft === undefined ? (drafts.parentIds.get(id) ?? null) : draft.call.parentId;
}

export function isSelfOrAncestor(drafts: Drafts, id: string, from: string | null): boolean {
  for (let each = from; each !== null; each = parentIdOf(drafts, each)) {
    if (each === id) return true;
  }
  return false;
}

export function awaitedKey({ parentSystem, parentName, parentValue }: CallRow): string | null {
  if (parentSystem === null || parentName === null || parentValue === null) return null;
  return referenceKey({ system: parentSystem, name: parentName, value: parentValue });
}
