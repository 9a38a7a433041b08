import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/vendors/vendor-message.js';
import { join } from '../../intake/join/join.js';
import { VOICE_CALL, VOICE_CALL_WHOLE } from '../../intake/voice-calls.js';
import {
  createVoiceCall,
  givenCall,
  mergeCallMetadata,
  patchVoiceCall,
  readCall,
  updateVoiceCall,
} from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { givenAccount, updateAccount } from '../../support/vendors/accounts.js';
import { openBurki } from '../../support/vendors/burki.js';
import { connect } from '../delivery/connected.js';
import { recordWriter } from './records.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let write: Awaited<ReturnType<typeof recordWriter>>;
let accounts: Record<'burki' | 'bird' | 'vcita', Data>;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  write = await recordWriter(gateway, client);
  accounts = {
    burki: await givenAccount(client, { system: 'BURKI' }),
    bird: await givenAccount(client, { system: 'BIRD' }),
    vcita: await givenAccount(client, { system: 'VCITA' }),
  };
});
afterAll(() => gateway.close());

const HOUR = 3_600_000;
/** By the vendor's clock, and the gateway's: they are the same machine's here. */
const hours = (count: number) => new Date(Date.now() + count * HOUR);

const ofVcita = (uid: string, updatedAt: Date, values: object, voiceCall: object): CallRecord => ({
  references: [{ system: 'VCITA', name: 'uid', value: uid }],
  values: { vendorUpdatedAt: updatedAt, ...values },
  voiceCall: {
    ...{ uid, staffUid: 'staff', clientUid: 'client', fromNumber: '+14155550100', toNumber: '+14155550101' },
    ...{ direction: 'INBOUND', status: 'MISSED', sourceId: `s ${uid}`, externalUuid: `e ${uid}` },
    ...voiceCall,
  },
});
const ofBird = (id: string, updatedAt: Date, values: object): CallRecord => ({
  references: [{ system: 'BIRD', name: 'id', value: id }],
  values: { vendorUpdatedAt: updatedAt, ...values },
});
const ofBurki = (id: string, fetchedAt: Date, values: object): CallRecord => ({
  references: [{ system: 'BURKI', name: 'id', value: id }],
  values,
  fetchedAt,
});

async function updateCall(id: string, input: object): Promise<void> {
  const { payload } = await client.ask(
    `mutation ($id: ID!, $input: UpdateCallInput!) {
      payload: updateCall(call: { id: $id }, input: $input) { errors { message } } }`,
    { id, input },
  );
  expect(payload.errors).toEqual([]);
}

async function patch(id: string, input: object): Promise<void> {
  const { errors } = await patchVoiceCall(client, { voiceCall: { call: { id } }, input });
  expect(errors).toEqual([]);
}

async function patchVoiceCalls(id: string, input: object): Promise<void> {
  const { payload } = await client.ask(
    `mutation ($items: [PatchVoiceCallItem!]!) {
      payload: patchVoiceCalls(items: $items) { voiceCall { id } errors { message } } }`,
    { items: [{ voiceCall: { call: { id } }, input }] },
  );
  for (const { errors } of payload) expect(errors).toEqual([]);
}

async function update(id: string, input: object): Promise<void> {
  const { voiceCall } = await readCall(client, id);
  const { sourceId, externalUuid } = voiceCall;
  const whole = { ...VOICE_CALL_WHOLE, sourceId, externalUuid, staffUid: 'staff', ...input };
  const { errors } = await updateVoiceCall(client, { voiceCall: { call: { id } }, input: whole });
  expect(errors).toEqual([]);
}

const CHANGES: [string, (id: string, input: object) => Promise<unknown>][] = [
  ['patchVoiceCall', patch],
  ['patchVoiceCalls', patchVoiceCalls],
  ['updateVoiceCall', update],
  // This one takes locks first.
  ['updateVoiceCall with a new reference', (id, input) => update(id, { ...input, sourceId: randomUUID() })],
];

