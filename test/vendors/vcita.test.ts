import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  createVoiceCall,
  readCall,
  readCalls,
  readHistory,
  UPDATE_VOICE_CALL,
  updateVoiceCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { EXAMPLE, OTHER_STAFF, VOICE_CALL } from './vcita-document.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** Our VoiceCall with vcita's field names. */
function toVcita(voiceCall: Answer['data']): typeof EXAMPLE {
  return {
    staff_uid: voiceCall.staffUid,
    client_uid: voiceCall.clientUid,
    from_number: voiceCall.fromNumber,
    to_number: voiceCall.toNumber,
    direction: voiceCall.direction,
    status: voiceCall.status,
    rate: voiceCall.rate,
    price: voiceCall.price,
    provider: voiceCall.provider,
    source_id: voiceCall.sourceId,
    duration: voiceCall.duration,
    call_summary: voiceCall.callSummary,
    external_app_url: voiceCall.externalAppUrl,
    external_app_name: voiceCall.externalAppName,
    recording_id: voiceCall.recordingId,
    external_uuid: voiceCall.externalUuid,
  };
}

const RINGING = { ...VOICE_CALL, status: 'INCOMING_CALL', price: null, duration: null, callSummary: null };

async function created(input: object): Promise<Answer['data']> {
  const { voiceCall, errors } = await createVoiceCall(client, { input });
  expect(errors).toEqual([]);
  return voiceCall;
}

describe('the example values', () => {
  it('read back field by field when they create a voice call, and its call follows them', async () => {
    const voiceCall = await created(VOICE_CALL);

    expect(toVcita(voiceCall)).toEqual(EXAMPLE);
    expect(voiceCall).toMatchObject({ uid: null, handledByStaffUid: null, revision: 1 });
    const call = await readCall(client, voiceCall.call.id);
    expect(call.voiceCall).toEqual(voiceCall);
    expect(call).toMatchObject({
      direction: 'INBOUND',
      status: 'NO_ANSWER',
      vendorStatus: 'MISSED',
      from: EXAMPLE.from_number,
      to: EXAMPLE.to_number,
      customerNumber: EXAMPLE.from_number,
      duration: 120,
      endedAt: null,
      metadata: {},
      revision: 1,
      references: [
        { system: 'VCITA', name: 'sourceId', value: EXAMPLE.source_id },
        { system: 'VCITA', name: 'externalUuid', value: EXAMPLE.external_uuid },
      ],
    });
    expect(await readHistory(client, call.id)).toMatchObject([
      { kind: 'REGISTERED', revision: 1, newValues: { status: 'NO_ANSWER', duration: 120 } },
      { kind: 'VOICE_CALL_CREATED', revision: 1, newValues: { voiceCall: VOICE_CALL } },
    ]);
  });

  it('replace the whole record of a call that was ringing, by its id', async () => {
    const ringing = await created({ ...RINGING, uid: 'vc-1', handledByStaffUid: OTHER_STAFF });
    const before = await readCall(client, ringing.call.id);
    expect(before).toMatchObject({ status: 'RINGING', duration: null });

    const payload = await updateVoiceCall(client, { voiceCall: { id: ringing.id }, input: VOICE_CALL });

    expect(payload.errors).toEqual([]);
    expect(toVcita(payload.voiceCall)).toEqual(EXAMPLE);
    expect(payload.voiceCall).toMatchObject({ id: ringing.id, uid: 'vc-1', revision: 2 });
    const call = await readCall(client, ringing.call.id);
    expect(call.voiceCall).toEqual(payload.voiceCall);
    expect(call).toMatchObject({ status: 'NO_ANSWER', vendorStatus: 'MISSED', duration: 120, revision: 2 });
    expect(call.references).toEqual(before.references);
  });

  it('replace it by the call that has the voice call, too', async () => {
    const { id } = await created(RINGING);
    const reference = { system: 'VCITA', name: 'externalUuid', value: EXAMPLE.external_uuid };
    const { voiceCall } = await updateVoiceCall(client, {
      voiceCall: { call: { reference } },
      input: VOICE_CALL,
    });
    expect(voiceCall).toMatchObject({ id, revision: 2 });
    expect(toVcita(voiceCall)).toEqual(EXAMPLE);
  });
});

