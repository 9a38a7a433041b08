import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readRecorded, upserted } from '../../recordings/recorded.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { heard, urlOf } from '../audio/listening.js';
import { readDeliveries } from '../delivery/connected.js';
import { callBy, deliver, givenHook, type Hook, processed, readMessages } from './hooks.js';

const BYTES = randomBytes(1_000);

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let hook: Hook;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  burki = await openBurki();
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'BURKI', vendor: burki });
});
afterEach(async () => {
  expect(burki.violations).toEqual([]);
  await burki.close();
});
afterAll(() => gateway.close());

/** Call 101, which has ended, and was recorded. */
function givenEnded(shown: Record<string, unknown> = {}): void {
  burki.add({ id: 101, status: 'completed', duration: 75, ended_at: '2024-01-15T10:03:00' });
  burki.recordings.set(7, { callId: 101, bytes: BYTES, shown: { duration: 74.6, ...shown } });
  burki.transcripts.set(101, [
    { content: 'Hi there', speaker: 'user', segment_start: 2.25, segment_end: 3, confidence: 0.9 },
    { content: 'Hi', speaker: 'user', segment_start: 2.25, is_final: false },
    { content: 'Hello', speaker: 'assistant', segment_start: 0.5, segment_end: 2 },
  ]);
}

const sent = (event: string) => deliver(gateway, hook.url, { event, call_sid: 'CA101' });
const known = async () => readRecorded(client, (await callBy(client, 'BURKI', 'id', '101')).id);

const RECORDING = {
  ...{ system: 'BURKI', vendorId: '7', kind: 'CALL', status: 'completed', duration: 75, format: 'mp3' },
  createdAt: '2024-01-15T10:03:01.500Z',
};
const TRANSCRIPT = {
  ...{ system: 'BURKI', vendorId: null, status: null, language: null, summary: null },
  lines: [
    { start: 0.5, end: 2, speaker: 'AGENT', speakerName: 'assistant', text: 'Hello', confidence: null },
    { start: 2.25, end: 3, speaker: 'CUSTOMER', speakerName: 'user', text: 'Hi there', confidence: 0.9 },
  ],
};

it('a call of Burki that has ended has its recording, which can be heard, and its transcript', async () => {
  givenEnded();
  await sent('call_ended');
  await processed(client, ['APPLIED']);
  const { recordings, transcripts, revision } = await known();
  expect(recordings).toEqual([{ id: expect.any(String), ...RECORDING }]);
  expect(transcripts).toMatchObject([TRANSCRIPT]);
  expect(revision).toBe(1);
  const { status, bytes } = await heard(await urlOf(client, recordings[0].id));
  expect({ status, isWhole: bytes.equals(BYTES) }).toEqual({ status: 200, isWhole: true });
  await sent('tool_call');
  await processed(client, ['APPLIED', 'UNCHANGED']);
  expect(await known()).toMatchObject({ revision: 1, recordings, transcripts });
  expect(await readDeliveries(client)).toEqual([]);
});

it('a recording that Burki still makes has its word for that', async () => {
  givenEnded({ status: 'recording', duration: null });
  await sent('call_ended');
  await processed(client, ['APPLIED']);
  expect((await known()).recordings).toMatchObject([{ status: 'recording', duration: null }]);
  burki.recordings.set(7, { callId: 101, bytes: BYTES, shown: { duration: 74.6 } });
  await sent('tool_call');
  await processed(client, ['APPLIED', 'APPLIED']);
  expect((await known()).recordings).toMatchObject([RECORDING]);
});

it('a call that goes on, and one that has neither, are asked for no more or have none', async () => {
  const call = burki.add({ id: 101 });
  await sent('call_started');
  await processed(client, ['APPLIED']);
  expect(burki.requests.map(({ operation }) => operation)).toEqual(['getBySid']);
  call.status = 'completed';
  burki.behave({ refuse: ({ path }) => (/recordings|transcripts/.test(path) ? { status: 404 } : null) });
  await sent('call_ended');
  await processed(client, ['APPLIED', 'APPLIED']);
  expect(await known()).toMatchObject({ recordings: [], transcripts: [] });
  burki.behave({});
});

it('while one part cannot be read, the rest is written, and the message tried again', async () => {
  givenEnded();
  burki.behave({ refuse: ({ path }) => (path.endsWith('/transcripts') ? { status: 500 } : null) });
  await sent('call_ended');
  await expect
    .poll(() => readMessages(client), { timeout: 30_000 })
    .toMatchObject([{ state: 'FAILED', reason: expect.stringContaining('transcript could not be read') }]);
  expect(await known()).toMatchObject({ recordings: [RECORDING], transcripts: [] });
  burki.behave({});
  await processed(client, ['APPLIED']);
  expect(await known()).toMatchObject({ recordings: [RECORDING], transcripts: [TRANSCRIPT] });
});

it('what the account may not read is left out, and said', async () => {
  givenEnded();
  burki.behave({ refuse: ({ path }) => (path.endsWith('/recordings') ? { status: 403 } : null) });
  await sent('call_ended');
  const [message] = await processed(client, ['APPLIED']);
  expect(message).toMatchObject({ verified: true, reason: expect.stringContaining('answered 403') });
  expect(await known()).toMatchObject({ recordings: [], transcripts: [TRANSCRIPT] });
  burki.behave({});
});

it('a recording that another call has keeps nothing else of the record out', async () => {
  givenEnded();
  const recordings = [{ system: 'BURKI', vendorId: '7' }];
  await upserted(client, { references: [{ system: 'BURKI', name: 'id', value: '1' }], recordings });
  await sent('call_ended');
  const [message] = await processed(client, ['APPLIED']);
  expect(message.reason).toBe('BURKI 7 belongs to another call.');
  expect(await callBy(client, 'BURKI', 'id', '101')).toMatchObject({ status: 'COMPLETED', duration: 75 });
  expect(await known()).toMatchObject({ recordings: [], transcripts: [TRANSCRIPT] });
});
