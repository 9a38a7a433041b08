import { createVoiceCall, mergeCallMetadata, patchVoiceCall, upsertCall } from '../../support/documents.js';
import type { Answer, Client } from '../../support/gateway.js';
import type { FakeBurki } from '../../support/vendors/burki.js';

type Data = Answer['data'];

export const VOICE_CALL = {
  staffUid: 'staff-kim',
  clientUid: 'client-ana',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'MISSED',
  rate: '0.05',
  price: '1.50',
  provider: 'VONAGE',
  sourceId: 'source-1',
  externalUuid: 'external-1',
  duration: 120,
  callSummary: 'Asked about the balance of the account',
  externalAppUrl: 'https://app.example.com/calls/1',
  externalAppName: 'Desk',
  recordingId: 'recording-1',
};

const LINES = [
  { start: 0, end: 1, speaker: 'AGENT', speakerName: 'ServiceBot', text: 'Good morning, how can I help?' },
  { start: 1, end: 2, speaker: 'CUSTOMER', text: 'I would like to know the balance of my account.' },
  { start: 2, end: 3, speaker: 'AGENT', speakerName: 'ServiceBot', text: 'One moment, please.' },
  { start: 3, end: 4, speaker: 'CUSTOMER', text: 'Thank you.' },
];

/** Four seconds of a low tone, which every browser plays. */
export function tone(seconds = 4): Buffer {
  const rate = 8_000;
  const samples = Buffer.alloc(rate * seconds, 128);
  for (let at = 0; at < samples.length; at++) samples[at] = 128 + Math.round(20 * Math.sin(at / 12));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

const bird = (value: string) => ({ system: 'BIRD', name: 'id', value });

/** A call that four vendors know, with all that belongs to one. */
export async function givenKnownCall(client: Client, burki: FakeBurki): Promise<Data> {
  burki.add({ id: 7 });
  burki.recordings.set(70, { callId: 7, bytes: tone(), type: 'audio/wav' });
  const parent = await accepted(client, {
    references: [bird('parent')],
    from: '+351910648518',
    to: '+4930123456',
  });
  const call = await accepted(client, {
    references: [
      { system: 'BURKI', name: 'id', value: '7' },
      bird('main'),
      { system: 'CREOVAI', name: 'sessionId', value: 'session-7' },
    ],
    from: '+14155550148',
    to: '+14155550901',
    direction: 'INBOUND',
    vendorStatus: 'completed',
    type: 'pstn',
    duration: 120,
    startedAt: '2026-03-01T10:00:00Z',
    answeredAt: '2026-03-01T10:00:05Z',
    endedAt: '2026-03-01T10:02:05Z',
    assistant: { assistantId: '123', name: 'ServiceBot' },
    channelId: 'channel-1',
    tags: ['sales', 'vip'],
    originator: { number: { number: '+14155550148', callerIdName: 'Ana B', countryIsoCode: 'US' } },
    cost: { total: '0.05', llm: '0.02', tts: '0.01', stt: '0.01', telephony: '0.01' },
    metadata: { customer: { name: 'Ana', tier: 'silver' }, score: 4, callback: true },
    groups: [{ kind: 'case', key: '4711' }],
    parent: { id: parent.id },
    callFlow: [{ answer: {} }, { say: { text: 'Good morning', locale: 'en-GB' } }, { hangup: {} }],
    recordings: [{ system: 'BURKI', vendorId: '70', duration: 4, format: 'wav' }],
    transcripts: [
      {
        system: 'BURKI',
        vendorId: '71',
        language: 'en-GB',
        lines: LINES,
        summary: 'The balance of the account',
      },
      { system: 'CREOVAI', vendorId: 't-1', language: 'en-US', lines: LINES.slice(0, 2) },
    ],
  });
  await accepted(client, {
    references: [bird('child')],
    from: '+14155550901',
    to: '+15550000',
    parent: { id: call.id },
  });
  const locator = { id: call.id };
  await createVoiceCall(client, { call: locator, input: VOICE_CALL });
  await mergeCallMetadata(client, { call: locator, metadata: { customer: { tier: 'gold' }, score: 5 } });
  for (const [eventId, eventTime, metadata] of [
    ['crm-0', '2018-10-15T09:00:00Z', { stage: 'open' }],
    ['crm-2', '2018-10-15T09:05:00Z', { stage: 'closed', agent: 'Kim' }],
    ['crm-1', '2018-10-15T09:01:00Z', { stage: 'talking', queue: 'billing' }],
  ] as const) {
    await record(client, call.id, { eventId, eventTime, metadata });
  }
  return call;
}

export async function accepted(client: Client, input: object): Promise<Data> {
  const { call, errors } = await upsertCall(client, { ...input });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return call;
}

export const changeVoiceCall = (client: Client, call: string, input: object) =>
  patchVoiceCall(client, { voiceCall: { call: { id: call } }, input });

export const mergeOf = (client: Client, call: string, metadata: object) =>
  mergeCallMetadata(client, { call: { id: call }, metadata });

interface NewEvent {
  eventId: string;
  eventTime: string;
  metadata: object;
}

export async function record(client: Client, call: string, event: NewEvent): Promise<void> {
  const { recordCallEvent } = await client.ask(
    `mutation ($input: RecordCallEventInput!) { recordCallEvent(input: $input) { event { match } errors { message } } }`,
    { input: { target: { call: { id: call } }, ...event } },
  );
  if (recordCallEvent.errors.length > 0) throw new Error(JSON.stringify(recordCallEvent.errors));
}

export async function metadataOf(client: Client, id: string): Promise<Data> {
  const { call } = await client.ask('query ($id: ID!) { call(id: $id) { metadata } }', { id });
  return call.metadata;
}

export async function voiceCallOf(client: Client, id: string): Promise<Data> {
  const { call } = await client.ask(
    'query ($id: ID!) { call(id: $id) { voiceCall { staffUid clientUid status price revision } } }',
    { id },
  );
  return call.voiceCall;
}