describe('what a person has changed of a voice call', () => {
  it.each(CHANGES)('by %s stays until vcita has a newer record', async (_, change) => {
    const uid = randomUUID();
    const old = (at: Date) =>
      ofVcita(
        uid,
        at,
        { duration: 5, from: '+14155550100', vendorStatus: 'MISSED' },
        { duration: 5, callSummary: 'old', handledByStaffUid: 'old' },
      );
    const written = hours(-2);
    await write(accounts.vcita, old(written));
    const callId = await idOf('VCITA', 'uid', uid);
    await change(callId, {
      ...{ duration: 9, callSummary: 'mine', fromNumber: '+14155550199', status: 'VOICEMAIL' },
    });
    const mine = {
      ...{ duration: 9, from: '+14155550199', status: 'VOICEMAIL' },
      voiceCall: { duration: 9, callSummary: 'mine', fromNumber: '+14155550199', status: 'VOICEMAIL' },
    };
    const before = await readCall(client, callId);
    expect(before).toMatchObject(mine);
    await write(accounts.vcita, old(written));
    expect(await readCall(client, callId)).toEqual(before);
    // It was written before the change, and is read after it.
    await write(accounts.vcita, old(hours(-1)));
    expect(await readCall(client, callId)).toMatchObject(mine);
    await write(
      accounts.vcita,
      ofVcita(uid, hours(1), { duration: 7 }, { duration: 7, callSummary: 'newer', status: 'MISSED' }),
    );
    expect(await readCall(client, callId)).toMatchObject({
      duration: 7,
      voiceCall: { duration: 7, callSummary: 'newer', status: 'MISSED' },
    });
  });

  it('stays beside what it has not changed, which follows vcita', async () => {
    const uid = randomUUID();
    await write(accounts.vcita, ofVcita(uid, hours(-3), {}, { callSummary: 'old', externalAppName: 'old' }));
    const id = await idOf('VCITA', 'uid', uid);
    await patch(id, { callSummary: 'mine' });
    await write(accounts.vcita, ofVcita(uid, hours(-2), {}, { callSummary: 'old', externalAppName: 'new' }));
    expect(await readCall(client, id)).toMatchObject({
      voiceCall: { callSummary: 'mine', externalAppName: 'new' },
    });
  });

  it('stays where the vendor’s clock is ahead, and after a join', async () => {
    const uid = randomUUID();
    const record = ofVcita(uid, hours(2), { duration: 5 }, { callSummary: 'old', duration: 5 });
    await write(accounts.vcita, record);
    const id = await idOf('VCITA', 'uid', uid);
    await patch(id, { callSummary: 'mine', duration: 9 });
    const into = await givenCall(client);
    await join(client, into, { id });
    await write(accounts.vcita, record);
    expect(await readCall(client, into.id)).toMatchObject({
      duration: 9,
      voiceCall: { callSummary: 'mine', duration: 9 },
    });
  });

  it('is changed anew by a record of the same time, once a newer one has changed it', async () => {
    const uid = randomUUID();
    await write(accounts.vcita, ofVcita(uid, hours(-2), {}, { callSummary: 'old' }));
    const id = await idOf('VCITA', 'uid', uid);
    await patch(id, { callSummary: 'mine' });
    const later = hours(1);
    await write(accounts.vcita, ofVcita(uid, later, {}, { callSummary: 'newer' }));
    await write(accounts.vcita, ofVcita(uid, later, {}, { callSummary: 'in the same second' }));
    expect(await readCall(client, id)).toMatchObject({ voiceCall: { callSummary: 'in the same second' } });
  });

  it('stays if the voice call was made here, and vcita knew it before', async () => {
    const uid = randomUUID();
    const { voiceCall } = await createVoiceCall(client, {
      input: { ...VOICE_CALL, sourceId: `s ${uid}`, externalUuid: `e ${uid}`, duration: 9 },
    });
    const { id } = voiceCall.call;
    await write(accounts.vcita, {
      ...ofVcita(uid, hours(-1), { duration: 5 }, { duration: 5, callSummary: 'fills' }),
      references: [
        { system: 'VCITA', name: 'uid', value: uid },
        { system: 'VCITA', name: 'sourceId', value: `s ${uid}` },
      ],
    });
    expect(await readCall(client, id)).toMatchObject({
      duration: 9,
      voiceCall: { uid, duration: 9, staffUid: 'staff-1', callSummary: 'fills' },
    });
  });
});

