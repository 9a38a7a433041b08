import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordCallEvent } from '../../events/events.js';
import {
  createVoiceCall,
  givenCall,
  hangUpCall,
  mergeCallMetadata,
  patchVoiceCall,
  readCall,
  replaceCallFlow,
  updateVoiceCall,
} from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { EXAMPLE_1_REQUEST, EXAMPLE_2_REQUEST, LONG_REQUEST } from '../bird-documents.js';
import { fromBirdCommands } from '../bird-mapping.js';
import * as burkiDocument from '../burki-document.js';
import { REQUEST, toRecordCallEvent } from '../creovai-document.js';
import { EXAMPLE, OTHER_STAFF, VOICE_CALL } from '../vcita-document.js';
import { connect, linesOf, readDeliveries, settled, shown } from './connected.js';

const JSON_TYPE = 'application/json';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let creovai: FakeCreovai;
let vcita: FakeVcita;
let bird: FakeBird;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  [burki, creovai, vcita, bird] = await Promise.all([openBurki(), openCreovai(), openVcita(), openBird()]);
});
afterEach(async () => {
  const fakes = [burki, creovai, vcita, bird];
  expect(fakes.flatMap(({ violations }) => violations)).toEqual([]);
  await Promise.all(fakes.map((fake) => fake.close()));
});
afterAll(() => gateway.close());

describe('Burki', () => {
  const { REQUEST_EXAMPLE, REQUEST_BODY, CUSTOMER_INFO, OUTCOME, OUTCOME_NOTES, CAMPAIGN, WEBHOOK } =
    burkiDocument;
  const id = { system: 'BURKI', name: 'id', value: '101' };

  it.each([REQUEST_EXAMPLE, REQUEST_BODY, CUSTOMER_INFO, OUTCOME, OUTCOME_NOTES, CAMPAIGN, WEBHOOK])(
    'is sent mergeCallMetadata as "Update Call Metadata": %j',
    async (metadata) => {
      burki.add({ id: 101 });
      await connect(gateway, client, { system: 'BURKI', url: burki.url });
      const call = await givenCall(client, { references: [id] });
      await mergeCallMetadata(client, { call: { id: call.id }, metadata });
      await settled(client, ['METADATA DELIVERED']);
      expect(burki.requests.map(shown)).toEqual([
        {
          line: 'PATCH /api/v1/calls/101/metadata',
          authorization: 'Bearer burki-key',
          type: JSON_TYPE,
          body: { metadata },
        },
      ]);
      expect(burki.calls.get(101)?.call_meta).toEqual(metadata);
    },
  );

  it('is sent what an event does to the metadata', async () => {
    burki.add({ id: 101 });
    await connect(gateway, client, { system: 'BURKI', url: burki.url });
    const call = await givenCall(client, { references: [id] });
    await recordCallEvent(client, { target: { call: { id: call.id } }, metadata: REQUEST_EXAMPLE });
    await settled(client, ['METADATA DELIVERED']);
    expect(burki.requests.map(({ body }) => body)).toEqual([{ metadata: REQUEST_EXAMPLE }]);
  });
});

describe('Creovai', () => {
  const { Metadata: metadata } = REQUEST;
  const eventTime = '2018-10-15T09:00:00.000Z';

  async function sent(input: object) {
    await connect(gateway, client, { system: 'CREOVAI', url: creovai.url });
    const { errors } = await recordCallEvent(client, { ...input });
    expect(errors).toEqual([]);
    await expect.poll(() => creovai.requests.map(({ status }) => status)).toEqual([200, 200]);
    const [token, event] = creovai.requests.map(shown);
    expect(token).toEqual({
      line: 'POST /Token',
      authorization: undefined,
      type: 'application/x-www-form-urlencoded',
      body: {
        grant_type: 'client_credentials',
        client_id: 'creovai-client',
        client_secret: 'creovai-secret',
      },
    });
    expect(event).toMatchObject({ authorization: expect.stringMatching(/^Bearer \S+$/), type: JSON_TYPE });
    return { line: event?.line, body: event?.body };
  }

  it.each(['before the call', 'after the call'])(
    'is sent the document’s event, recorded %s',
    async (when) => {
      const references = [{ system: 'CREOVAI', name: 'sessionId', value: REQUEST.SessionId }];
      if (when === 'after the call') await givenCall(client, { references });
      expect(await sent(toRecordCallEvent(REQUEST))).toEqual({
        line: 'POST /callevent/v1/outofband/event',
        body: { ...REQUEST, EventTime: eventTime },
      });
      await givenCall(client, { references });
      await settled(client, ['EVENT DELIVERED']);
      expect(creovai.session('abc123')?.events).toEqual([{ eventTime, metadata }]);
    },
  );

  it.each([
    ['master', 'POST /callevent/v1/outofband/mastercall', 'masterCallId'],
    ['case', 'POST /callevent/v1/outofband/case', 'caseReferenceId'],
    ['collection', 'POST /capture/v2/outofband/collection', 'collectionId'],
  ])('is sent an event for a %s by its own path', async (kind, line, member) => {
    const target = { group: { kind, key: 'key-1' } };
    expect(await sent({ target, eventTime, metadata })).toEqual({
      line,
      body: { [member]: 'key-1', eventTime, metadata },
    });
  });
});

