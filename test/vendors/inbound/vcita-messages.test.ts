import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { readDeliveries } from '../delivery/connected.js';
import { callBy, deliver, givenHook, type Hook, processed } from './hooks.js';

let gateway: TestGateway;
let client: Client;
let vcita: FakeVcita;
let hook: Hook;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  vcita = await openVcita();
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'VCITA', vendor: vcita });
});
afterEach(async () => {
  expect(vcita.violations).toEqual([]);
  await vcita.close();
});
afterAll(() => gateway.close());

/** As vcita's own example has them: numbers without a plus. */
const record = (more: object = {}) => ({
  ...{ staff_uid: 'staff-1', client_uid: 'client-1', from_number: '183466347342', to_number: '14155550100' },
  ...{
    direction: 'INBOUND',
    status: 'ANSWERED_BY_STAFF',
    source_id: randomUUID(),
    external_uuid: randomUUID(),
  },
  ...{ duration: 120, call_summary: 'About the balance', rate: '0.05', provider: 'VONAGE' },
  ...more,
});

describe('a message of vcita is a hint at its voice call, which is believed', () => {
  it.each<[string, (uid: string) => object]>([
    ['with the voice call at the top', (uid) => ({ uid, status: 'MISSED' })],
    ['with the voice call inside', (uid) => ({ event: 'voice_call/create', data: { voice_call: { uid } } })],
    ['with other uids further in', (uid) => ({ payload: { uid, staff: { uid: 'staff-1' } } })],
  ])('%s', async (_, bodyOf) => {
    const fields = record();
    const { uid } = vcita.add(fields);
    await deliver(gateway, hook.url, bodyOf(uid));
    const [message] = await processed(client, ['APPLIED']);
    expect(message).toMatchObject({ verified: true, reason: null });
    expect(await callBy(client, 'VCITA', 'sourceId', fields.source_id)).toMatchObject({
      ...{
        id: message.call.id,
        direction: 'INBOUND',
        status: 'COMPLETED',
        vendorStatus: 'ANSWERED_BY_STAFF',
      },
      ...{ from: '+183466347342', to: '+14155550100', duration: 120 },
      voiceCall: {
        ...{
          uid,
          staffUid: 'staff-1',
          clientUid: 'client-1',
          fromNumber: '+183466347342',
          status: 'ANSWERED_BY_STAFF',
        },
        ...{ callSummary: 'About the balance', rate: null, provider: 'VONAGE', sourceId: fields.source_id },
      },
    });
    expect(await readDeliveries(client)).toEqual([]);
  });

  it('and again: a later record changes the voice call, the same one nothing', async () => {
    const voiceCall = vcita.add(record({ status: 'INCOMING_CALL', duration: null }));
    const { uid } = voiceCall;
    await deliver(gateway, hook.url, { uid, n: 1 });
    await processed(client, ['APPLIED']);
    await deliver(gateway, hook.url, { uid, n: 2 });
    await processed(client, ['APPLIED', 'UNCHANGED']);
    voiceCall.written = {
      ...voiceCall.written,
      status: 'ANSWERED_BY_STAFF',
      duration: 9,
      handled_by_staff_uid: 'staff-2',
    };
    voiceCall.updatedAt = new Date(Date.now() + 1_000).toISOString();
    await deliver(gateway, hook.url, { uid, n: 3 });
    await processed(client, ['APPLIED', 'UNCHANGED', 'APPLIED']);
    expect(await callBy(client, 'VCITA', 'uid', uid)).toMatchObject({
      ...{ status: 'COMPLETED', duration: 9 },
      voiceCall: { duration: 9, handledByStaffUid: 'staff-2', revision: 2 },
    });
  });

  it('of which the voice call is left out while it lacks what a voice call needs', async () => {
    const { uid } = vcita.add(record({ client_uid: null }));
    await deliver(gateway, hook.url, { uid });
    const [message] = await processed(client, ['APPLIED']);
    expect(message.reason).toContain('clientUid');
    expect(await callBy(client, 'VCITA', 'uid', uid)).toMatchObject({ status: 'COMPLETED', voiceCall: null });
  });

  it('while the token may not read: what the message says is taken, and marked; a bare uid is UNMATCHED', async () => {
    vcita.token = 'rotated';
    await deliver(gateway, hook.url, { data: { uid: 'uid-1', ...record() } });
    await deliver(gateway, hook.url, { data: { uid: 'uid-2' } });
    const [whole, bare] = await processed(client, ['APPLIED', 'UNMATCHED']);
    for (const each of [whole, bare]) expect(each).toMatchObject({ verified: false });
    expect(await callBy(client, 'VCITA', 'uid', 'uid-1')).toMatchObject({
      voiceCall: { staffUid: 'staff-1' },
    });
  });

  it('unless it has no uid', async () => {
    await deliver(gateway, hook.url, { event: 'voice_calls_settings/update', data: { enabled: true } });
    await processed(client, ['UNRECOGNISED']);
  });
});