async function idOf(system: string, name: string, value: string): Promise<string> {
  const { found } = await client.ask(
    'query ($reference: CallReferenceInput!) { found: callByReference(reference: $reference) { id } }',
    { reference: { system, name, value } },
  );
  return found.id;
}

const MINE = {
  ...{ duration: 9, reason: null, from: '+14155550199', status: 'NO_ANSWER', customerNumber: '+14155550177' },
  ...{ addTags: ['mine'], removeTags: ['old'] },
};
const AFTER = {
  ...{ duration: 9, reason: null, from: '+14155550199', status: 'NO_ANSWER', customerNumber: '+14155550177' },
  ...{ tags: ['mine'], type: 'sip' },
};
const OLD = {
  ...{ duration: 5, reason: 'old', from: '+14155550100', vendorStatus: 'completed', tags: ['old'] },
  type: 'sip',
};

describe('what a person has changed by updateCall', () => {
  it('stays until Bird has a newer record', async () => {
    const bird = randomUUID();
    const written = hours(-2);
    await write(accounts.bird, ofBird(bird, written, OLD));
    const id = await idOf('BIRD', 'id', bird);
    await updateCall(id, MINE);
    const before = await readCall(client, id);
    expect(before).toMatchObject(AFTER);
    await write(accounts.bird, ofBird(bird, written, OLD));
    expect(await readCall(client, id)).toEqual(before);
    await write(accounts.bird, ofBird(bird, hours(-1), { ...OLD, type: 'pstn' }));
    expect(await readCall(client, id)).toMatchObject({ ...AFTER, type: 'pstn' });
    await write(accounts.bird, ofBird(bird, hours(1), { ...OLD, vendorStatus: 'busy' }));
    expect(await readCall(client, id)).toMatchObject({
      duration: 5,
      reason: 'old',
      tags: ['old'],
      status: 'BUSY',
    });
  });

  it('stays until Burki was asked again', async () => {
    const burki = randomUUID();
    const asked = hours(-2);
    await write(accounts.burki, ofBurki(burki, asked, OLD));
    const id = await idOf('BURKI', 'id', burki);
    await updateCall(id, MINE);
    const before = await readCall(client, id);
    for (const at of [asked, hours(-1)]) {
      await write(accounts.burki, ofBurki(burki, at, OLD));
      expect(await readCall(client, id)).toEqual(before);
    }
    await write(accounts.burki, ofBurki(burki, hours(1), OLD));
    expect(await readCall(client, id)).toMatchObject({ duration: 5, reason: 'old', tags: ['old'] });
  });

  it('stays if no record was there before, and where it empties the word of the status', async () => {
    const bird = randomUUID();
    const { id } = await givenCall(client, {
      references: [{ system: 'BIRD', name: 'id', value: bird }],
      ...{ vendorStatus: 'odd', reason: 'old' },
    });
    await updateCall(id, { vendorStatus: null, reason: null });
    await write(
      accounts.bird,
      ofBird(bird, hours(-1), { vendorStatus: 'completed', reason: 'old', duration: 3 }),
    );
    // Only the end of the call that vendors have seen counts in any case.
    expect(await readCall(client, id)).toMatchObject({ reason: null, duration: 3, status: 'COMPLETED' });
    await updateCall(id, { vendorStatus: null });
    await write(accounts.bird, ofBird(bird, hours(-1), { vendorStatus: 'completed' }));
    expect(await readCall(client, id)).toMatchObject({ vendorStatus: null, status: 'COMPLETED' });
  });

  it('leaves alone what it does not name', async () => {
    const bird = randomUUID();
    const written = hours(-2);
    await write(accounts.bird, ofBird(bird, written, { tags: ['one'], duration: 5 }));
    const id = await idOf('BIRD', 'id', bird);
    await updateCall(id, { reason: 'mine' });
    await write(accounts.bird, ofBird(bird, hours(-1), { tags: ['two'], duration: 6, reason: 'old' }));
    expect(await readCall(client, id)).toMatchObject({ tags: ['two'], duration: 6, reason: 'mine' });
  });
});

