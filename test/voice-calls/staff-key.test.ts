import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CREATE_VOICE_CALL,
  createVoiceCall,
  PATCH_VOICE_CALL,
  patchVoiceCall,
  readCalls,
  UPDATE_VOICE_CALL,
  updateVoiceCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { VOICE_CALL } from '../vendors/vcita-document.js';

let gateway: TestGateway;
let admin: Client;
let staff: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  const organization = randomUUID();
  admin = await gateway.client({ organization });
  staff = await gateway.client({
    organization,
    kind: 'STAFF',
    staffUid: 'me',
    scopes: ['VOICE_CALLS_WRITE'],
  });
});
afterAll(() => gateway.close());

const record = (staffUid: string, handledByStaffUid: string | null) => ({
  ...VOICE_CALL,
  staffUid,
  handledByStaffUid,
});
const MINE = record('me', null);
const HANDLED = record('them', 'me');
const FOREIGN = record('them', null);
const EMPTIED = record('me', 'them');

function expectForbidden({ data, errors }: Answer): void {
  expect(data?.payload ?? null).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
}

describe('a STAFF key', () => {
  it.each([
    ['of its own', MINE],
    ['that it handles', HANDLED],
    ['of its own that another handles', EMPTIED],
  ])('creates, updates and patches a voice call %s', async (_whose, input) => {
    const created = await createVoiceCall(staff, { input });
    const voiceCall = { id: created.voiceCall.id };
    const updated = await updateVoiceCall(staff, { voiceCall, input: { ...input, callSummary: 'updated' } });
    const patched = await patchVoiceCall(staff, { voiceCall, input: { status: 'MISSED_CALL_HANDLED' } });
    expect([created.errors, updated.errors, patched.errors]).toEqual([[], [], []]);
    expect(patched.voiceCall).toMatchObject({ callSummary: 'updated', revision: 3 });
  });

  it('creates no voice call of another staff member, and no call for it', async () => {
    expectForbidden(await staff.send(CREATE_VOICE_CALL, { input: FOREIGN }));
    expect(await readCalls(admin)).toEqual([]);
  });

  it.each([
    ['that is foreign', FOREIGN, { callSummary: 'mine now' }],
    ['by taking what is foreign', FOREIGN, { staffUid: 'me', handledByStaffUid: 'me' }],
    ['by giving away what is its own', MINE, { staffUid: 'them' }],
    ['by giving away what it handles', HANDLED, { handledByStaffUid: null }],
  ])('changes no voice call %s', async (_which, stored, change) => {
    const created = await createVoiceCall(admin, { input: stored });
    const voiceCall = { id: created.voiceCall.id };
    const before = await readCalls(admin);

    expectForbidden(await staff.send(UPDATE_VOICE_CALL, { voiceCall, input: { ...stored, ...change } }));
    expectForbidden(await staff.send(PATCH_VOICE_CALL, { voiceCall, input: change }));

    expect(await readCalls(admin)).toEqual(before);
  });

  it('may set another handler for its own voice call, and still own it', async () => {
    const created = await createVoiceCall(staff, { input: MINE });
    const voiceCall = { id: created.voiceCall.id };
    const { errors } = await patchVoiceCall(staff, { voiceCall, input: { handledByStaffUid: 'them' } });
    expect(errors).toEqual([]);
  });
});

describe.each(['APP', 'DIRECTORY'] as const)('an %s key', (kind) => {
  it('writes any voice call', async () => {
    const client = await gateway.client({ kind, scopes: ['VOICE_CALLS_WRITE'] });
    const created = await createVoiceCall(client, { input: FOREIGN });
    const voiceCall = { id: created.voiceCall.id };
    const { errors } = await patchVoiceCall(client, { voiceCall, input: { staffUid: 'anybody' } });
    expect([created.errors, errors]).toEqual([[], []]);
  });
});