describe('vcita', () => {
  const PATH = '/v3/communication/voice_calls';
  const signed = { authorization: 'Bearer vcita-token', type: JSON_TYPE };
  const { price, duration, call_summary, external_app_url, external_app_name, recording_id, ...CREATED } =
    EXAMPLE;

  it('is sent updateVoiceCall as "Update a VoiceCall", with all fields', async () => {
    const { uid } = vcita.add({ ...EXAMPLE, status: 'INCOMING_CALL' });
    const { voiceCall } = await createVoiceCall(client, { input: { ...VOICE_CALL, uid } });
    await connect(gateway, client, { system: 'VCITA', url: vcita.url });
    const input = { ...VOICE_CALL, status: 'MISSED_CALL_HANDLED', handledByStaffUid: OTHER_STAFF };
    const { errors } = await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input });
    expect(errors).toEqual([]);
    await settled(client, ['VOICE_CALL DELIVERED']);
    const body = { ...EXAMPLE, status: 'MISSED_CALL_HANDLED', handled_by_staff_uid: OTHER_STAFF };
    expect(vcita.requests.map(shown)).toEqual([{ line: `PUT ${PATH}/${uid}`, ...signed, body }]);
    expect(vcita.voiceCalls.get(uid)?.written).toEqual(body);
  });

  it('is sent createVoiceCall, and what it names the voice call is kept and not sent back', async () => {
    const account = await connect(gateway, client, { system: 'VCITA', url: vcita.url });
    const { voiceCall } = await createVoiceCall(client, {
      input: { ...VOICE_CALL, price: null, duration: null, callSummary: null },
    });
    await settled(client, ['VOICE_CALL DELIVERED']);
    const body = { ...CREATED, business_uid: 'business-1' };
    expect(vcita.requests.map(shown)).toEqual([{ line: `POST ${PATH}`, ...signed, body }]);

    const [uid] = vcita.voiceCalls.keys();
    const call = await readCall(client, voiceCall.call.id);
    expect(call.voiceCall.uid).toBe(uid);
    expect(call.references).toContainEqual({ system: 'VCITA', name: 'uid', value: uid });
    const named = await gateway.database.db.execute(
      sql`select account_id from call_references where name = 'uid' and call_id = ${uuidIn(call.id)}`,
    );
    expect([...named]).toEqual([{ account_id: uuidIn(account.id) }]);
  });

  it('waits for a field that is not known, and is sent the voice call when it is', async () => {
    await connect(gateway, client, { system: 'VCITA', url: vcita.url });
    const { uid } = vcita.add({ source_id: EXAMPLE.source_id });
    const { voiceCall } = await createVoiceCall(client, {
      input: { ...VOICE_CALL, uid, callSummary: null, duration: null },
    });
    const patch = (input: object) => patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input });
    await settled(client, ['VOICE_CALL INCOMPLETE']);
    expect((await readDeliveries(client))[0]).toMatchObject({
      attempts: 0,
      lastError: 'vcita requires fields of the voice call that are not known: duration, callSummary.',
    });
    await patch({ duration: EXAMPLE.duration });
    await expect
      .poll(async () => (await readDeliveries(client))[0])
      .toMatchObject({ state: 'INCOMPLETE', lastError: expect.stringMatching(/known: callSummary\.$/) });
    expect(vcita.requests).toEqual([]);
    await patch({ callSummary: EXAMPLE.call_summary });
    await settled(client, ['VOICE_CALL DELIVERED']);
    expect(vcita.requests.map(shown)).toEqual([{ line: `PUT ${PATH}/${uid}`, ...signed, body: EXAMPLE }]);
  });
});