it('members merged into a record that was joined stay, though the vendor has refused them for now', async () => {
  const burki = await openBurki();
  burki.behave({ refuse: ({ method }) => (method === 'PATCH' ? { status: 503, body: {} } : null) });
  const account = await connect(gateway, client, { system: 'BURKI', url: burki.url });
  const id = '4711';
  const record = (fetchedAt: Date, metadata: Record<string, unknown>) => ({
    ...ofBurki(id, fetchedAt, { metadata }),
    references: ['id', 'callSid'].map((name) => ({ system: 'BURKI' as const, name, value: id })),
  });
  await write(account, record(hours(-2), { mood: 'theirs', pace: 1 }));
  const call = await idOf('BURKI', 'id', id);
  const duplicate = await givenCall(client);
  await mergeCallMetadata(client, { call: { id: duplicate.id }, metadata: { mood: 'mine', note: 'mine' } });
  await join(client, { id: call }, duplicate);
  const refused = () =>
    burki.requests.filter(({ method, status }) => method === 'PATCH' && status === 503).length;
  await expect.poll(refused, { timeout: 30_000 }).toBeGreaterThan(0);
  await write(account, record(hours(1), { mood: 'theirs', note: 'theirs', pace: 2 }));
  expect((await readCall(client, call)).metadata).toEqual({ mood: 'mine', note: 'mine', pace: 2 });
  await updateAccount(client, account.id, { sends: false });
  await burki.close();
});

it('ends with a person’s change or the newest record after it, in any order of the records', async () => {
  const step = fc.oneof(
    fc.record({ hour: fc.integer({ min: -9, max: 9 }), value: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ mine: fc.integer({ min: 100, max: 199 }), isCall: fc.boolean() }),
  );
  const property = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (steps) => {
    const uid = randomUUID();
    const start = Date.now();
    const time = (hour: number) => new Date(start + hour * HOUR + (hour >= 0 ? HOUR / 2 : 0));
    const first = { hour: -10, value: 1 };
    // Of one record there is one version.
    const values = new Map<number, number>([[first.hour, first.value]]);
    const expected = { call: 1, voiceCall: 1, newest: first.hour, callAt: -10, voiceCallAt: -10 };
    await write(accounts.vcita, ofVcita(uid, time(-10), { duration: 1 }, { duration: 1 }));
    const id = await idOf('VCITA', 'uid', uid);
    for (const each of steps) {
      if ('hour' in each) {
        const { hour } = each;
        const value = values.get(hour) ?? each.value;
        values.set(hour, value);
        await write(accounts.vcita, ofVcita(uid, time(hour), { duration: value }, { duration: value }));
        if (hour > expected.callAt) Object.assign(expected, { call: value, callAt: hour });
        if (hour > expected.newest && hour > expected.voiceCallAt)
          Object.assign(expected, { voiceCall: value, voiceCallAt: hour });
        expected.newest = Math.max(expected.newest, hour);
        continue;
      }
      // A change here counts for now, or for just after the newest record.
      const at = Math.max(expected.newest, -0.5);
      await (each.isCall ? updateCall(id, { duration: each.mine }) : patch(id, { duration: each.mine }));
      if (each.isCall || each.mine !== expected.call)
        Object.assign(expected, { call: each.mine, callAt: at });
      if (!each.isCall && each.mine !== expected.voiceCall)
        Object.assign(expected, { voiceCall: each.mine, voiceCallAt: at });
    }
    expect(await readCall(client, id)).toMatchObject({
      duration: expected.call,
      voiceCall: { duration: expected.voiceCall },
    });
  });
  await fc.assert(property, { numRuns: 25 });
});
