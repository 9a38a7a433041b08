import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  createVoiceCall,
  givenCall,
  readCall,
  readCalls,
  readHistory,
  updateVoiceCall,
  upsertCall,
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

const vcita = (name: string, value: string) => ({ system: 'VCITA', name, value });
const INPUT = { ...VOICE_CALL, uid: 'vc-1' };
const NAMES = [
  vcita('uid', INPUT.uid),
  vcita('sourceId', INPUT.sourceId),
  vcita('externalUuid', INPUT.externalUuid),
];

describe('createVoiceCall without a call', () => {
  it.each(NAMES)(
    'belongs to the call that already has its $name, and adds the other references',
    async (name) => {
      const { id } = await givenCall(client, { references: [name], metadata: { kept: true } });

      const { voiceCall } = await createVoiceCall(client, { input: INPUT });

      expect(voiceCall.call.id).toBe(id);
      const call = await readCall(client, id);
      expect(call).toMatchObject({ revision: 2, metadata: { kept: true } });
      expect(call.references).toHaveLength(3);
      expect(call.references).toEqual(expect.arrayContaining(NAMES));
      expect(await readCalls(client)).toHaveLength(1);
      expect((await readHistory(client, id)).map(({ kind }) => kind)).toEqual([
        'REGISTERED',
        'VOICE_CALL_CREATED',
      ]);
    },
  );

  it('is REFERENCE_CONFLICT, and writes nothing, when its names are those of two calls', async () => {
    await givenCall(client, { references: [vcita('sourceId', INPUT.sourceId)] });
    await givenCall(client, { references: [vcita('externalUuid', INPUT.externalUuid)] });
    const before = await readCalls(client);

    const payload = await createVoiceCall(client, { input: INPUT });

    expect(payload.voiceCall).toBeNull();
    expect(codesOf(payload)).toEqual([{ code: 'REFERENCE_CONFLICT', path: ['input', 'externalUuid'] }]);
    expect(await readCalls(client)).toEqual(before);
  });

  it('makes one call and one record when sixteen deliveries of one webhook arrive at once', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 16 }, () => createVoiceCall(client, { input: INPUT })),
    );
    const refused = payloads.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(15);
    expect(new Set(refused.flatMap(codesOf).map(({ code }) => code))).toEqual(new Set(['ALREADY_EXISTS']));
    expect(new Set(payloads.map(({ voiceCall }) => voiceCall.id)).size).toBe(1);
    const calls = await readCalls(client);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ revision: 1, references: NAMES, voiceCall: { revision: 1 } });
    expect(calls[0].history.totalCount).toBe(2);
  });
});

describe('createVoiceCall beside upsertCall', () => {
  it('makes one call between them when eight of each arrive at once for one new reference', async () => {
    const input = { references: [vcita('uid', INPUT.uid)], metadata: { upserted: true } };
    const payloads = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        index % 2 ? createVoiceCall(client, { input: INPUT }) : upsertCall(client, input),
      ),
    );
    const codes = payloads.flatMap(codesOf).map(({ code }) => code);
    expect(codes).toEqual(new Array(7).fill('ALREADY_EXISTS'));
    const calls = await readCalls(client);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      metadata: { upserted: true },
      voiceCall: { uid: INPUT.uid, revision: 1 },
    });
    expect(calls[0].references).toEqual(expect.arrayContaining(NAMES));
  });
});

describe('createVoiceCall with a call', () => {
  it('adds its names to the references that the call has', async () => {
    const burki = { system: 'BURKI', name: 'id', value: '101' };
    const { id } = await givenCall(client, { references: [burki] });
    await createVoiceCall(client, { call: { reference: burki }, input: INPUT });
    expect((await readCall(client, id)).references).toEqual([burki, ...NAMES]);
  });

  it.each(NAMES)(
    "is REFERENCE_CONFLICT, and writes nothing, when its $name is another call's",
    async (name) => {
      const { id } = await givenCall(client);
      await givenCall(client, { references: [name] });
      const before = await readCalls(client);

      const payload = await createVoiceCall(client, { call: { id }, input: INPUT });

      expect(codesOf(payload)).toEqual([{ code: 'REFERENCE_CONFLICT', path: ['input', name.name] }]);
      expect(await readCalls(client)).toEqual(before);
    },
  );

  it('is NOT_FOUND, and makes no call, when the call is unknown', async () => {
    const call = { reference: { system: 'BURKI', name: 'id', value: '404' } };
    const payload = await createVoiceCall(client, { call, input: INPUT });
    expect(payload.voiceCall).toBeNull();
    expect(codesOf(payload)).toEqual([{ code: 'NOT_FOUND', path: ['call', 'reference'] }]);
    expect(await readCalls(client)).toEqual([]);
  });
});

describe('a second createVoiceCall', () => {
  it('is ALREADY_EXISTS with the present record, and changes nothing, however the call is named', async () => {
    const { voiceCall } = await createVoiceCall(client, { input: INPUT });
    const { id } = voiceCall.call;
    const before = await readCall(client, id);
    const repeated = { ...INPUT, status: 'ANSWERED_BY_STAFF', callSummary: 'something else' };

    const payloads = [
      await createVoiceCall(client, { input: INPUT }),
      await createVoiceCall(client, { input: repeated }),
      await createVoiceCall(client, {
        call: { id },
        input: { ...repeated, sourceId: 'new', externalUuid: 'new' },
      }),
      await createVoiceCall(client, { call: { reference: vcita('uid', INPUT.uid) }, input: repeated }),
    ];

    for (const payload of payloads) {
      expect(payload.voiceCall).toEqual(voiceCall);
      expect(codesOf(payload).map(({ code }) => code)).toEqual(['ALREADY_EXISTS']);
    }
    expect(await readCall(client, id)).toEqual(before);
    expect(await readCalls(client)).toHaveLength(1);
  });
});

describe('updateVoiceCall with other names', () => {
  it('adds them to the references of the call, where the old ones stay', async () => {
    const { voiceCall } = await createVoiceCall(client, { input: INPUT });
    const changed = { ...VOICE_CALL, sourceId: 'call-src-002', externalUuid: 'ext-call-002' };

    const answer = await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: changed });

    expect(answer.voiceCall).toMatchObject({ sourceId: 'call-src-002', externalUuid: 'ext-call-002' });
    const call = await readCall(client, voiceCall.call.id);
    const added = [vcita('sourceId', 'call-src-002'), vcita('externalUuid', 'ext-call-002')];
    expect(call.references).toEqual([...NAMES, ...added]);
    expect(call.history.nodes[0]).toMatchObject({
      kind: 'VOICE_CALL_UPDATED',
      oldValues: { references: NAMES },
      newValues: { references: [...NAMES, ...added] },
    });
    const back = await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: VOICE_CALL });
    expect(back.errors).toEqual([]);
    expect((await readCall(client, voiceCall.call.id)).references).toEqual(call.references);
  });

  it("is REFERENCE_CONFLICT, and writes nothing, when one is another call's", async () => {
    const { voiceCall } = await createVoiceCall(client, { input: INPUT });
    await givenCall(client, { references: [vcita('sourceId', 'taken')] });
    const before = await readCalls(client);

    const payload = await updateVoiceCall(client, {
      voiceCall: { id: voiceCall.id },
      input: { ...VOICE_CALL, status: 'VOICEMAIL', sourceId: 'taken' },
    });

    expect(codesOf(payload)).toEqual([{ code: 'REFERENCE_CONFLICT', path: ['input', 'sourceId'] }]);
    expect(await readCalls(client)).toEqual(before);
  });
});
