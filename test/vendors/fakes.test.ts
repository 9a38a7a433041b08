import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openBird } from '../support/vendors/bird.js';
import { BIRD } from '../support/vendors/bird.spec.js';
import { openBurki } from '../support/vendors/burki.js';
import { BURKI } from '../support/vendors/burki.spec.js';
import { openCreovai } from '../support/vendors/creovai.js';
import { CREOVAI } from '../support/vendors/creovai.spec.js';
import type { FakeVendor } from '../support/vendors/fake-vendor.js';
import { type Sent, sendRequest } from '../support/vendors/send-request.js';
import { openVcita } from '../support/vendors/vcita.js';
import { VCITA } from '../support/vendors/vcita.spec.js';
import { type Operation, OperationCheck } from '../support/vendors/vendor-spec.js';
import { EXAMPLE_1_REQUEST, EXAMPLE_2_REQUEST, LONG_REQUEST } from './bird-documents.js';
import { REQUEST_EXAMPLE } from './burki-document.js';
import { WRITINGS } from './creovai-document.js';
import { EXAMPLE } from './vcita-document.js';

const [burki, creovai, vcita, bird] = await Promise.all([
  openBurki(),
  openCreovai(),
  openVcita(),
  openBird(),
]);
const fakes = { burki, creovai, vcita, bird };
const specs = { burki: BURKI, creovai: CREOVAI, vcita: VCITA, bird: BIRD };
afterAll(() => Promise.all(Object.values(fakes).map((fake) => fake.close())));

const UUID = '123e4567-e89b-12d3-a456-426614174000';
const [W, C] = ['3fa85f64-5717-4562-b3fc-2c963f66afa6', 'db53c357-92e3-4f3d-babe-159573940a50'];
const BIRD_CALL = `/workspaces/${W}/channels/${C}/calls/${UUID}`;
const VOICE_CALLS = '/v3/communication/voice_calls';
const { price, duration, call_summary, external_app_url, external_app_name, recording_id, ...SHARED } =
  EXAMPLE;
const CREATED = { ...SHARED, business_uid: 'business-1' };
const CLIENT = {
  grant_type: 'client_credentials',
  client_id: 'creovai-client',
  client_secret: 'creovai-secret',
};
const AUDIO = Buffer.from('audio');
const TIME = '2018-10-15T09:00:00.000Z';

const CREDENTIALS = new Map<FakeVendor, string>([
  [burki, 'Bearer burki-key'],
  [vcita, 'Bearer vcita-token'],
  [bird, 'AccessKey bird-key'],
]);

const send = (fake: FakeVendor, line: string, sent: Sent = {}) =>
  sendRequest(fake, line, { credential: CREDENTIALS.get(fake), ...sent });

async function creovaiToken(): Promise<string> {
  const { body } = await send(creovai, 'POST /Token', { form: CLIENT });
  return `Bearer ${body.access_token}`;
}

beforeEach(async () => {
  burki.calls.clear();
  vcita.voiceCalls.clear();
  bird.calls.clear();
  creovai.subjects.clear();
  burki.add({ id: 101 });
  burki.recordings.set(7, { callId: 101, bytes: AUDIO });
  creovai.interactions.set('i-1', { id: 'i-1' });
  creovai.audio.set('i-1', { bytes: AUDIO });
  bird.recordings.set(UUID, { bytes: AUDIO });
  vcita.add(CREATED, 'vc-1');
  vcita.transcripts.set('vc-1', { transcript_uid: 't-1', status: 'DONE', transcript: [] });
  bird.add({ id: UUID, workspaceId: W, channelId: C });
  CREDENTIALS.set(creovai, await creovaiToken());
});

type Case = [fake: keyof typeof fakes, line: string, status: number, sent?: Sent];

