import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/identity/identity.enums.js';
import { fingerprint } from '../errors/fingerprint.js';
import { by, joinCalls, other } from '../events/events.js';
import {
  createVoiceCall,
  givenCall,
  hangUpCall,
  readCall,
  replaceCallFlow,
  upsertCall,
} from '../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { fresh, VOICE_CALL, VOICE_CALL_WHOLE } from './world.js';

type Data = Answer['data'];

let gateway: TestGateway;
let app: Client;
let ann: Client;

const staff = (staffUid: string | null, scopes: Scope[] = ['VOICE_CALLS_WRITE']) =>
  gateway.client({ organization: 'acme', kind: 'STAFF', staffUid, scopes });

beforeAll(async () => {
  gateway = await openTestGateway();
  app = await gateway.client({ organization: 'acme' });
  ann = await staff('ann');
});
afterAll(() => gateway.close());

interface Handled {
  staffUid?: string;
  handledByStaffUid?: string | null;
}

const CREATE = `mutation ($input: CreateVoiceCallInput!) {
  created: createVoiceCall(input: $input) { voiceCall { id } errors { code } }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateVoiceCallInput!) {
  updated: updateVoiceCall(voiceCall: { id: $id }, input: $input) { voiceCall { id staffUid handledByStaffUid } errors { code } }
}`;
const PATCH = `mutation ($id: ID!, $input: PatchVoiceCallInput!) {
  patched: patchVoiceCall(voiceCall: { id: $id }, input: $input) { voiceCall { id staffUid handledByStaffUid } errors { code } }
}`;

const names = () => ({ sourceId: fresh('source'), externalUuid: fresh('external') });
const newInput = (handled: Handled) => ({ ...VOICE_CALL, ...names(), ...handled });
const newRecord = (handled: Handled): Variables => ({ input: newInput(handled) });

/** A record that an APP key made. */
async function stored(handled: Handled): Promise<string> {
  const { created } = await app.ask(CREATE, newRecord(handled));
  return created.voiceCall.id;
}

async function expectForbidden(client: Client, document: string, variables: Variables): Promise<void> {
  const before = await fingerprint(gateway.database);
  const { status, data, errors }: Answer = await client.send(document, variables);
  expect(status).toBe(200);
  expect(errors).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  expect(errors?.[0]?.message).toMatch(/STAFF.*staffUid.*handledByStaffUid/);
  expect(Object.values(data)).toEqual([null]);
  expect(await fingerprint(gateway.database)).toEqual(before);
}

const OWN: Handled[] = [{ staffUid: 'ann' }, { staffUid: 'bob', handledByStaffUid: 'ann' }];
const FOREIGN: Handled[] = [
  { staffUid: 'bob' },
  { staffUid: 'bob', handledByStaffUid: 'cid' },
  { staffUid: 'Ann' },
  { staffUid: 'ann ' },
];