describe('Bird', () => {
  const place = { workspaceId: randomUUID(), channelId: randomUUID() };
  const path = (id: string) => `/workspaces/${place.workspaceId}/channels/${place.channelId}/calls/${id}`;
  const signed = { authorization: 'AccessKey bird-key', type: JSON_TYPE };

  it.each([
    ['the sample of the reference', LONG_REQUEST],
    ['example 1', EXAMPLE_1_REQUEST],
    ['example 2', EXAMPLE_2_REQUEST],
  ])('is sent replaceCallFlow as "Update a call", and its answer is kept: %s', async (_, commands) => {
    const { id, flows } = bird.add(place);
    const account = await connect(gateway, client, { system: 'BIRD', url: bird.url, members: place });
    const call = await givenCall(client, { references: [{ system: 'BIRD', name: 'id', value: id }] });
    await replaceCallFlow(client, { call: { id: call.id }, commands: fromBirdCommands(commands) });
    await settled(client, ['CALL_FLOW DELIVERED']);
    // Empty options say nothing, and are left out.
    const callFlow = commands.map(({ options, ...command }) =>
      Object.keys(options ?? {}).length === 0 ? command : { ...command, options },
    );
    expect(bird.requests.map(shown)).toEqual([{ line: `PATCH ${path(id)}`, ...signed, body: { callFlow } }]);

    const after = await readCall(client, call.id);
    expect(after.callFlow.vendorId).toBe(flows[0]?.id);
    expect(after.callFlow.commands).toMatchObject(
      (flows[0]?.commands ?? []).map(({ id: vendorId, command }) => ({
        vendorId,
        command: command.toUpperCase(),
        status: 'ACCEPTED',
      })),
    );
    const { call: seen } = await client.ask(
      'query ($id: ID!) { call(id: $id) { history(first: 1) { nodes { kind actor actorType } } } }',
      { id: call.id },
    );
    expect(seen.history.nodes).toEqual([
      { kind: 'CALL_FLOW_PROGRESSED', actor: account.name, actorType: 'VENDOR_ACCOUNT' },
    ]);
  });

  it('and Burki are sent hangUpCall of a call that both have, which Burki may have ended already', async () => {
    const { id } = bird.add(place);
    burki.add({ id: 101 });
    burki.add({ id: 102, status: 'completed' });
    await connect(gateway, client, { system: 'BIRD', url: bird.url, members: place });
    await connect(gateway, client, { system: 'BURKI', url: burki.url });
    const ofBurki = (value: string) => ({ system: 'BURKI', name: 'callSid', value });
    const references = [{ system: 'BIRD', name: 'id', value: id }, ofBurki('CA101')];
    const both = await givenCall(client, { references });
    const ended = await givenCall(client, { references: [ofBurki('CA102')] });
    await hangUpCall(client, { id: both.id });
    await settled(client, ['HANG_UP DELIVERED', 'HANG_UP DELIVERED']);
    expect(bird.requests.map(shown)).toEqual([
      { line: `PATCH ${path(id)}`, ...signed, body: { status: 'completed' } },
    ]);
    expect(burki.requests.map(shown)).toEqual([
      {
        line: 'POST /api/v1/calls/CA101/terminate',
        authorization: 'Bearer burki-key',
        type: undefined,
        body: undefined,
      },
    ]);
    expect([bird.calls.get(id)?.status, burki.calls.get(101)?.status]).toEqual(['completed', 'completed']);

    await hangUpCall(client, { id: ended.id });
    await settled(
      client,
      Array.from({ length: 3 }, () => 'HANG_UP DELIVERED'),
    );
    expect(burki.requests[1]).toMatchObject({ path: '/api/v1/calls/CA102/terminate', status: 400 });
    expect(linesOf(burki)).toHaveLength(2);
  });
});
