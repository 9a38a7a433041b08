import { withPlus } from '../../foundation/phone-numbers.js';
import { spelling } from '../../foundation/spelling.js';
import { RECORDING_KINDS, type RecordingKind } from '../../recordings/recording.enums.js';
import {
  VOICE_CALL_DIRECTIONS,
  VOICE_CALL_STATUSES,
  type VoiceCallDirection,
  type VoiceCallStatus,
} from '../../voice-calls/voice-call.enums.js';
import type { VoiceCallPatch } from '../../voice-calls/voice-call-values.js';
import { memberOf } from '../delivery-parts.js';
import { defined, idIn, instantIn, listIn, numberIn, secondsIn, storable, textIn } from '../record-parts.js';
import { lineIn, recordingsOf, transcriptsOf } from '../recorded-parts.js';
import type { CallRecord, Recorded } from '../vendor-message.js';

const LONGEST_SUMMARY = 65_536;

/** vcita's voice call; null if it has no uid. vcita never shows rate, price, provider and recording_id. */
export function callOfVcita(record: unknown): CallRecord | null {
  const uid = idIn(record, 'uid');
  if (uid === undefined) return null;
  const names = { uid, sourceId: idIn(record, 'source_id'), externalUuid: idIn(record, 'external_uuid') };
  const status = wordIn<VoiceCallStatus>(record, 'status', VOICE_CALL_STATUSES);
  const direction = wordIn<VoiceCallDirection>(record, 'direction', VOICE_CALL_DIRECTIONS);
  const createdAt = instantIn(record, 'created_at');
  const duration = secondsIn(record, 'duration');
  const [from, to] = ['from_number', 'to_number'].map((name) => {
    const number = numberIn(record, name);
    return number === undefined ? undefined : withPlus(number);
  });
  const recording = memberOf(record, 'recording');
  const summary = memberOf(record, 'call_summary');
  return {
    references: Object.entries(names).flatMap(([name, value]) =>
      value === undefined ? [] : [{ system: 'VCITA' as const, name, value }],
    ),
    values: defined({
      direction,
      vendorStatus: textIn(record, 'status'),
      from,
      to,
      duration,
      startedAt: createdAt,
      vendorCreatedAt: createdAt,
      vendorUpdatedAt: instantIn(record, 'updated_at'),
      // Its address is good for a short time, and is asked for when it is heard.
      recordings: recordingsOf('VCITA', [
        {
          vendorId: idIn(recording, 'uid'),
          kind: wordIn<RecordingKind>(recording, 'recording_type', RECORDING_KINDS),
          duration: secondsIn(recording, 'duration'),
        },
      ]),
    }),
    ...(textIn(record, 'transcript_status') === 'DONE' ? { hasTranscript: true } : {}),
    voiceCall: defined({
      ...names,
      staffUid: textIn(record, 'staff_uid'),
      clientUid: textIn(record, 'client_uid'),
      fromNumber: from,
      toNumber: to,
      direction,
      status,
      duration,
      callSummary:
        typeof summary === 'string' ? [...storable(summary)].slice(0, LONGEST_SUMMARY).join('') : undefined,
      externalAppUrl: textIn(record, 'external_app_url'),
      externalAppName: textIn(record, 'external_app_name'),
      handledByStaffUid: textIn(record, 'handled_by_staff_uid'),
    }) as VoiceCallPatch,
  };
}

/** vcita's voiceCallTranscript. */
export function transcriptOfVcita(record: unknown): Recorded {
  const lines = listIn(record, 'transcript').map((each) => lineIn(each, LINE));
  const named = { vendorId: idIn(record, 'transcript_uid'), status: textIn(record, 'status') };
  return defined({ transcripts: transcriptsOf('VCITA', { ...named, lines }) });
}

const LINE = { start: 'timestamp', text: 'text', speaker: 'speaker_role' };

function wordIn<Word extends string>(
  record: unknown,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const key = spelling(textIn(record, name) ?? '');
  return words.find((word) => spelling(word) === key);
}
