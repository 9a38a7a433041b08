import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { fresh, VOICE_CALL, VOICE_CALL_WHOLE } from './world.js';

let gateway: TestGateway;
let app: Client;
let ann: Client;

const staff = (staffUid: string | null) =>
  gateway.client({ organization: 'acme', kind: 'STAFF', staffUid, scopes: ['VOICE_CALLS_WRITE'] });

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
const newRecord = (handled: Handled): Variables => ({ input: { ...VOICE_CALL, ...names(), ...handled } });

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

  it('is refused whatever else would stop the write', async () => {
    const id = await stored({ staffUid: 'bob' });
    const document = PATCH.replace('input: $input', 'input: $input, expectedRevision: 7');
    await expectForbidden(ann, document, { id, input: { staffUid: 'ann' } });
  });

  it('without a staffUid has no record of its own, not even one that nobody handled', async () => {
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

it.each(['APP', 'DIRECTORY'] as const)('a key of the kind %s writes everybody’s records', async (kind) => {
  const client = await gateway.client({ organization: 'acme', kind, scopes: ['VOICE_CALLS_WRITE'] });
  const id = await stored({ staffUid: 'bob' });
  expect((await client.ask(PATCH, { id, input: { staffUid: 'ann' } })).patched.errors).toEqual([]);
});