describe('handledByStaffUid', () => {
  it('becomes null if a full update omits it', async () => {
    const { id } = await created({ ...VOICE_CALL, handledByStaffUid: OTHER_STAFF });
    const { voiceCall } = await updateVoiceCall(client, { voiceCall: { id }, input: VOICE_CALL });
    expect(voiceCall).toMatchObject({ handledByStaffUid: null, revision: 2 });
  });

  it('is stored as given', async () => {
    const { id } = await created(VOICE_CALL);
    const input = { ...VOICE_CALL, handledByStaffUid: OTHER_STAFF };
    const { voiceCall } = await updateVoiceCall(client, { voiceCall: { id }, input });
    expect(voiceCall.handledByStaffUid).toBe(OTHER_STAFF);
  });
});

describe('a full update', () => {
  let owner: Client;
  let ringing: Answer['data'];
  beforeAll(async () => {
    owner = await gateway.client();
    ({ voiceCall: ringing } = await createVoiceCall(owner, { input: RINGING }));
  });

  const incomplete = Object.keys(VOICE_CALL).flatMap((field) => [
    { field, how: 'left out', value: undefined },
    { field, how: 'null', value: null },
  ]);
  it.each(incomplete)(
    'is refused by the schema, with the name of $field, when that is $how',
    async (part) => {
      const input = { ...VOICE_CALL, [part.field]: part.value };

      const answer = await owner.send(UPDATE_VOICE_CALL, { voiceCall: { id: ringing.id }, input });

      expect(answer.data?.payload).toBeUndefined();
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer.errors?.[0]?.message).toMatch(new RegExp(`\\b${part.field}\\b`));
      expect(await readCall(owner, ringing.call.id)).toMatchObject({ revision: 1, voiceCall: ringing });
    },
  );
});

describe('updateVoiceCall', () => {
  it("changes neither the call's metadata nor other data that vcita does not have", async () => {
    const { id, call } = await created(RINGING);
    await client.ask(`mutation {
      mergeCallMetadata(call: { id: "${call.id}" }, metadata: { ticket: { id: 7 } }) { errors { code } }
      replaceCallFlow(call: { id: "${call.id}" }, commands: [{ ringing: {} }]) { errors { code } }
    }`);
    const before = await readCall(client, call.id);

    await updateVoiceCall(client, { voiceCall: { id }, input: VOICE_CALL });

    const after = await readCall(client, call.id);
    expect(after).toEqual({
      ...before,
      status: 'NO_ANSWER',
      vendorStatus: 'MISSED',
      duration: 120,
      voiceCall: after.voiceCall,
      history: after.history,
      revision: 4,
      updatedAt: after.updatedAt,
    });
    expect(after.metadata).toEqual({ ticket: { id: 7 } });
    expect(after.history.nodes[0]).toMatchObject({
      kind: 'VOICE_CALL_UPDATED',
      revision: 4,
      patch: null,
      oldValues: { status: 'RINGING', duration: null, voiceCall: { status: 'INCOMING_CALL', price: null } },
      newValues: { status: 'NO_ANSWER', duration: 120, voiceCall: { status: 'MISSED', price: '1.50' } },
    });
  });

  it('changes nothing if it repeats the stored values', async () => {
    const { id, call } = await created(VOICE_CALL);
    const before = await readCall(client, call.id);
    const { voiceCall, errors } = await updateVoiceCall(client, { voiceCall: { id }, input: VOICE_CALL });
    expect(errors).toEqual([]);
    expect(voiceCall).toEqual(before.voiceCall);
    expect(await readCall(client, call.id)).toEqual(before);
  });

  it('is NOT_FOUND, and makes no record, when the call has none', async () => {
    const { call } = await created(VOICE_CALL);
    const other = await gateway.client();
    const unknown = [
      { id: (await created({ ...VOICE_CALL, sourceId: 's', externalUuid: 'e' })).id },
      { call: { id: call.id } },
    ];
    const payloads = await Promise.all(
      unknown.map((voiceCall) => updateVoiceCall(other, { voiceCall, input: VOICE_CALL })),
    );
    expect(payloads.map(codesOf)).toEqual([
      [{ code: 'NOT_FOUND', path: ['voiceCall', 'id'] }],
      [{ code: 'NOT_FOUND', path: ['voiceCall', 'call', 'id'] }],
    ]);
    expect(await readCalls(other)).toEqual([]);
  });
});