const RIGHT: Case[] = [
  ['burki', 'PATCH /api/v1/calls/101/metadata', 200, { json: { metadata: REQUEST_EXAMPLE } }],
  ['burki', 'POST /api/v1/calls/CA101/terminate', 200],
  ['burki', 'GET /api/v1/calls/?skip=0&limit=1000&date_from=2024-01-15T10:00:00Z', 200],
  ['burki', 'GET /api/v1/calls/101', 200],
  ['burki', 'GET /api/v1/calls/sid/CA101', 200],
  ['burki', 'GET /api/v1/calls/101/recording/7/play', 200],
  ['burki', 'GET /api/v1/calls/101/recordings', 200],
  ['burki', 'GET /api/v1/calls/101/transcripts?include_interim=false', 200],
  ['creovai', 'GET /interactions/v2/i-1', 200],
  ['creovai', 'POST /capture/v2/status', 200, { json: { sessionIds: ['s'] } }],
  ['creovai', 'GET /interactions/v2/i-1/audio.mp3', 200],
  ['creovai', 'POST /Token', 200, { form: CLIENT, credential: null }],
  ['creovai', 'POST /callevent/v1/outofband/event', 200, { json: WRITINGS[2] }],
  ['creovai', 'POST /callEvent/v1/outofband/Event', 200, { json: { EventTime: TIME, METADATA: {} } }],
  [
    'creovai',
    'POST /callevent/v1/outofband/mastercall',
    200,
    { json: { masterCallId: 'm', eventTime: TIME, metadata: {} } },
  ],
  [
    'creovai',
    'POST /callevent/v1/outofband/case',
    200,
    { json: { caseReferenceId: 'c', eventTime: TIME, metadata: {} } },
  ],
  ['creovai', 'POST /capture/v2/outofband/collection', 200, { json: { collectionId: 'c', metadata: {} } }],
  [
    'creovai',
    'POST /callevent/v1/outofband/collection',
    200,
    { json: { collectionId: 'c', eventTime: TIME, metadata: {} } },
  ],
  ['creovai', 'POST /capture/v2/outofband/interaction', 200, { json: { sessionId: 's', metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/master', 200, { json: { masterId: 'm', metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/case', 200, { json: { caseReferenceId: 'c', metadata: {} } }],
  ['vcita', `POST ${VOICE_CALLS}`, 200, { json: CREATED }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 200, { json: EXAMPLE }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 200, { json: { ...EXAMPLE, handled_by_staff_uid: 'staff-2' } }],
  ['vcita', `GET ${VOICE_CALLS}/vc-1`, 200],
  ['vcita', `GET ${VOICE_CALLS}/vc-1/transcript`, 200],
  ['vcita', `GET ${VOICE_CALLS}?filter[source_id][eq]=call-src-001&per_page=1&sort=updated_at:asc`, 200],
  // The signature is none that the vendor gave.
  ['vcita', 'GET /files/r-1?signature=s', 403, { credential: null }],
  ['bird', `GET /workspaces/${W}/recordings/${UUID}.mp3`, 200],
  ['bird', `GET /workspaces/${W}/recordings?sourceId=${UUID}&limit=99`, 200],
  ...[LONG_REQUEST, EXAMPLE_1_REQUEST, EXAMPLE_2_REQUEST].map(
    (callFlow): Case => ['bird', `PATCH ${BIRD_CALL}`, 202, { json: { callFlow } }],
  ),
  ['bird', `PATCH ${BIRD_CALL}`, 202, { json: { status: 'completed' } }],
  ['bird', `POST ${BIRD_CALL}/hangup`, 202],
  ['bird', `POST ${BIRD_CALL}/hangup`, 202, { json: { cause: 'busy' } }],
  ['bird', `GET ${BIRD_CALL}`, 200],
  ['bird', `GET /workspaces/${W}/channels/${C}/calls?limit=10&status=ongoing`, 200],
  ['bird', `GET /workspaces/${W}/channels/calls?tag=support&tag=vip`, 200],
];

const { source_id, ...WITHOUT_SOURCE } = CREATED;
const flow = (...callFlow: object[]): Sent => ({ json: { callFlow } });

/** At least one for each operation. */
const WRONG: Case[] = [
  ['burki', 'PATCH /api/v1/calls/CA101/metadata', 422, { json: { metadata: {} } }],
  ['burki', 'PATCH /api/v1/calls/101/metadata', 422, { json: REQUEST_EXAMPLE }],
  ['burki', 'PATCH /api/v1/calls/101/metadata', 422, { json: { metadata: [] } }],
  [
    'burki',
    'PATCH /api/v1/calls/101/metadata',
    422,
    { json: { metadata: {} }, headers: { 'content-type': 'text/plain' } },
  ],
  ['burki', 'PATCH /api/v1/calls/101/metadata', 422],
  ['burki', 'POST /api/v1/calls/CA101/terminate', 422, { json: {} }],
  ['burki', 'GET /api/v1/calls/?limit=1001', 422],
  ['burki', 'GET /api/v1/calls/?limit=ten', 422],
  ['burki', 'GET /api/v1/calls/?from=2024-01-15', 422],
  ['burki', 'GET /api/v1/calls', 404],
  ['burki', 'GET /api/v1/calls/CA101/recordings', 422],
  ['burki', 'GET /api/v1/calls/101/transcripts?include_interim=maybe', 422],
  ['vcita', `GET ${VOICE_CALLS}/vc-1/transcript?x=1`, 422],
  ['burki', 'GET /api/v1/calls/CA101', 422],
  ['burki', 'GET /api/v1/calls/sid/CA101?limit=1', 422],
  ['burki', 'PUT /api/v1/calls/101/metadata', 404, { json: { metadata: {} } }],
  ['burki', 'GET /api/v1/calls/CA101/recording/7/play', 422],
  ['creovai', 'GET /interactions/v2/i-1/audio.mp3?format=wav', 400],
  ['creovai', 'GET /interactions/v2/i-1?format=wav', 400],
  ['creovai', 'POST /capture/v2/status', 400, { json: { sessionIds: [] } }],
  ['vcita', 'GET /files/r-1', 422],
  ['bird', `GET /workspaces/${W}/recordings/7.mp3`, 422],
  ['bird', `GET /workspaces/${W}/recordings?limit=100`, 422],
  ['creovai', 'POST /Token', 400, { form: { ...CLIENT, grant_type: 'password' }, credential: null }],
  ['creovai', 'POST /Token', 400, { json: CLIENT, credential: null }],
  ['creovai', 'POST /callevent/v1/outofband/event', 400, { json: { sessionId: 'a', metadata: {} } }],
  ['creovai', 'POST /callevent/v1/outofband/event', 400, { json: WRITINGS[0] }],
  [
    'creovai',
    'POST /callevent/v1/outofband/mastercall',
    400,
    { json: { sessionId: 'm', eventTime: TIME, metadata: {} } },
  ],
  ['creovai', 'POST /callevent/v1/outofband/case', 400, { json: { caseReferenceId: 'c', metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/collection', 400, { json: { collectionId: 7, metadata: {} } }],
  ['creovai', 'POST /callevent/v1/outofband/collection', 400, { json: { collectionId: 'c', metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/interaction', 400, { json: { metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/master', 400, { json: { masterCallId: 'm', metadata: {} } }],
  ['creovai', 'POST /capture/v2/outofband/case', 400, { json: { caseReferenceId: 'c' } }],
  ['vcita', `POST ${VOICE_CALLS}`, 422, { json: WITHOUT_SOURCE }],
  ['vcita', `POST ${VOICE_CALLS}`, 422, { json: EXAMPLE }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 422, { json: { status: 'MISSED' } }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 422, { json: { ...EXAMPLE, status: 'VOICEMAIL_RECEIVED' } }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 422, { json: { ...EXAMPLE, rate: 0.05 } }],
  ['vcita', `PUT ${VOICE_CALLS}/vc-1`, 422, { json: { ...EXAMPLE, handled_by_staff_uid: null } }],
  ['vcita', `GET ${VOICE_CALLS}/vc-1?page=1`, 422],
  ['vcita', `GET ${VOICE_CALLS}?per_page=101`, 422],
  ['vcita', `GET ${VOICE_CALLS}?filter[source_id][equals]=a`, 422],
  ['bird', `PATCH /workspaces/${W}/channels/${C}/calls/1`, 422, flow()],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow(...Array.from({ length: 21 }, () => ({ command: 'answer' })))],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow({ command: 'dance' })],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow({ command: 'say', options: { locale: 'en-GB' } })],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow({ command: 'say' })],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow({ command: 'pause', options: { pause_seconds: 2 } })],
  ['bird', `PATCH ${BIRD_CALL}`, 422, flow({ command: 'bridge', options: { to: '+1', ringTimeout: 2 } })],
  ['bird', `PATCH ${BIRD_CALL}`, 422, { json: { status: null } }],
  ['bird', `PATCH ${BIRD_CALL}`, 422, { json: { metadata: {} } }],
  ['bird', `POST ${BIRD_CALL}/hangup`, 422, { json: { cause: 'tired' } }],
  ['bird', `GET ${BIRD_CALL}?limit=1`, 422],
  ['bird', `GET /workspaces/${W}/channels/${C}/calls?status=ended`, 422],
  ['bird', `GET /workspaces/${W}/channels/calls?limit=0`, 422],
];

describe('a fake vendor', () => {
  it.each([{ cases: RIGHT }, { cases: WRONG }])('is sent a request for each operation', ({ cases }) => {
    for (const [vendor, { operations, ignoresCase = false }] of Object.entries(specs)) {
      const lines = cases.filter(([name]) => name === vendor).map(([, line]) => line.split(/[ ?]/));
      const isTried = (operation: Operation) => {
        const check = new OperationCheck(operation, ignoresCase);
        return lines.some(([method = '', path = '']) => check.match(method, path) !== null);
      };
      expect(operations.filter((operation) => !isTried(operation))).toEqual([]);
    }
  });

  it.each(RIGHT)('takes what the specification allows: %s: %s', async (vendor, line, status, sent) => {
    const fake: FakeVendor = fakes[vendor];
    const before = fake.violations.length;
    const answer = await send(fake, line, sent);
    expect(answer).toMatchObject({ status });
    expect(fake.violations.slice(before)).toEqual([]);
    expect(fake.requests.at(-1)).toMatchObject({ status, isApplied: true, isAbandoned: false });
  });

  it.each(WRONG)('refuses what it does not allow: %s: %s', async (vendor, line, status, sent) => {
    const fake: FakeVendor = fakes[vendor];
    const before = fake.violations.length;
    expect(await send(fake, line, sent)).toMatchObject({ status });
    expect(fake.violations.slice(before)).not.toEqual([]);
    expect(fake.requests.at(-1)).toMatchObject({ status, isApplied: false });
  });

  it('cannot have a schema that is left out because it cannot be compiled', () => {
    const body = { type: 'string', nullabel: true };
    const operation: Operation = { name: 'a', method: 'POST', path: '/', body };
    expect(() => new OperationCheck(operation, false)).toThrow('nullabel');
  });
});
