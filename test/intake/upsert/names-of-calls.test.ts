import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { birdId } from '../../../src/calls/reference/bird-id.js';
import { recordCallEvent } from '../../events/events.js';
import {
  codesOf,
  createVoiceCall,
  mergeCallMetadata,
  updateVoiceCall,
  upsertCall,
} from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { VOICE_CALL, VOICE_CALL_WHOLE } from '../voice-calls.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const bird = (value: string) => ({ system: 'BIRD', name: 'id', value });
const burki = (value: string) => ({ system: 'BURKI', name: 'id', value });
const byReference = async (reference: object) =>
  (
    await client.ask(
      'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id } }',
      {
        reference,
      },
    )
  ).callByReference;

describe('the names of a call', () => {
  it.each([
    ['blanks around it', burki('101'), burki(' 101\n')],
    ['blanks around its name', burki('101'), { ...burki('101'), name: ' id ' }],
    ['upper case, of Bird', bird('ab-1'), bird('AB-1')],
  ])('are one with %s, wherever they are given', async (_what, plain, given) => {
    const { call } = await upsertCall(client, { references: [given] });
    expect(call.references).toEqual([plain]);
    expect((await upsertCall(client, { references: [plain, given] })).call).toMatchObject({
      id: call.id,
      references: [plain],
    });
    expect(await byReference(given)).toEqual({ id: call.id });
    const merged = await mergeCallMetadata(client, { call: { reference: given }, metadata: { a: 1 } });
    expect(merged.call.id).toBe(call.id);
    const child = await upsertCall(client, { references: [burki('child')], parent: { reference: given } });
    expect(child.call.parent.id).toBe(call.id);
    const target = { call: { reference: given } };
    const { event } = await recordCallEvent(client, { target, metadata: { b: 1 } });
    expect(event.match).toBe('MATCHED');
  });

  it('of Bird are the same id in memory and in the database', async () => {
    const ids = fc.sample(fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme-ascii' })), 500);
    const given = ids.flatMap((id) => [id, id.toUpperCase()]);
    const rows = await gateway.database.db.execute<{ id: string }>(sql`
      select bird_id(value) as id from jsonb_array_elements_text(${JSON.stringify(given)}::text::jsonb)
        with ordinality v (value, place) order by place`);
    expect(rows.map(({ id }) => id)).toEqual(given.map(birdId));
  });

  it('are trimmed for a session and for a voice call', async () => {
    const { event } = await recordCallEvent(client, { target: { sessionId: ' s-1 ' }, metadata: { a: 1 } });
    expect(event.sessionId).toBe('s-1');
    const session = { system: 'CREOVAI', name: 'sessionId', value: 's-1' };
    expect((await upsertCall(client, { references: [session] })).call.metadata).toEqual({ a: 1 });
    const { callEvents } = await client.ask('{ callEvents(filter: { sessionId: "s-1 " }) { nodes { id } } }');
    expect(callEvents.nodes).toEqual([{ id: event.id }]);

    const input = { ...VOICE_CALL, uid: ' u-1', sourceId: 's ', externalUuid: '\te' };
    const { voiceCall } = await createVoiceCall(client, { input });
    expect(voiceCall).toMatchObject({ uid: 'u-1', sourceId: 's', externalUuid: 'e' });
    for (const [name, value] of Object.entries({ uid: 'u-1', sourceId: 's', externalUuid: 'e' })) {
      expect(await byReference({ system: 'VCITA', name, value })).toEqual({ id: voiceCall.call.id });
    }
    const whole = { ...VOICE_CALL_WHOLE, sourceId: ' s', externalUuid: 'f ' };
    const updated = await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: whole });
    expect(updated.voiceCall).toMatchObject({ sourceId: 's', externalUuid: 'f' });
    expect(await byReference({ system: 'VCITA', name: 'externalUuid', value: 'f' })).not.toBeNull();
  });

  it.each([
    ['blank', '  '],
    ['with a character of no width', 'a\u200bb'],
    ['with a control character', 'a\u0007b'],
    ['with a mark of direction', '\u202eab'],
    ['with a line separator', 'a\u2028b'],
  ])('are INVALID when they are %s', async (_what, value) => {
    const invalid = (...path: string[]) => [{ code: 'INVALID', path }];
    expect(codesOf(await upsertCall(client, { references: [burki(value)] }))).toEqual(
      invalid('input', 'references', '0', 'value'),
    );
    const other = { system: 'OTHER', name: value, value: '1' };
    expect(codesOf(await upsertCall(client, { references: [other] }))).toEqual(
      invalid('input', 'references', '0', 'name'),
    );
    const target = { sessionId: value };
    expect(codesOf(await recordCallEvent(client, { target, metadata: {} }))).toEqual(
      invalid('input', 'target', 'sessionId'),
    );
    const input = { ...VOICE_CALL, sourceId: value };
    expect(codesOf(await createVoiceCall(client, { input }))).toEqual(invalid('input', 'sourceId'));
    const answer = await client.send(
      'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id } }',
      { reference: burki(value) },
    );
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('decimal numbers', () => {
  it('do not change if they are equal as numbers', async () => {
    const references = [burki('1')];
    const cost = { total: '0.1', llm: '2', currency: 'USD' };
    const { call } = await upsertCall(client, { references, cost });
    const same = await upsertCall(client, {
      references,
      cost: { total: '0.10', llm: '2.0', currency: null },
    });
    expect(same.call).toEqual(call);
    const more = await upsertCall(client, { references, cost: { ...cost, total: '0.11' } });
    expect(more.call).toMatchObject({ cost: { total: '0.11' }, revision: 2 });

    const input = { ...VOICE_CALL, rate: '0.05', price: '10' };
    const { voiceCall } = await createVoiceCall(client, { input });
    const whole = { ...VOICE_CALL_WHOLE, rate: '0.050', price: '10.00' };
    const first = await updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: whole });
    expect(first.voiceCall).toMatchObject({ rate: '0.05', price: '10' });
    const again = await updateVoiceCall(client, {
      voiceCall: { id: voiceCall.id },
      input: { ...whole, rate: '0.0500' },
    });
    expect(again.voiceCall).toEqual(first.voiceCall);
  });
});

describe('an omitted value', () => {
  it('is the currency where it is null: USD', async () => {
    const { call } = await upsertCall(client, {
      references: [burki('1')],
      cost: { total: '1', currency: null },
    });
    expect(call.cost).toMatchObject({ total: '1', currency: 'USD' });
    const { upsertCall: literal } = await client.ask(`mutation {
      upsertCall(input: { references: [{ system: BURKI, name: "id", value: "2" }], cost: { currency: null } }) {
        call { cost { currency } }
      }
    }`);
    expect(literal.call.cost).toEqual({ currency: 'USD' });
  });

  it('is null as the rate of a voice call, and can be set', async () => {
    const { rate: _rate, ...input } = VOICE_CALL;
    const { voiceCall } = await createVoiceCall(client, { input });
    expect(voiceCall.rate).toBeNull();
    const updated = await updateVoiceCall(client, {
      voiceCall: { id: voiceCall.id },
      input: VOICE_CALL_WHOLE,
    });
    expect(updated.voiceCall.rate).toBe('0.05');
  });
});
