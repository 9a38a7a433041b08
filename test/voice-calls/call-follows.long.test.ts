import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createVoiceCall,
  givenCall,
  patchVoiceCall,
  readCall,
  updateVoiceCall,
} from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { VOICE_CALL } from '../vendors/vcita-document.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** The call's status, by the status and duration of the voice call. */
const TABLE: [status: string, duration: number | null, callStatus: string][] = [
  ['INCOMING_CALL', null, 'RINGING'],
  ['INCOMING_CALL', 0, 'RINGING'],
  ['INCOMING_CALL', 120, 'RINGING'],
  ['ANSWERED_BY_STAFF', null, 'IN_PROGRESS'],
  ['ANSWERED_BY_STAFF', 0, 'IN_PROGRESS'],
  ['ANSWERED_BY_STAFF', 120, 'COMPLETED'],
  ['ANSWERED_BY_CALLS_PROVIDER', null, 'IN_PROGRESS'],
  ['ANSWERED_BY_CALLS_PROVIDER', 0, 'IN_PROGRESS'],
  ['ANSWERED_BY_CALLS_PROVIDER', 120, 'COMPLETED'],
  ['MISSED', null, 'NO_ANSWER'],
  ['MISSED', 0, 'NO_ANSWER'],
  ['MISSED', 120, 'NO_ANSWER'],
  ['MISSED_CALL_HANDLED', null, 'NO_ANSWER'],
  ['MISSED_CALL_HANDLED', 0, 'NO_ANSWER'],
  ['MISSED_CALL_HANDLED', 120, 'NO_ANSWER'],
  ['VOICEMAIL_RECEIVED', null, 'VOICEMAIL'],
  ['VOICEMAIL_RECEIVED', 0, 'VOICEMAIL'],
  ['VOICEMAIL_RECEIVED', 120, 'VOICEMAIL'],
  ['VOICEMAIL', null, 'VOICEMAIL'],
  ['VOICEMAIL', 0, 'VOICEMAIL'],
  ['VOICEMAIL', 120, 'VOICEMAIL'],
];
const LIVE_STATUSES = ['INCOMING_CALL', 'ANSWERED_BY_STAFF', 'ANSWERED_BY_CALLS_PROVIDER'];

describe.each(TABLE)('a new voice call that is %s with a duration of %s', (status, duration, callStatus) => {
  it(`makes its call ${callStatus}`, async () => {
    const { voiceCall } = await createVoiceCall(client, { input: { ...VOICE_CALL, status, duration } });
    expect(voiceCall).toMatchObject({ status, duration });
    expect(await readCall(client, voiceCall.call.id)).toMatchObject({
      status: callStatus,
      vendorStatus: status,
      duration,
      endedAt: null,
    });
  });
});

describe.each(TABLE.filter(([, duration]) => duration !== null))(
  'an update to %s with a duration of %s',
  (status, duration, callStatus) => {
    it(`makes a live call ${callStatus}`, async () => {
      const live = { ...VOICE_CALL, status: 'INCOMING_CALL', duration: null, direction: 'OUTBOUND' };
      const { voiceCall } = await createVoiceCall(client, { input: live });
      const input = {
        ...VOICE_CALL,
        status,
        duration,
        fromNumber: '+351910648518',
        toNumber: '+3197058016589',
      };
      await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input });
      expect(await readCall(client, voiceCall.call.id)).toMatchObject({
        status: callStatus,
        vendorStatus: status,
        duration,
        direction: 'INBOUND',
        from: '+351910648518',
        to: '+3197058016589',
        endedAt: null,
      });
    });
  },
);

describe('a call that has ended', () => {
  it.each(LIVE_STATUSES)('keeps its status and its word when its voice call becomes %s', async (status) => {
    const { id } = await givenCall(client, { vendorStatus: 'busy' });
    const { voiceCall } = await createVoiceCall(client, {
      call: { id },
      input: { ...VOICE_CALL, status, duration: null },
    });
    expect(voiceCall).toMatchObject({ status, call: { id } });
    expect(await readCall(client, id)).toMatchObject({
      status: 'BUSY',
      vendorStatus: 'busy',
      from: '+14155550148',
    });

    await updateVoiceCall(client, {
      voiceCall: { call: { id } },
      input: { ...VOICE_CALL, status, duration: 0 },
    });

    const after = await readCall(client, id);
    expect(after).toMatchObject({ status: 'BUSY', vendorStatus: 'busy', duration: 0 });
    expect(
      after.history.nodes.flatMap(({ newValues }: { newValues: object }) => Object.keys(newValues)),
    ).toContain('voiceCall');
  });

  it('follows to another terminal status', async () => {
    const { id } = await givenCall(client, { vendorStatus: 'busy' });
    await createVoiceCall(client, { call: { id }, input: { ...VOICE_CALL, status: 'VOICEMAIL_RECEIVED' } });
    expect(await readCall(client, id)).toMatchObject({
      status: 'VOICEMAIL',
      vendorStatus: 'VOICEMAIL_RECEIVED',
    });
  });
});

describe('a null of a voice call', () => {
  it('is not copied: the call keeps the duration that it has', async () => {
    const { id } = await givenCall(client, { duration: 7, from: 'sip:old@example.com' });
    const { voiceCall } = await createVoiceCall(client, {
      call: { id },
      input: { ...VOICE_CALL, status: 'ANSWERED_BY_STAFF', duration: null },
    });
    expect(voiceCall.duration).toBeNull();
    expect(await readCall(client, id)).toMatchObject({
      duration: 7,
      from: VOICE_CALL.fromNumber,
      status: 'IN_PROGRESS',
    });

    await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { duration: 90 } });
    await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { duration: null } });

    const after = await readCall(client, id);
    expect(after).toMatchObject({ duration: 90, status: 'COMPLETED', revision: 4 });
    expect(after.voiceCall).toMatchObject({ duration: null, revision: 3 });
  });
});
