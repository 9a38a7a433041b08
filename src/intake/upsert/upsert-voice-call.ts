import { differing } from '../../calls/call-fields.js';
import type { NewChange } from '../../changes/change-log.js';
import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import { newId } from '../../foundation/new-id.js';
import { voiceCallDifference } from '../../voice-calls/voice-call.store.js';
import { VOICE_CALL_FIELDS, type VoiceCallPatch } from '../../voice-calls/voice-call-values.js';
import type { Drafts } from './call-drafts.js';
import type { Lateness } from './lateness.js';

export interface PlannedVoiceCall {
  /** Null if nothing of it changes. */
  row: VoiceCallRow | null;
  changes: Omit<NewChange, 'actor'>[];
  /** What a new voice call lacks, and so was not created. */
  missing: readonly string[];
}

const NOTHING: PlannedVoiceCall = { row: null, changes: [], missing: [] };

/** What a new voice call cannot do without, as far as vcita shows it. */
const REQUIRED = [
  ...['staffUid', 'clientUid', 'fromNumber', 'toNumber'],
  ...['direction', 'status', 'sourceId', 'externalUuid'],
] as (keyof VoiceCallPatch)[];

/** Of a vendor's record. The call's own fields do not follow: the record's are among what is upserted. */
export function planVoiceCall(
  { voiceCalls: known, ownVoiceCallFields, organizationId, now }: Drafts,
  callId: string,
  given: VoiceCallPatch | undefined,
  { isLate, mayUndo }: Lateness,
): PlannedVoiceCall {
  if (given === undefined || isLate) return NOTHING;
  const before = known.get(callId) ?? null;
  const own = ownVoiceCallFields.get(callId);
  const mayReplace = ([field]: [string, unknown]) => {
    const at = own?.get(field);
    return at === undefined || mayUndo(at);
  };
  const patch: VoiceCallPatch = Object.fromEntries(Object.entries(given).filter(mayReplace));
  const missing = before === null ? REQUIRED.filter((name) => !patch[name]) : [];
  if (missing.length > 0) return { ...NOTHING, missing };
  if (before !== null && Object.keys(differing<VoiceCallRow>(before, patch)).length === 0) return NOTHING;
  const row = { ...(before ?? { ...BLANK, ...newId(), organizationId, callId }), ...patch } as VoiceCallRow;
  const after = { ...row, revision: row.revision + 1, updatedAt: now };
  const kind = before === null ? 'VOICE_CALL_CREATED' : 'VOICE_CALL_UPDATED';
  return { row: after, changes: [{ kind, ...voiceCallDifference(before, after) }], missing };
}

const BLANK = {
  ...Object.fromEntries(VOICE_CALL_FIELDS.map((field) => [field, null])),
  provider: 'VONAGE',
  revision: 0,
};
