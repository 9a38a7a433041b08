import { describe, expect, it } from 'vitest';
import {
  checkVoiceCall,
  checkVoiceCallPatch,
  toVoiceCallTarget,
} from '../../src/voice-calls/voice-call.checks.js';
import { execute, SUFFIX, UUID } from '../graphql-server/execution/fake-context.js';

const record = {
  staffUid: 's1',
  clientUid: 'c1',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'MISSED',
  rate: '0.05',
  provider: 'VONAGE',
  sourceId: 'call-src-001',
  externalUuid: 'ext-call-001',
} as const;
const places = (errors: { code: string; path: string[] | null }[]) =>
  errors.map(({ code, path }) => [code, path?.join('.')]);

describe('a voice call', () => {
  it.each([
    {},
    { uid: null, price: null, duration: null, callSummary: null },
    { duration: 0, callSummary: '' },
  ])('may have %j', (more) => {
    expect(checkVoiceCall({ ...record, ...more }, ['input'])).toEqual([]);
  });

  it.each([
    [{ uid: '' }, 'uid'],
    [{ sourceId: '' }, 'sourceId'],
    [{ externalUuid: 'a'.repeat(501) }, 'externalUuid'],
    [{ duration: -1 }, 'duration'],
    [{ staffUid: 'a\0' }, 'staffUid'],
    [{ callSummary: 'a'.repeat(65_537) }, 'callSummary'],
  ])('may not have %j', (more, place) => {
    expect(places(checkVoiceCall({ ...record, ...more }, ['input']))).toEqual([
      ['INVALID', `input.${place}`],
    ]);
  });
});

describe('a patch of a voice call', () => {
  it('clears nullable fields with null', () => {
    const cleared = {
      price: null,
      duration: null,
      callSummary: null,
      externalAppUrl: null,
      externalAppName: null,
      recordingId: null,
      handledByStaffUid: null,
    };
    expect(checkVoiceCallPatch(cleared, ['input'])).toEqual([]);
    expect(checkVoiceCallPatch({}, ['input'])).toEqual([]);
  });

  it.each(['staffUid', 'clientUid', 'fromNumber', 'toNumber', 'direction', 'status', 'rate'])(
    'does not clear %s',
    (name) => {
      expect(places(checkVoiceCallPatch({ [name]: null }, ['input']))).toEqual([
        ['INVALID', `input.${name}`],
      ]);
    },
  );

  it('reaches the service with absent and null distinguished', async () => {
    let given: unknown[] = [];
    const patch = async (_viewer: never, ...rest: never[]) => {
      given = rest;
      return { id: UUID, callId: UUID };
    };
    const answer = await execute(
      `mutation { patchVoiceCall(voiceCall: { id: "voice_call_${SUFFIX}" }
        input: { status: MISSED_CALL_HANDLED, price: null } expectedRevision: 2) { voiceCall { id } errors { code } } }`,
      { services: { voiceCalls: { patch } } },
    );
    expect(answer.data.patchVoiceCall).toEqual({ voiceCall: { id: `voice_call_${SUFFIX}` }, errors: [] });
    expect(given).toStrictEqual([
      { path: ['voiceCall'], label: `id voice_call_${SUFFIX}`, id: UUID },
      { status: 'MISSED_CALL_HANDLED', price: null },
      2,
    ]);
  });

  it('refuses a negative expectedRevision', async () => {
    const answer = await execute(
      `mutation { patchVoiceCall(voiceCall: { id: "voice_call_${SUFFIX}" } input: {} expectedRevision: -1) { errors { path } } }`,
    );
    expect(answer.data.patchVoiceCall.errors).toEqual([{ path: ['expectedRevision'] }]);
  });
});

describe('updateVoiceCall', () => {
  it('is refused by the schema if a field is missing, by its name', async () => {
    const { errors } = await execute(
      'mutation ($input: UpdateVoiceCallInput!) { updateVoiceCall(voiceCall: { id: "x" }, input: $input) { errors { code } } }',
      {},
      { input: record },
    );
    const missing = ['price', 'duration', 'callSummary', 'externalAppUrl', 'externalAppName', 'recordingId'];
    const messages = errors.map(({ message }: { message: string }) => message).join('\n');
    for (const name of missing) expect(messages).toContain(`Field "${name}"`);
    expect(errors).toHaveLength(missing.length);
  });
});

describe('a voice call locator', () => {
  it('names a voice call by the call that it belongs to', () => {
    const reference = { system: 'VCITA', name: 'uid', value: 'u1' } as const;
    const call = { path: ['voiceCall', 'call'], label: 'reference VCITA uid u1', reference };
    const target = toVoiceCallTarget({ call: { reference } }, ['voiceCall']);
    expect(target).toEqual({ path: ['voiceCall'], label: 'reference VCITA uid u1', call });
  });

  it.each(['', `call_${SUFFIX}`])('is INVALID with the id %j', (id) => {
    expect(() => toVoiceCallTarget({ id }, ['voiceCall'])).toThrow('is not an id of a voice call');
  });
});
