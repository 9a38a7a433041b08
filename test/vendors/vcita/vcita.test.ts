import { describe, expect, it } from 'vitest';
import type { VoiceCallRow } from '../../../src/db/tables/voice-calls.js';
import { vcita } from '../../../src/vendors/vcita/vcita.js';
import type { OutgoingDelivery } from '../../../src/vendors/vendor.js';
import { account, delivery, refusal, scripted } from '../scripted-client.js';
import { EXAMPLE, OTHER_STAFF, VOICE_CALL } from '../vcita-document.js';

const BUSINESS = 'b290f1ee-6c54-4b01-90e6-d701748f0851';
const UID = 'vc-1';
const ACCOUNT = account({ settings: { businessUid: BUSINESS }, secrets: { token: 'vcita-token' } });
const PATH = '/v3/communication/voice_calls';

const ROW: VoiceCallRow = {
  ...VOICE_CALL,
  direction: 'INBOUND',
  status: 'MISSED',
  provider: 'VONAGE',
  organizationId: 'organization',
  id: 'voice-call',
  callId: 'call',
  uid: null,
  handledByStaffUid: null,
  revision: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
};
const { price, duration, call_summary, external_app_url, external_app_name, recording_id, ...CREATED } =
  EXAMPLE;
const REST = { price, duration, call_summary, external_app_url, external_app_name, recording_id };
const CREATE = { ...CREATED, business_uid: BUSINESS };

const ofRow = (row: Partial<VoiceCallRow>, change: Partial<OutgoingDelivery> = {}) =>
  delivery({ kind: 'VOICE_CALL', voiceCall: { ...ROW, ...row }, ...change });

/** vcita shows neither rate, price, provider, recording_id nor business_uid. */
function record(change: object = {}) {
  const { rate: _rate, price: _price, provider: _provider, recording_id: _recording, ...shown } = EXAMPLE;
  return {
    success: true,
    data: { uid: UID, ...shown, recording: null, handled_by_staff_uid: null, deleted_at: null, ...change },
  };
}
const LEARNED = { voiceCallUid: UID, references: [{ system: 'VCITA', name: 'uid', value: UID }] };

describe('an update', () => {
  it("is the document's request", async () => {
    const client = scripted({ body: record() });

    expect(await vcita.deliver(ofRow({ uid: UID }), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-1',
    });
    expect(client.requests).toEqual([{ method: 'PUT', path: `${PATH}/${UID}`, json: EXAMPLE }]);
    expect(client.headers).toEqual([{ authorization: 'Bearer vcita-token' }]);
  });

  it('names the handler if there is one', async () => {
    const client = scripted({ body: record({ handled_by_staff_uid: OTHER_STAFF }) });
    await vcita.deliver(ofRow({ uid: UID, handledByStaffUid: OTHER_STAFF }), ACCOUNT, client);
    expect(client.requests[0]?.json).toEqual({ ...EXAMPLE, handled_by_staff_uid: OTHER_STAFF });
  });

  it('goes by the reference if the voice call has no uid, which it is given', async () => {
    const references = [{ system: 'VCITA' as const, name: 'uid', value: 'a/b' }];
    const client = scripted({ body: record() });

    expect(await vcita.deliver(ofRow({}, { references }), ACCOUNT, client)).toMatchObject({
      learned: { voiceCallUid: 'a/b' },
    });
    expect(client.requests[0]?.path).toBe(`${PATH}/a%2Fb`);
  });

  it('waits for all sixteen fields', async () => {
    const row = { uid: UID, price: null, callSummary: null, recordingId: null };
    const client = scripted();

    expect(await vcita.deliver(ofRow(row), ACCOUNT, client)).toEqual({
      state: 'INCOMPLETE',
      reason: 'vcita requires fields of the voice call that are not known: price, callSummary, recordingId.',
    });
    expect(client.requests).toEqual([]);
  });

  it.each([
    ['VOICEMAIL_RECEIVED', {}, 'VOICEMAIL'],
    ['VOICEMAIL', {}, 'VOICEMAIL'],
    ['VOICEMAIL', { voicemailStatus: 'VOICEMAIL_RECEIVED' }, 'VOICEMAIL_RECEIVED'],
    ['MISSED', { voicemailStatus: 'VOICEMAIL_RECEIVED' }, 'MISSED'],
  ] as const)('sends %s with %o as %s', async (status, settings, word) => {
    const client = scripted({ body: record({ status: word }) });
    const configured = { ...ACCOUNT, settings: { ...ACCOUNT.settings, ...settings } };

    expect(await vcita.deliver(ofRow({ uid: UID, status }), configured, client)).not.toHaveProperty(
      'difference',
    );
    expect(client.requests[0]?.json).toMatchObject({ status: word });
  });

  it("is in the business' name with a directory's token", async () => {
    const client = scripted({ body: record() });
    const directory = { ...ACCOUNT, settings: { ...ACCOUNT.settings, directory: true } };
    await vcita.deliver(ofRow({ uid: UID }), directory, client);
    expect(client.headers[0]).toEqual({ authorization: 'Bearer vcita-token', 'x-on-behalf-of': BUSINESS });
  });

  it('names the fields that differ in the answer, and no value', async () => {
    const answer = record({
      status: 'ANSWERED_BY_STAFF',
      duration: 121,
      call_summary: null,
      staff_uid: undefined,
    });
    const handled = { uid: UID, handledByStaffUid: OTHER_STAFF };
    const client = scripted({ body: { ...answer, data: { ...answer.data, handled_by_staff_uid: null } } });

    expect(await vcita.deliver(ofRow(handled), ACCOUNT, client)).toMatchObject({
      state: 'DELIVERED',
      difference: "vcita's voice call differs in status, duration, callSummary, handledByStaffUid.",
    });
  });

  it('says that a handler who was cleared here is still there', async () => {
    const client = scripted({ body: record({ handled_by_staff_uid: OTHER_STAFF }) });
    expect(await vcita.deliver(ofRow({ uid: UID }), ACCOUNT, client)).toMatchObject({
      difference: "vcita's voice call differs in handledByStaffUid.",
    });
  });

  it('does not mind a missing plus', async () => {
    const client = scripted({ body: record({ from_number: '14155550148', to_number: '14155550901' }) });
    expect(await vcita.deliver(ofRow({ uid: UID }), ACCOUNT, client)).not.toHaveProperty('difference');
  });
});

