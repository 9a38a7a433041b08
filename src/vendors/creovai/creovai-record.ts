import type { CallDirection } from '../../calls/call.enums.js';
import { spelling } from '../../foundation/spelling.js';
import type { TranscriptSpeaker } from '../../recordings/recording.enums.js';
import {
  defined,
  flagIn,
  idIn,
  instantIn,
  listIn,
  numberIn,
  objectIn,
  secondsIn,
  storableJson,
  textIn,
} from '../record-parts.js';
import { lineIn, recordingsOf, transcriptsOf } from '../recorded-parts.js';
import type { CallRecord, Recorded } from '../vendor-message.js';

/** Creovai's interaction; null if it has no session. */
export function callOfCreovai(record: unknown): CallRecord | null {
  const sessionId = idIn(record, 'sessionId');
  if (sessionId === undefined) return null;
  const direction = DIRECTIONS[spelling(textIn(record, 'direction') ?? '')];
  const groups = Object.entries(GROUPS).flatMap(([member, kind]) => {
    const key = idIn(record, member);
    return key === undefined ? [] : [{ kind, key }];
  });
  const metadata = objectIn(record, 'metadata');
  const endedAt = instantIn(record, 'utcEnd');
  return {
    references: [{ system: 'CREOVAI', name: 'sessionId', value: sessionId }],
    values: defined({
      direction,
      ...numbersOf(record, direction),
      // It sends what it has analysed, which is over.
      status: endedAt === undefined ? undefined : ('COMPLETED' as const),
      duration: secondsIn(record, 'durationMs', 1_000),
      startedAt: instantIn(record, 'utcStart'),
      endedAt,
      groups: groups.length === 0 ? undefined : groups,
      metadata: metadata && (storableJson(metadata) as Record<string, unknown>),
      vendorUpdatedAt: instantIn(record, 'lastUpdatedUtc'),
      ...recordedIn(record),
    }),
  };
}

const LINE = { start: 'startMs', end: 'endMs', unit: 1_000, text: 'text' };

/** An interaction has one recording and one transcript, which go by its own id. */
function recordedIn(record: unknown): Recorded {
  const vendorId = idIn(record, 'id');
  if (vendorId === undefined) return {};
  const duration = secondsIn(record, 'durationMs', 1_000);
  const recording = { vendorId, duration, format: 'mp3', createdAt: instantIn(record, 'utcEnd') };
  const lines = listIn(record, 'participants').flatMap((participant) => {
    const isInternal = flagIn(participant, 'isInternal');
    const speaker = isInternal === undefined ? 'UNKNOWN' : isInternal ? 'AGENT' : 'CUSTOMER';
    const speakerName = nameOf(participant);
    return listIn(participant, 'utterances').map((each) => {
      const line = lineIn(each, LINE);
      return line && { ...line, speaker: speaker as TranscriptSpeaker, speakerName };
    });
  });
  return {
    recordings: recordingsOf('CREOVAI', [recording]),
    transcripts: transcriptsOf('CREOVAI', { vendorId, lines }),
  };
}

function nameOf(participant: unknown): string | null {
  const names = ['firstName', 'lastName'].flatMap((name) => textIn(participant, name) ?? []);
  return names.length === 0 ? (textIn(participant, 'email') ?? null) : names.join(' ');
}

const DIRECTIONS: Readonly<Record<string, CallDirection | undefined>> = Object.assign(Object.create(null), {
  inbound: 'INBOUND',
  outbound: 'OUTBOUND',
  internal: 'INTERNAL',
});

/** The kinds of groups that name several sessions, as events to Creovai do. */
const GROUPS = { masterId: 'master', caseReferenceId: 'case', collectionId: 'collection' } as const;

function numbersOf(record: unknown, direction: CallDirection | undefined) {
  const participants = listIn(record, 'participants');
  const numberOf = (isInternal: boolean) =>
    participants
      .filter((each) => flagIn(each, 'isInternal') === isInternal)
      .map((each) => numberIn(each, 'phoneNumber'))
      .find((number) => number !== undefined);
  const dialed = numberIn(record, 'numberDialed');
  if (direction === 'INBOUND') return { from: numberOf(false), to: dialed ?? numberOf(true) };
  if (direction === 'OUTBOUND') return { from: numberOf(true), to: dialed ?? numberOf(false) };
  return { to: dialed };
}