describe('a STAFF key', () => {
  it.each(OWN)('creates a record of its own: %j', async (handled) => {
    const { created } = await ann.ask(CREATE, newRecord(handled));
    expect(created).toMatchObject({ voiceCall: { id: expect.any(String) }, errors: [] });
  });

  it.each(FOREIGN)('does not create a record of another’s: %j', async (handled) => {
    await expectForbidden(ann, CREATE, newRecord(handled));
  });

  it.each(OWN)('replaces and changes a record of its own: %j', async (handled) => {
    const id = await stored(handled);
    const whole = { ...VOICE_CALL_WHOLE, ...names(), ...handled };
    expect((await ann.ask(UPDATE, { id, input: whole })).updated.errors).toEqual([]);
    const { patched } = await ann.ask(PATCH, { id, input: { callSummary: 'hers' } });
    expect(patched).toMatchObject({ voiceCall: handled, errors: [] });
  });

  it.each(FOREIGN)('does not take over a record of another’s: %j', async (handled) => {
    const id = await stored(handled);
    const whole = { ...VOICE_CALL_WHOLE, ...names() };
    await expectForbidden(ann, UPDATE, { id, input: { ...whole, staffUid: 'ann' } });
    await expectForbidden(ann, UPDATE, { id, input: { ...whole, handledByStaffUid: 'ann' } });
    await expectForbidden(ann, PATCH, { id, input: { staffUid: 'ann' } });
    await expectForbidden(ann, PATCH, { id, input: { handledByStaffUid: 'ann' } });
    await expectForbidden(ann, PATCH, { id, input: { callSummary: 'hers' } });
    await expectForbidden(ann, PATCH, { id, input: {} });
  });

  it('does not give a record of its own away', async () => {
    const id = await stored({ staffUid: 'ann' });
    await expectForbidden(ann, UPDATE, { id, input: { ...VOICE_CALL_WHOLE, ...names(), staffUid: 'bob' } });
    await expectForbidden(ann, PATCH, { id, input: { staffUid: 'bob' } });
    const handledByAnn = await stored({ staffUid: 'bob', handledByStaffUid: 'ann' });
    await expectForbidden(ann, PATCH, { id: handledByAnn, input: { handledByStaffUid: null } });
    await expectForbidden(ann, UPDATE, {
      id: handledByAnn,
      input: { ...VOICE_CALL_WHOLE, ...names(), staffUid: 'bob' },
    });
  });

  it('may hand a record on while it stays its own in either way', async () => {
    const id = await stored({ staffUid: 'ann' });
    const { patched } = await ann.ask(PATCH, { id, input: { staffUid: 'bob', handledByStaffUid: 'ann' } });
    expect(patched).toMatchObject({ voiceCall: { staffUid: 'bob', handledByStaffUid: 'ann' }, errors: [] });
  });

  it('is refused before any other error', async () => {
    const id = await stored({ staffUid: 'bob' });
    const document = PATCH.replace('input: $input', 'input: $input, expectedRevision: 7');
    await expectForbidden(ann, document, { id, input: { staffUid: 'ann' } });
  });

  it('without a staffUid has no record of its own, not even an unhandled one', async () => {
    const nobody = await staff(null);
    const id = await stored({ staffUid: 'bob', handledByStaffUid: null });
    await expectForbidden(nobody, PATCH, { id, input: { callSummary: 'hers' } });
    await expectForbidden(nobody, CREATE, newRecord({ staffUid: 'bob' }));
  });

  it('reads the records of others', async () => {
    const id = await stored({ staffUid: 'bob' });
    const { voiceCall } = await ann.ask('query ($id: ID!) { voiceCall(id: $id) { staffUid } }', { id });
    expect(voiceCall).toEqual({ staffUid: 'bob' });
  });
});

