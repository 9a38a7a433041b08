import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  createVoiceCall,
  patchVoiceCall,
  readCall,
  readHistory,
  updateVoiceCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { OTHER_STAFF, VOICE_CALL } from '../vendors/vcita-document.js';

let gateway: TestGateway;
let client: Client;
let voiceCall: Answer['data'];
let callId: string;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  ({ voiceCall } = await createVoiceCall(client, {
    input: { ...VOICE_CALL, handledByStaffUid: OTHER_STAFF },
  }));
  callId = voiceCall.call.id;
});
afterAll(() => gateway.close());

const patch = (input: object, expectedRevision?: number) =>
  patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input, expectedRevision });

describe('patchVoiceCall', () => {
  it('makes a MISSED call MISSED_CALL_HANDLED, and keeps everything else', async () => {
    const before = await readCall(client, callId);

    const { voiceCall: after, errors } = await patch({
      status: 'MISSED_CALL_HANDLED',
      handledByStaffUid: 'staff-7',
    });

    expect(errors).toEqual([]);
    const changed = { status: 'MISSED_CALL_HANDLED', handledByStaffUid: 'staff-7', revision: 2 };
    expect(after).toEqual({ ...voiceCall, ...changed, updatedAt: after.updatedAt });
    const call = await readCall(client, callId);
    const { revision, history, updatedAt } = call;
    expect(call).toEqual({
      ...before,
      vendorStatus: 'MISSED_CALL_HANDLED',
      voiceCall: after,
      ...{ revision, history, updatedAt },
    });
    expect(revision).toBe(2);
    expect(history.nodes[0]).toMatchObject({
      kind: 'VOICE_CALL_UPDATED',
      revision: 2,
      oldValues: { vendorStatus: 'MISSED', voiceCall: { status: 'MISSED', handledByStaffUid: OTHER_STAFF } },
      newValues: { vendorStatus: 'MISSED_CALL_HANDLED', voiceCall: { status: 'MISSED_CALL_HANDLED' } },
    });
  });

  it.each([
    ['direction', 'OUTBOUND', { direction: 'OUTBOUND', customerNumber: VOICE_CALL.toNumber }],
    ['fromNumber', '+351910648518', { from: '+351910648518', customerNumber: '+351910648518' }],
    ['toNumber', '+3197058016589', { to: '+3197058016589' }],
    ['duration', 60, { duration: 60 }],
    ['status', 'VOICEMAIL', { status: 'VOICEMAIL', vendorStatus: 'VOICEMAIL' }],
    ['staffUid', 'staff-8', {}],
    ['clientUid', 'client-8', {}],
    ['rate', '0.123456789012345678901234567890', {}],
    ['price', '0', {}],
    ['callSummary', '', {}],
    ['externalAppUrl', 'http://example.org/?q=1', {}],
    ['externalAppName', 'Other', {}],
    ['recordingId', 'rec-2', {}],
    ['handledByStaffUid', 'staff-9', {}],
  ])(
    'changes %s alone when it alone is given, and the call follows in that',
    async (field, value, follows) => {
      const before = await readCall(client, callId);

      const { voiceCall: after } = await patch({ [field]: value });

      expect(after).toEqual({ ...voiceCall, [field]: value, revision: 2, updatedAt: after.updatedAt });
      const call = await readCall(client, callId);
      const { revision, history, updatedAt } = call;
      expect(call).toEqual({ ...before, ...follows, voiceCall: after, revision, history, updatedAt });
      expect(revision).toBe(2);
    },
  );

  it('leaves the status of the call alone when the status is not given', async () => {
    await client.ask(`mutation {
      upsertCall(input: {
        references: [{ system: VCITA, name: "sourceId", value: "${VOICE_CALL.sourceId}" }], status: FAILED
      }) { errors { code } }
    }`);
    await patch({ callSummary: 'called back', direction: 'OUTBOUND', duration: 3 });
    expect(await readCall(client, callId)).toMatchObject({
      status: 'FAILED',
      vendorStatus: null,
      duration: 3,
    });
  });

  it('ends an answered call when the duration is given', async () => {
    const answered = { ...VOICE_CALL, status: 'ANSWERED_BY_STAFF', duration: 0 };
    const other = await gateway.client();
    const created = await createVoiceCall(other, { input: answered });
    await patchVoiceCall(other, { voiceCall: { id: created.voiceCall.id }, input: { duration: 45 } });
    expect(await readCall(other, created.voiceCall.call.id)).toMatchObject({
      status: 'COMPLETED',
      vendorStatus: 'ANSWERED_BY_STAFF',
      duration: 45,
    });
  });

  it('clears nullable fields with null, and the call keeps the duration', async () => {
    const nothing = {
      price: null,
      duration: null,
      callSummary: null,
      externalAppUrl: null,
      externalAppName: null,
      recordingId: null,
      handledByStaffUid: null,
    };
    const { voiceCall: after, errors } = await patch(nothing);
    expect(errors).toEqual([]);
    expect(after).toEqual({ ...voiceCall, ...nothing, revision: 2, updatedAt: after.updatedAt });
    expect(await readCall(client, callId)).toMatchObject({ duration: 120, voiceCall: nothing });
  });

  it.each(['staffUid', 'clientUid', 'fromNumber', 'toNumber', 'direction', 'status', 'rate'])(
    'refuses null for %s, and writes nothing of what comes with it',
    async (field) => {
      const before = await readCall(client, callId);
      const payload = await patch({ callSummary: 'never written', [field]: null });
      expect(payload.voiceCall).toBeNull();
      expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['input', field] }]);
      expect(await readCall(client, callId)).toEqual(before);
    },
  );

  it.each([{}, { status: 'MISSED' }, { price: '1.50', callSummary: VOICE_CALL.callSummary }])(
    'changes nothing when it says nothing new: %j',
    async (input) => {
      const before = await readCall(client, callId);
      const payload = await patch(input);
      expect(payload).toEqual({ voiceCall, errors: [] });
      expect(await readCall(client, callId)).toEqual(before);
    },
  );
});

describe('expectedRevision', () => {
  it("is the voice call's, not the call's", async () => {
    await client.ask(`mutation {
      mergeCallMetadata(call: { id: "${callId}" }, metadata: { a: 1 }) { errors { code } }
    }`);
    expect((await patch({ price: '2' }, 1)).errors).toEqual([]);
  });

  it('is REVISION_CONFLICT with the present record, and writes nothing, when it is old', async () => {
    const { voiceCall: present } = await patch({ price: '2' });
    const before = await readCall(client, callId);
    const payloads = [
      await patch({ price: '3' }, 1),
      await updateVoiceCall(client, {
        voiceCall: { call: { id: callId } },
        input: VOICE_CALL,
        expectedRevision: 3,
      }),
    ];
    for (const payload of payloads) {
      expect(payload.voiceCall).toEqual(present);
      expect(codesOf(payload)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedRevision'] }]);
    }
    expect(await readCall(client, callId)).toEqual(before);
  });

  it('accepts one of sixteen that are based on the same revision', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 16 }, (_, index) => patch({ callSummary: `summary ${index}` }, 1)),
    );
    const [winner, ...others] = payloads.filter(({ errors }) => errors.length === 0);
    expect(others).toEqual([]);
    const call = await readCall(client, callId);
    expect(call.voiceCall).toEqual(winner.voiceCall);
    expect(call).toMatchObject({ revision: 2, voiceCall: { revision: 2 } });
    expect(await readHistory(client, callId)).toHaveLength(3);
  });
});