describe('a creation', () => {
  const PARTLY = { price: null, duration: null, callSummary: null, externalAppUrl: null, recordingId: null };

  it('sends what a creation takes, and learns the uid', async () => {
    const client = scripted({ status: 201, body: record() });

    expect(await vcita.deliver(ofRow(PARTLY), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-1',
      learned: LEARNED,
    });
    expect(client.requests).toEqual([{ method: 'POST', path: PATH, json: CREATE }]);
  });

  it('is followed by an update if all fields are known', async () => {
    const client = scripted({ status: 201, body: record({ call_summary: null }) }, { body: record() });

    expect(await vcita.deliver(ofRow({}), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-2',
      learned: LEARNED,
    });
    expect(client.requests).toEqual([
      { method: 'POST', path: PATH, json: CREATE },
      { method: 'PUT', path: `${PATH}/${UID}`, json: { ...CREATED, ...REST } },
    ]);
  });

  it('waits for the rate', async () => {
    expect(await vcita.deliver(ofRow({ rate: null }), ACCOUNT, scripted())).toMatchObject({
      state: 'INCOMPLETE',
      reason: expect.stringContaining('rate'),
    });
  });

  it.each([400, 422])('keeps the uid if the update is refused with %i', async (status) => {
    const client = scripted({ body: record() }, { status, text: 'too long' });
    expect(await vcita.deliver(ofRow({}), ACCOUNT, client)).toMatchObject({
      state: 'DELIVERED',
      difference: expect.stringContaining(`${status}: too long`),
      learned: LEARNED,
    });
  });

  it.each([401, 404, 429, 500])('is tried again with the uid if the update fails with %i', async (status) => {
    const client = scripted({ body: record() }, { status });
    await expect(vcita.deliver(ofRow({}), ACCOUNT, client)).rejects.toMatchObject({
      name: 'PartlyDelivered',
      cause: { status },
      learned: LEARNED,
    });
  });

  it('adopts on a later try what an earlier one has created', async () => {
    const others = [
      record({ uid: 'other', source_id: 'another' }).data,
      record({ uid: 'other', external_uuid: 'another' }).data,
      record({ uid: 'other', deleted_at: '2026-01-01T00:00:00Z' }).data,
    ];
    const voice_calls = [...others, record().data];
    const client = scripted({ body: { success: true, data: { voice_calls } } }, { body: record() });

    expect(await vcita.deliver(ofRow({}, { attempt: 2, isRepeated: true }), ACCOUNT, client)).toMatchObject({
      learned: LEARNED,
    });
    expect(client.requests).toMatchObject([
      { method: 'GET', path: PATH, query: { 'filter[source_id][eq]': EXAMPLE.source_id, per_page: '100' } },
      { method: 'PUT', path: `${PATH}/${UID}` },
    ]);
  });

  it('says what differs in an adopted voice call that cannot be updated yet', async () => {
    const body = { success: true, data: { voice_calls: [record({ status: 'INCOMING_CALL' }).data] } };
    expect(
      await vcita.deliver(ofRow(PARTLY, { attempt: 2, isRepeated: true }), ACCOUNT, scripted({ body })),
    ).toMatchObject({
      difference: "vcita's voice call differs in status.",
      learned: LEARNED,
    });
  });

  it.each([{ body: { success: true, data: { voice_calls: [] } } }, { status: 401 }, { status: 403 }])(
    'is sent on a later try if none is found or can be read: %o',
    async (step) => {
      const client = scripted(step, { body: record() });
      await vcita.deliver(ofRow(PARTLY, { attempt: 3, isRepeated: true }), ACCOUNT, client);
      expect(client.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    },
  );

  it('is not sent while it cannot be looked up', async () => {
    const client = scripted({ status: 500 });
    await expect(
      vcita.deliver(ofRow({}, { attempt: 2, isRepeated: true }), ACCOUNT, client),
    ).rejects.toMatchObject({
      status: 500,
    });
    expect(client.requests).toHaveLength(1);
  });
});

describe('the test', () => {
  it('lists a voice call', async () => {
    const client = scripted({ body: {} });
    expect(await vcita.test(ACCOUNT, client)).toBe('vcita accepts the token, and lists voice calls.');
    expect(client.requests).toEqual([{ method: 'GET', path: PATH, query: { per_page: '1' } }]);
  });

  it("says what a refusal may mean for an app's token", async () => {
    await expect(vcita.test(ACCOUNT, scripted(refusal(401, 'Unauthorized')))).rejects.toMatchObject({
      status: 401,
      text: expect.stringMatching(/^Unauthorized \(The token of an app/),
    });
  });
});