describe('a STAFF key that may write calls', () => {
  const JOIN = `mutation ($call: CallLocator!, $duplicate: CallLocator!) {
    joined: joinCalls(call: $call, duplicate: $duplicate) { call { id } errors { code } }
  }`;
  const WRITES: Scope[] = ['CALLS_WRITE', 'VOICE_CALLS_WRITE', 'CALL_FLOWS_WRITE'];
  let writer: Client;
  let admin: Client;
  beforeAll(async () => {
    writer = await staff('ann', WRITES);
    admin = await staff('ann', ['ADMIN']);
  });

  /** A call; with a voice call where it is said whose. */
  async function givenRecord(handled: Handled | null): Promise<Data> {
    const reference = other(fresh('record'));
    const call = await givenCall(app, { references: [reference], status: 'RINGING' });
    if (handled === null) return { ...call, reference };
    const { voiceCall } = await createVoiceCall(app, { call: { id: call.id }, input: newInput(handled) });
    return { ...call, reference, voiceCall };
  }

  const FORBIDDEN_PAIRS: [string, Handled | null, Handled | null][] = [
    ['the duplicate has another’s voice call', null, { staffUid: 'bob' }],
    ['the call has another’s voice call', { staffUid: 'bob' }, null],
    ['the call has its own, and the duplicate another’s', { staffUid: 'ann' }, { staffUid: 'bob' }],
    ['the call has another’s, and the duplicate its own', { staffUid: 'bob' }, { staffUid: 'ann' }],
    ['it neither is staffUid nor handledByStaffUid', null, { staffUid: 'bob', handledByStaffUid: 'cid' }],
  ];

  it.each(FORBIDDEN_PAIRS)('joins no calls when %s', async (_, ofCall, ofDuplicate) => {
    const [call, duplicate] = [await givenRecord(ofCall), await givenRecord(ofDuplicate)];
    for (const client of [writer, admin]) {
      await expectForbidden(client, JOIN, { call: { id: call.id }, duplicate: { id: duplicate.id } });
    }
    const names = { call: by(call.reference), duplicate: by(duplicate.reference) };
    await expectForbidden(writer, JOIN, names);
    expect((await joinCalls(app, names.call, names.duplicate)).errors).toHaveLength(
      ofCall && ofDuplicate ? 1 : 0,
    );
  });

  it('without a staffUid joins no calls that have a voice call', async () => {
    const nobody = await staff(null, WRITES);
    const [call, duplicate] = [await givenRecord(null), await givenRecord({ staffUid: 'bob' })];
    await expectForbidden(nobody, JOIN, { call: { id: call.id }, duplicate: { id: duplicate.id } });
  });

  it.each(OWN)('joins calls whose voice call is its own, whichever has it: %j', async (handled) => {
    for (const isTurned of [false, true]) {
      const [plain, handledCall] = [await givenRecord(null), await givenRecord(handled)];
      const [call, duplicate] = isTurned ? [handledCall, plain] : [plain, handledCall];
      const payload = await joinCalls(writer, { id: call.id }, { id: duplicate.id });
      expect(payload).toMatchObject({
        call: { id: call.id, voiceCall: handledCall.voiceCall && {} },
        errors: [],
      });
    }
  });

  it('joins calls without a voice call, and is answered as before when they were joined and got one', async () => {
    const [call, duplicate] = [await givenRecord(null), await givenRecord(null)];
    const join = () => joinCalls(writer, { id: call.id }, { id: duplicate.id });
    expect((await join()).errors).toEqual([]);
    await createVoiceCall(app, { call: { id: call.id }, input: newInput({ staffUid: 'bob' }) });
    const before = await fingerprint(gateway.database);
    expect(await join()).toMatchObject({ call: { id: call.id }, errors: [] });
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('changes nothing of another’s voice call by what it writes of its call', async () => {
    const { id, reference, voiceCall } = await givenRecord({ staffUid: 'bob' });
    const names = [voiceCall.sourceId, voiceCall.externalUuid].map((value, index) => ({
      system: 'VCITA',
      name: index === 0 ? 'sourceId' : 'externalUuid',
      value,
    }));
    const own = await givenRecord({ staffUid: 'ann' });
    const sending = { callFlow: [{ ringing: {} }], status: 'IN_PROGRESS', from: 'a', duration: 7 };
    expect((await upsertCall(writer, { references: [reference, names[0]], ...sending })).errors).toEqual([]);
    for (const references of [
      [own.reference, names[1]],
      [names[0], own.reference],
    ]) {
      const { errors } = await upsertCall(writer, { references, ...sending });
      expect(errors).toMatchObject([{ code: 'REFERENCE_CONFLICT' }]);
    }
    await replaceCallFlow(writer, { call: { id }, commands: [{ ringing: {} }] });
    await hangUpCall(writer, { id });
    expect((await readCall(app, id)).voiceCall).toEqual(voiceCall);
    expect((await readCall(app, own.id)).voiceCall).toEqual(own.voiceCall);
  });

  it('gets ALREADY_EXISTS or REFERENCE_CONFLICT, and writes nothing, for a voice call beside another’s, by the call and by its names', async () => {
    const { id, voiceCall } = await givenRecord({ staffUid: 'bob' });
    const before = await fingerprint(gateway.database);
    const { sourceId, externalUuid } = voiceCall;
    for (const variables of [
      { call: { id }, input: newInput({ staffUid: 'ann' }) },
      { input: { ...VOICE_CALL, sourceId, externalUuid, staffUid: 'ann' } },
    ]) {
      const payload = await createVoiceCall(writer, variables);
      expect(payload.errors).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
    }
    expect(await fingerprint(gateway.database)).toEqual(before);
    // Nor does it give its own record a name of another's.
    const own = await givenRecord({ staffUid: 'ann' });
    const withOwn = await fingerprint(gateway.database);
    const { updated } = await writer.ask(UPDATE, {
      id: own.voiceCall.id,
      input: { ...VOICE_CALL_WHOLE, ...names(), staffUid: 'ann', sourceId },
    });
    expect(updated.errors).toEqual([{ code: 'REFERENCE_CONFLICT' }]);
    expect(await fingerprint(gateway.database)).toEqual(withOwn);
  });
});

it.each(['APP', 'DIRECTORY'] as const)('a key of the kind %s writes all records', async (kind) => {
  const client = await gateway.client({ organization: 'acme', kind, scopes: ['VOICE_CALLS_WRITE'] });
  const id = await stored({ staffUid: 'bob' });
  expect((await client.ask(PATCH, { id, input: { staffUid: 'ann' } })).patched.errors).toEqual([]);
});
