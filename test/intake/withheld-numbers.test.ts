import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { other } from '../events/events.js';
import { createVoiceCall, patchVoiceCall, readCall, upsertCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
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

const upserted = async (input: Variables) => {
  const { call } = await upsertCall(client, { references: [other('1')], ...input });
  return call;
};
const anonymous = { contact: null, number: { number: null, anonymous: true } };
const WITHHELD = ['', 'anonymous', 'Restricted', '+266696687', 'sip:anonymous@anonymous.invalid'];

describe('a number that is withheld', () => {
  it.each(WITHHELD)('is null for %j, and the party is anonymous', async (word) => {
    const call = await upserted({ from: word, to: '+14155550148', direction: 'INBOUND' });
    expect(call).toMatchObject({ from: null, to: '+14155550148', customerNumber: null });
    expect(call).toMatchObject({ originator: anonymous, receiver: null });
    expect(await upserted({ to: word })).toMatchObject({ to: null, receiver: anonymous });
  });

  it.each([
    ['INBOUND', 'originator', 'receiver'],
    ['OUTBOUND', 'receiver', 'originator'],
  ])('is that of the outside party of an %s call as customerNumber', async (direction, party, inside) => {
    const call = await upserted({ customerNumber: 'private', direction });
    expect(call).toMatchObject({ customerNumber: null, [party]: anonymous, [inside]: null });
  });

  it('keeps the other details of the party, and a number removes the mark', async () => {
    const contact = { contactId: 'c-1', identifierKey: 'crm', identifierValue: '7' };
    await upserted({ originator: { contact } });
    expect((await upserted({ from: 'unknown' })).originator).toMatchObject({
      contact,
      number: { anonymous: true },
    });
    const known = await upserted({ from: '+14155550148' });
    expect(known.originator).toMatchObject({ contact, number: { anonymous: false } });
    const said = { number: { number: '+14155550148', anonymous: true } };
    expect((await upserted({ from: '+14155550148', originator: said })).originator.number).toMatchObject(
      said.number,
    );
    expect((await upserted({ from: '+14155550149' })).originator.number.anonymous).toBe(true);
  });

  it('is removed from the party too, and a repetition changes nothing', async () => {
    const input = { from: 'anonymous', originator: { number: { type: 'pstn', number: 'Anonymous' } } };
    const { id, revision, originator } = await upserted(input);
    expect(originator.number).toMatchObject({ type: 'pstn', number: null, anonymous: true });
    expect(await upserted(input)).toMatchObject({ id, revision });
    expect(await upserted({ from: 'withheld' })).toMatchObject({ id, revision });
  });

  it('is anonymous in a voice call and in its call', async () => {
    const input = { ...VOICE_CALL, fromNumber: 'Unavailable' };
    const { voiceCall } = await createVoiceCall(client, { input });
    expect(voiceCall.fromNumber).toBe('anonymous');
    expect(await readCall(client, voiceCall.call.id)).toMatchObject({
      from: null,
      to: VOICE_CALL.toNumber,
      originator: anonymous,
    });
    const { voiceCalls } = await client.ask(
      '{ voiceCalls(filter: { fromNumber: "restricted" }) { nodes { id } } }',
    );
    expect(voiceCalls.nodes).toEqual([{ id: voiceCall.id }]);
    for (const [fromNumber, from, isAnonymous] of [
      ['14155550148', '+14155550148', false],
      ['private', null, true],
    ]) {
      await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { fromNumber } });
      const call = await readCall(client, voiceCall.call.id);
      expect(call).toMatchObject({ from, originator: { number: { anonymous: isAnonymous } } });
    }
  });
});

describe('a filter', () => {
  it.each([
    ['972501234567', ['+972501234567', '972501234567']],
    ['+972501234567', ['+972501234567', '972501234567']],
    ['+1 415 555 0148', ['+1 415 555 0148', '14155550148']],
    ['1234567', ['1234567']],
  ])('finds by %s what is the same with a plus and without', async (wanted, found) => {
    const numbers = [
      '+972501234567',
      '972501234567',
      '+1 415 555 0148',
      '14155550148',
      '1234567',
      '+1234567',
    ];
    for (const from of numbers) await upserted({ references: [other(from)], from });
    for (const field of ['from', 'to', 'customerNumber']) {
      const { calls } = await client.ask(
        'query ($filter: CallFilter) { calls(filter: $filter) { nodes { from } } }',
        { filter: { [field]: wanted } },
      );
      const expected = field === 'from' ? found : [];
      expect(calls.nodes.map(({ from }: { from: string }) => from).toSorted()).toEqual(expected);
    }
  });
});
