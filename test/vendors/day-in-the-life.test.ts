import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createVoiceCall,
  hangUpCall,
  readCall,
  replaceCallFlow,
  updateVoiceCall,
  upsertCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { type FakeBird, openBird } from '../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../support/vendors/creovai.js';
import { CREOVAI } from '../support/vendors/creovai.spec.js';
import type { FakeVendor } from '../support/vendors/fake-vendor.js';
import { type FakeVcita, openVcita } from '../support/vendors/vcita.js';
import { vendorClient } from '../vendor-apis/vendor-client.js';
import { heard, urlOf } from './audio/listening.js';
import { connect, lineOf, readDeliveries } from './delivery/connected.js';
import { callBy, deliver, givenHook, type Hook, processed, signed } from './inbound/hooks.js';
import { VOICE_CALL } from './vcita-document.js';

type Data = Answer['data'];

const CALLER = '+351910648518';
const BUSINESS = '+3197058016589';
const SIGNING_KEY = 'the signing key of the account at Bird';
const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };
const SOUND = Buffer.from('the sound of the call');

let gateway: TestGateway;
/** The integrator's own program. */
let client: Client;
let bird: FakeBird;
let burki: FakeBurki;
let creovai: FakeCreovai;
let vcita: FakeVcita;
/** What is registered at the two vendors that carry the call. */
let atBird: Hook;
let atBurki: Hook;
/** How many different messages the vendors have sent. */
let messages: number;
/** How many requests each vendor had at the last look. */
let seen: Map<FakeVendor, number>;

const vendors = (): Record<string, FakeVendor> => ({ bird, burki, creovai, vcita });

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  messages = 0;
  seen = new Map();
  client = await gateway.client({ organization: 'acme' });
  [bird, burki, creovai, vcita] = await Promise.all([openBird(), openBurki(), openCreovai(), openVcita()]);
  const members = { ...PLACE, signingKey: SIGNING_KEY };
  atBird = await givenHook(gateway, client, { system: 'BIRD', vendor: bird, members });
  atBurki = await givenHook(gateway, client, { system: 'BURKI', vendor: burki });
  await connect(gateway, client, { system: 'CREOVAI', url: creovai.url });
  // It is asked for nothing: its list would be read every minute.
  await connect(gateway, client, { system: 'VCITA', url: vcita.url, receives: false });
});
afterEach(async () => {
  const all = Object.values(vendors());
  // No request that the vendor's specification does not have.
  expect(all.flatMap(({ violations }) => violations)).toEqual([]);
  await Promise.all(all.map((vendor) => vendor.close()));
});
afterAll(() => gateway.close());

/** Bird signs what it sends, so it is believed as it is. */
async function birdTells(payload: object): Promise<void> {
  messages += 1;
  await birdSends(bodyOf(payload));
}

async function birdSends(body: string): Promise<void> {
  await deliver(gateway, atBird.url, body, { headers: signed(atBird.url, body, SIGNING_KEY) });
}

const bodyOf = (payload: object) => JSON.stringify({ service: 'channels', event: 'voice.inbound', payload });

/** Burki does not sign, so its message is a hint to read its record. */
async function burkiTells(event: string): Promise<void> {
  messages += 1;
  await deliver(gateway, atBurki.url, { event, call_sid: 'CA101' });
}

/** A program that knows only Creovai. Its secret is a key of the gateway. */
async function crmTags(sessionId: string, Metadata: object): Promise<void> {
  const { token } = await gateway.client({ organization: 'acme', name: 'crm', scopes: ['EVENTS_WRITE'] });
  const secrets = { grant_type: 'client_credentials', client_id: 'crm', client_secret: token };
  const form = { type: 'application/x-www-form-urlencoded', text: String(new URLSearchParams(secrets)) };
  const { body } = await vendorClient(gateway, CREOVAI, null).send('POST /Token', { raw: form });
  const crm = vendorClient(gateway, CREOVAI, `Bearer ${body.access_token}`);
  const json = { SessionId: sessionId, EventTime: '2026/11/28T10:01:00.000Z', Metadata };
  expect(await crm.send('POST /callevent/v1/outofband/event', { json })).toMatchObject({ status: 200 });
}

/** Waits until all webhooks are processed and all deliveries made; each must have succeeded at once. */
async function allIsDone(): Promise<void> {
  await processed(client, new Array(messages).fill('APPLIED'));
  const undelivered = async () =>
    (await readDeliveries(client)).filter(({ state, attempts }) => state !== 'DELIVERED' || attempts !== 1);
  await expect.poll(undelivered, { timeout: 60_000 }).toEqual([]);
}

