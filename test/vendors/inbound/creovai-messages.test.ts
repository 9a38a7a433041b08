import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { openBurki } from '../../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import { heard, urlOf } from '../audio/listening.js';
import { connect, readDeliveries, settled } from '../delivery/connected.js';
import { callBy, deliver, givenHook, type Hook, processed } from './hooks.js';

let gateway: TestGateway;
let client: Client;
let creovai: FakeCreovai;
let hook: Hook;

beforeAll(async () => {
  [gateway, creovai] = await Promise.all([openTestGateway(), openCreovai()]);
});
beforeEach(async () => {
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'CREOVAI', vendor: creovai });
});
afterAll(async () => {
  expect(creovai.violations).toEqual([]);
  await Promise.all([gateway.close(), creovai.close()]);
});

const summary = (callId: string) => ({
  callId,
  callUri: `https://acme.audio.creovai.com/calls/${callId}`,
  ...{ utcStart: '2026-11-28T10:00:00Z', utcEnd: '2026-11-28T10:05:00Z' },
  participants: [{ participantId: 'p1', refType: 'Agent', phoneNumber: '+14155550100', isInternal: true }],
});
const interaction = (more: object = {}) => ({
  id: randomUUID(),
  ...{ sessionId: randomUUID(), masterId: 'master-1', caseReferenceId: 'case-1', collectionId: null },
  ...{
    utcStart: '2026-11-28T10:00:00Z',
    utcEnd: '2026-11-28T10:05:00Z',
    durationMs: 299_600,
    direction: 'Inbound',
  },
  ...{ numberDialed: '+14155550100', metadata: { tag: 'gold' }, lastUpdatedUtc: '2026-11-28T10:06:00' },
  participants: [
    { phoneNumber: '+14155550100', isInternal: true },
    { phoneNumber: 'Anonymous', isInternal: false },
  ],
  ...more,
});

it('a call summary of Creovai is a hint at its interaction, which is believed', async () => {
  const record = interaction();
  creovai.interactions.set(record.id, record);
  await deliver(gateway, hook.url, summary(record.id));
  const [message] = await processed(client, ['APPLIED']);
  expect(message).toMatchObject({ verified: true, reason: null });
  const call = await callBy(client, 'CREOVAI', 'sessionId', record.sessionId);
  expect(call).toMatchObject({
    ...{ id: message.call.id, direction: 'INBOUND', status: 'COMPLETED', duration: 300, from: null },
    ...{ to: '+14155550100', originator: { number: { anonymous: true } }, metadata: { tag: 'gold' } },
    ...{ startedAt: '2026-11-28T10:00:00.000Z', endedAt: '2026-11-28T10:05:00.000Z' },
    vendorUpdatedAt: '2026-11-28T10:06:00.000Z',
  });
  expect(call.groups).toEqual(
    expect.arrayContaining([
      { kind: 'master', key: 'master-1' },
      { kind: 'case', key: 'case-1' },
    ]),
  );
});

it('and goes on to the other vendors that have the call, never back', async () => {
  const burki = await openBurki();
  const { call_sid } = burki.add({ id: 101 });
  await connect(gateway, client, { system: 'BURKI', url: burki.url });
  const record = interaction({ metadata: { tag: 'gold' } });
  creovai.interactions.set(record.id, record);
  await givenCall(client, {
    references: [
      { system: 'BURKI', name: 'callSid', value: call_sid },
      { system: 'CREOVAI', name: 'sessionId', value: record.sessionId },
    ],
  });
  await deliver(gateway, hook.url, summary(record.id));
  await processed(client, ['APPLIED']);
  await settled(client, ['METADATA DELIVERED']);
  expect(burki.calls.get(101)?.call_meta).toEqual({ tag: 'gold' });
  expect((await readDeliveries(client)).map(({ account }) => account.system)).toEqual(['BURKI']);
  await burki.close();
});

it('of a call that goes out, the numbers are the other way round', async () => {
  const record = interaction({ direction: 'Outbound', numberDialed: null });
  creovai.interactions.set(record.id, record);
  await deliver(gateway, hook.url, summary(record.id));
  await processed(client, ['APPLIED']);
  expect(await callBy(client, 'CREOVAI', 'sessionId', record.sessionId)).toMatchObject({
    ...{ direction: 'OUTBOUND', from: '+14155550100', to: null, receiver: { number: { anonymous: true } } },
  });
});

it('has the recording, which can be heard, and what all its participants say as one transcript', async () => {
  const bytes = randomBytes(1_000);
  const record = interaction({
    participants: [
      {
        ...{ firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', isInternal: true },
        utterances: [
          { startMs: 500, endMs: 2_000, text: 'Hello', words: [] },
          { startMs: 3_250, endMs: 4_000, text: 'Of course.', words: [] },
        ],
      },
      {
        ...{ email: 'customer@example.com', phoneNumber: '+14155550199', isInternal: false },
        utterances: [{ startMs: 2_250, endMs: 3_000, text: 'Can you help me?', words: [] }],
      },
    ],
  });
  creovai.interactions.set(record.id, record);
  creovai.audio.set(record.id, { bytes });
  await deliver(gateway, hook.url, summary(record.id));
  await processed(client, ['APPLIED']);
  const call = await callBy(client, 'CREOVAI', 'sessionId', record.sessionId);
  expect(call.recordings).toMatchObject([
    { system: 'CREOVAI', vendorId: record.id, kind: 'CALL', duration: 300, format: 'mp3' },
  ]);
  const [ada, customer] = [
    { speaker: 'AGENT', speakerName: 'Ada Lovelace', confidence: null },
    { speaker: 'CUSTOMER', speakerName: 'customer@example.com', confidence: null },
  ];
  expect(call.transcripts).toMatchObject([
    {
      ...{ system: 'CREOVAI', vendorId: record.id },
      lines: [
        { ...ada, start: 0.5, end: 2, text: 'Hello' },
        { ...customer, start: 2.25, end: 3, text: 'Can you help me?' },
        { ...ada, start: 3.25, end: 4, text: 'Of course.' },
      ],
    },
  ]);
  const heardNow = await heard(await urlOf(client, call.recordings[0].id));
  expect(heardNow.bytes.equals(bytes)).toBe(true);
  await deliver(gateway, hook.url, { ...summary(record.id), again: true });
  await processed(client, ['APPLIED', 'UNCHANGED']);
  expect(await callBy(client, 'CREOVAI', 'sessionId', record.sessionId)).toEqual(call);
  expect(await readDeliveries(client)).toEqual([]);
});

it('while the account may not read it is UNMATCHED: it names no session', async () => {
  creovai.behave({ refuse: ({ path }) => (path.startsWith('/interactions') ? { status: 403 } : null) });
  await deliver(gateway, hook.url, summary(randomUUID()));
  const [message] = await processed(client, ['UNMATCHED']);
  expect(message).toMatchObject({ verified: false, reason: expect.stringContaining('may not read') });
  creovai.behave({});
});

it('anything else is UNRECOGNISED', async () => {
  await deliver(gateway, hook.url, { callId: 'call-1' });
  await deliver(gateway, hook.url, { utcStart: '2026-11-28T10:00:00Z' });
  await processed(client, ['UNRECOGNISED', 'UNRECOGNISED']);
});
