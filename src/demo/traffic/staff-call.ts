import type { CallReference } from '../../calls/reference/call-reference.type.js';
import type { PatchVoiceCallInput } from '../../voice-calls/update-voice-call.input.js';
import type { VoiceCallStatus } from '../../voice-calls/voice-call.enums.js';
import { recordSession } from './analysed-call.js';
import { voicemail } from './recorded.js';
import { type Story, whole } from './story.js';
import type { Given } from './write.js';

export type StaffOutcome = 'answered' | 'missed' | 'voicemail' | 'provider';

export interface StaffCall {
  /** Seconds from the story's begin. */
  begin?: number;
  direction?: 'INBOUND' | 'OUTBOUND';
  outcome?: StaffOutcome;
  /** Names that other vendors have for the same call. */
  references?: CallReference[];
  parent?: CallReference;
  group?: { kind: string; key: string };
  isRecorded?: boolean;
}

/** By currency, for a minute. */
const RATES: Readonly<Record<string, number>> = { USD: 0.05, GBP: 0.04, EUR: 0.045 };

/** A call that rings at a member of the staff: vcita's voice call. Returns where it ends, in seconds. */
export function staffCall(
  story: Story,
  {
    begin = 0,
    direction = 'INBOUND',
    outcome = 'answered',
    references = [],
    parent,
    group,
    isRecorded = false,
  }: StaffCall,
): { end: number; reference: CallReference } {
  const { client, staff, random } = story;
  const { line } = client;
  const reference: CallReference = { system: 'VCITA', name: 'uid', value: story.uuid() };
  const known = { call: { reference } };
  const [from, to] = direction === 'INBOUND' ? [client.number, line.number] : [line.number, client.number];
  const rate = RATES[line.currency] ?? 0.05;
  const ring = outcome === 'answered' ? story.lasts(9) : story.lasts(24, 0.2);
  const talk = outcome === 'answered' ? story.lasts(190) : outcome === 'missed' ? 0 : story.lasts(22);
  const answeredAt = begin + ring;
  const end = answeredAt + talk;
  story.call(reference, begin, end);
  story.write(begin, {
    kind: 'upsert',
    by: 'vcita',
    input: {
      references: [reference, ...references],
      ...{ direction, from, to, ringingAt: story.at(begin) },
      vendorStatus: direction === 'INBOUND' ? 'INCOMING_CALL' : 'ringing',
      ...(parent !== undefined && { parent: { reference: parent } }),
      ...(group !== undefined && { groups: [group] }),
    },
  });
  const voiceCall = (status: VoiceCallStatus) => ({
    kind: 'voiceCall' as const,
    by: 'vcita' as const,
    input: {
      ...known,
      input: {
        uid: reference.value,
        ...{ staffUid: staff.staffUid, clientUid: client.clientUid, fromNumber: from, toNumber: to },
        ...{ direction, status, rate: rate.toFixed(3), provider: 'VONAGE' as const },
        ...{ sourceId: `CON-${story.uuid()}`, externalUuid: story.uuid() },
      },
    },
  });
  const patch = (at: number, input: Given<PatchVoiceCallInput>) =>
    story.write(at, { kind: 'patch', by: 'vcita', input: { voiceCall: known, input } });
  if (direction === 'INBOUND') story.write(begin, voiceCall('INCOMING_CALL'));
  if (outcome === 'missed') {
    if (direction === 'OUTBOUND') story.write(end, voiceCall('MISSED'));
    else patch(end, { status: 'MISSED' });
    story.write(end, {
      kind: 'upsert',
      by: 'vcita',
      input: { references: [reference], endedAt: story.at(end), tags: ['missed'] },
    });
    return { end, reference };
  }
  const answered = ANSWERED[outcome];
  const handled = outcome === 'answered' ? { handledByStaffUid: staff.staffUid } : {};
  if (direction === 'OUTBOUND') story.write(answeredAt, voiceCall(answered));
  else patch(answeredAt, { status: answered, ...handled });
  story.write(answeredAt, {
    kind: 'upsert',
    by: 'vcita',
    input: { references: [reference], startedAt: story.at(answeredAt), answeredAt: story.at(answeredAt) },
  });
  const recordingId = story.uuid();
  const isVoicemail = outcome === 'voicemail';
  patch(end, {
    duration: whole(talk),
    price: story.price(talk, rate, 2),
    recordingId,
    ...(outcome === 'answered' && {
      callSummary: story.say(story.topic.summary),
      externalAppUrl: `https://app.example.com/calls/${reference.value}`,
      externalAppName: 'Brightwater desk',
    }),
  });
  story.write(end, {
    kind: 'upsert',
    by: 'vcita',
    input: {
      references: [reference],
      endedAt: story.at(end),
      cost: { currency: line.currency, total: story.price(talk, rate), telephony: story.price(talk, rate) },
      tags: [isVoicemail ? 'voicemail' : story.topic.tag, ...(random.chance(0.08) ? ['vip'] : [])],
      recordings: [
        {
          ...{
            system: 'VCITA',
            vendorId: recordingId,
            kind: isVoicemail ? 'VOICEMAIL' : 'CALL',
            status: 'DONE',
          },
          ...{ duration: whole(talk), format: 'wav', createdAt: story.at(end) },
        },
      ],
      ...(isVoicemail && { transcripts: [voicemail(story, 'VCITA', talk)] }),
    },
  });
  if (isRecorded) recordSession(story, { reference, begin: answeredAt, end });
  return { end, reference };
}

const ANSWERED: Record<Exclude<StaffOutcome, 'missed'>, VoiceCallStatus> = {
  answered: 'ANSWERED_BY_STAFF',
  provider: 'ANSWERED_BY_CALLS_PROVIDER',
  voicemail: 'VOICEMAIL',
};

/** Of vcita's books alone: a call that others have carried. `begin` and `end` are seconds from the story's begin. */
export function bookedCall(
  story: Story,
  call: { reference: CallReference; begin: number; end: number },
): void {
  const { client, staff, topic } = story;
  const { reference, begin, end } = call;
  const uid = story.uuid();
  const voiceCall = { call: { reference } };
  const rate = RATES[client.line.currency] ?? 0.05;
  story.write(begin, {
    kind: 'voiceCall',
    by: 'vcita',
    input: {
      ...voiceCall,
      input: {
        ...{ uid, staffUid: staff.staffUid, clientUid: client.clientUid },
        ...{ fromNumber: client.number, toNumber: client.line.number, direction: 'INBOUND' },
        ...{ status: 'ANSWERED_BY_CALLS_PROVIDER', rate: rate.toFixed(3), provider: 'VONAGE' },
        ...{ sourceId: `CON-${story.uuid()}`, externalUuid: story.uuid() },
      },
    },
  });
  story.write(end, {
    kind: 'patch',
    by: 'vcita',
    input: {
      voiceCall,
      input: {
        duration: whole(end - begin),
        price: story.price(end - begin, rate, 2),
        callSummary: story.say(topic.summary),
        externalAppUrl: `https://app.example.com/calls/${uid}`,
        externalAppName: 'Brightwater desk',
      },
    },
  });
}