/** These requests, and no others, have reached the vendors since the last look. */
async function expectRequests(expected: Partial<Record<'bird' | 'burki' | 'creovai' | 'vcita', string[]>>) {
  await allIsDone();
  const lines = Object.entries(vendors()).map(([name, vendor]) => {
    const fresh = vendor.requests.slice(seen.get(vendor) ?? 0);
    seen.set(vendor, vendor.requests.length);
    return [name, fresh.map(lineOf)];
  });
  expect(Object.fromEntries(lines)).toEqual({ bird: [], burki: [], creovai: [], vcita: [], ...expected });
}

const lastBody = ({ requests }: FakeVendor) => requests.at(-1)?.body;

/** Requests that a vendor got a second time, word for word. To read twice is no harm. */
function doubled({ requests }: FakeVendor): string[] {
  const writes = requests
    .filter(({ method }) => method !== 'GET')
    .map((request) => `${lineOf(request)} ${JSON.stringify(request.body)}`);
  return writes.filter((write, index) => writes.indexOf(write) !== index);
}

it('a day in the life of a call', async () => {
  // A caller dials the number that the business has at Bird. Bird tells of the call, and no other vendor has it yet.
  const birdId = randomUUID();
  const ringing = {
    ...{ id: birdId, channelId: PLACE.channelId, direction: 'incoming', status: 'ringing', type: 'pstn' },
    ...{ from: CALLER, to: BUSINESS, createdAt: '2026-11-28T10:00:00Z', updatedAt: '2026-11-28T10:00:00Z' },
  };
  bird.add({ ...PLACE, id: birdId, from: CALLER, to: BUSINESS });
  await birdTells(ringing);
  await expectRequests({});
  const { id } = await callBy(client, 'BIRD', 'id', birdId);
  const theCall = (): Promise<Data> => readCall(client, id);
  expect(await theCall()).toMatchObject({ status: 'RINGING', direction: 'INBOUND', from: CALLER, ...PLACE });

  // The integrator connects it to Burki's agent and opens a session in the CRM. It alone knows all the names of the call.
  const references = [
    { system: 'BIRD', name: 'id', value: birdId },
    { system: 'BURKI', name: 'callSid', value: 'CA101' },
    { system: 'CREOVAI', name: 'sessionId', value: 'session-1' },
  ];
  expect(await upsertCall(client, { references })).toMatchObject({ call: { id }, errors: [] });
  await expectRequests({});

  // The agent answers. Burki tells of its own call, which is the same one here.
  burki.add({
    ...{ id: 101, call_sid: 'CA101', to_phone_number: BUSINESS, customer_phone_number: CALLER },
    ...{ started_at: '2026-11-28T10:00:10', call_meta: { language: 'pt' } },
  });
  await burkiTells('call_started');
  await expectRequests({ burki: ['GET /api/v1/calls/sid/CA101'] });
  expect(await theCall()).toMatchObject({
    ...{
      status: 'IN_PROGRESS',
      from: CALLER,
      assistant: { name: 'ServiceBot' },
      metadata: { language: 'pt' },
    },
    references: expect.arrayContaining([...references, { system: 'BURKI', name: 'id', value: '101' }]),
  });

  // The CRM tags it. Creovai is sent the tag as the event that it is, and Burki as metadata.
  await crmTags('session-1', { ticket: 'TICKET-456' });
  await expectRequests({
    creovai: ['POST /Token', 'POST /callevent/v1/outofband/event'],
    burki: ['PATCH /api/v1/calls/101/metadata'],
  });
  expect(lastBody(creovai)).toEqual({
    ...{ SessionId: 'session-1', EventTime: '2026-11-28T10:01:00.000Z' },
    Metadata: { ticket: 'TICKET-456' },
  });
  expect(lastBody(burki)).toEqual({ metadata: { ticket: 'TICKET-456' } });
  expect(await theCall()).toMatchObject({ metadata: { language: 'pt', ticket: 'TICKET-456' } });

  // vcita gets its business record of the call, and then what the call costs.
  const whole = { ...VOICE_CALL, fromNumber: CALLER, toNumber: BUSINESS, status: 'ANSWERED_BY_STAFF' };
  const { price, duration, callSummary, externalAppUrl, externalAppName, recordingId, ...first } = whole;
  const { voiceCall } = await createVoiceCall(client, { call: { id }, input: first });
  await expectRequests({ vcita: ['POST /v3/communication/voice_calls'] });
  const [uid] = vcita.voiceCalls.keys();
  await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { ...whole, duration: 0 } });
  await expectRequests({ vcita: [`PUT /v3/communication/voice_calls/${uid}`] });
  expect(lastBody(vcita)).toMatchObject({ rate: '0.05', price: '1.50' });
  expect(await theCall()).toMatchObject({ voiceCall: { uid, price: '1.50' } });

  // The caller shall hear something else. Only Bird runs flows; its ids for the commands come back.
  const atTheVendor = `/workspaces/${PLACE.workspaceId}/channels/${PLACE.channelId}/calls/${birdId}`;
  await replaceCallFlow(client, { call: { id }, commands: [{ say: { text: 'We call you back.' } }] });
  await expectRequests({ bird: [`PATCH ${atTheVendor}`] });
  expect(lastBody(bird)).toEqual({
    callFlow: [{ command: 'say', options: { text: 'We call you back.' } }],
  });
  const [flow] = bird.calls.get(birdId)?.flows ?? [];
  expect((await theCall()).callFlow).toMatchObject({
    vendorId: flow?.id,
    commands: [{ command: 'SAY', vendorId: flow?.commands[0]?.id, status: 'ACCEPTED' }],
  });

  // It is hung up, at both vendors that carry it.
  await hangUpCall(client, { id });
  await expectRequests({ bird: [`PATCH ${atTheVendor}`], burki: ['POST /api/v1/calls/CA101/terminate'] });
  expect(lastBody(bird)).toEqual({ status: 'completed' });

  // Both tell of the end. That is news here, and for no other vendor. Each is asked for what it has recorded.
  const ended = {
    ...{ ...ringing, status: 'completed', duration: 95 },
    ...{ endedAt: '2026-11-28T10:01:45Z', updatedAt: '2026-11-28T10:01:46Z' },
  };
  await birdTells(ended);
  burki.recordings.set(5001, { callId: 101, bytes: SOUND });
  Object.assign(burki.calls.get(101) ?? {}, { duration: 95, total_cost: 0.12, cost_currency: 'USD' });
  await burkiTells('call_ended');
  await expectRequests({
    bird: [`GET /workspaces/${PLACE.workspaceId}/recordings`],
    burki: [
      'GET /api/v1/calls/sid/CA101',
      'GET /api/v1/calls/101/recordings',
      'GET /api/v1/calls/101/transcripts',
    ],
  });
  expect(await theCall()).toMatchObject({
    ...{ status: 'COMPLETED', duration: 95, cost: { total: '0.12', currency: 'USD' } },
  });

  // The recording stays at Burki. A player hears it through the gateway, by a URL that holds no key.
  const [recording] = (await theCall()).recordings;
  const { status, bytes } = await heard(await urlOf(client, recording.id));
  expect([status, bytes.toString()]).toEqual([200, SOUND.toString()]);
  await expectRequests({ burki: ['GET /api/v1/calls/101/recording/5001/play'] });

  // Bird repeats its last message, as vendors do. That changes nothing.
  const before = await theCall();
  await birdSends(bodyOf(ended));
  await expectRequests({});
  expect(await theCall()).toEqual(before);

  // One call is left of all this. Each vendor has what it must know, and got nothing twice.
  const { calls } = await client.ask('{ calls { totalCount } }');
  expect(calls.totalCount).toBe(1);
  expect(burki.calls.get(101)?.call_meta).toEqual({ language: 'pt', ticket: 'TICKET-456' });
  expect(creovai.session('session-1')?.fields.get('ticket')?.value).toBe('TICKET-456');
  expect([...vcita.voiceCalls.values()].map(({ written }) => written.price)).toEqual(['1.50']);
  expect(bird.calls.get(birdId)).toMatchObject({ status: 'completed', flows: [flow] });
  expect(Object.values(vendors()).flatMap(doubled)).toEqual([]);
  const deliveries = (await readDeliveries(client)).map(({ kind, account }) => `${account.system} ${kind}`);
  expect(deliveries.toSorted()).toEqual([
    ...['BIRD CALL_FLOW', 'BIRD HANG_UP'],
    ...['BURKI HANG_UP', 'BURKI METADATA'],
    'CREOVAI EVENT',
    // One to create it, one with the price.
    ...['VCITA VOICE_CALL', 'VCITA VOICE_CALL'],
  ]);
});
