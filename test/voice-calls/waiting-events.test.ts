import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { by, createMatchRule, other, readEvent, recordCallEvent, upserted } from '../events/events.js';
import { createVoiceCall, patchVoiceCall, updateVoiceCall } from '../support/documents.js';
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

const WHOLE = { ...VOICE_CALL, fromNumber: '+14155550001', toNumber: '+14155550002', direction: 'INBOUND' };

async function created(name = 'call'): Promise<string> {
  await upserted(client, { references: [other(name)] });
  const input = { ...WHOLE, sourceId: `s ${name}`, externalUuid: `e ${name}` };
  const { voiceCall, errors } = await createVoiceCall(client, { call: by(other(name)), input });
  expect(errors).toEqual([]);
  return voiceCall.id;
}

const write = async (mutation: 'updateVoiceCall' | 'patchVoiceCall', id: string, input: object) => {
  const change = { updateVoiceCall, patchVoiceCall }[mutation];
  const { voiceCall, errors } = await change(client, { voiceCall: { id }, input });
  expect(errors).toEqual([]);
  const { node } = await client.ask(
    'query ($id: ID!) { node(id: $id) { ... on VoiceCall { call { metadata } } } }',
    { id: voiceCall.id },
  );
  return node.call.metadata;
};

describe.each(['updateVoiceCall', 'patchVoiceCall'] as const)('%s', (mutation) => {
  const whole =
    mutation === 'updateVoiceCall' ? { ...WHOLE, sourceId: 's call', externalUuid: 'e call' } : {};

  it.each([
    ['FROM', { fromNumber: '+14155550111' }],
    ['TO', { toNumber: '+14155550111' }],
    ['CUSTOMER_NUMBER', { fromNumber: '+14155550111' }],
  ])('lets in an event that a rule finds by %s', async (callField, given) => {
    const id = await created();
    await createMatchRule(client, { name: 'r', metadataPath: ['phone'], callField });
    const { event } = await recordCallEvent(client, { metadata: { phone: '+14155550111' } });
    expect(event.match).toBe('PENDING');
    expect(await write(mutation, id, { ...whole, ...given })).toEqual({ phone: '+14155550111' });
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
  });

  it('lets in an event when the direction says which number is the customer’s', async () => {
    const id = await created();
    await createMatchRule(client, { name: 'r', metadataPath: ['phone'], callField: 'CUSTOMER_NUMBER' });
    await recordCallEvent(client, { metadata: { phone: WHOLE.toNumber } });
    expect(await write(mutation, id, { ...whole, direction: 'OUTBOUND' })).toEqual({ phone: WHOLE.toNumber });
  });

  it('asks for no events where it brings nothing that one waits for', async () => {
    const id = await created();
    const again = { ...whole, fromNumber: WHOLE.fromNumber, price: '1' };
    gateway.takeStatements();
    await write(mutation, id, again);
    const statements = gateway.takeStatements().filter((text) => /intake|waiting|save_voice/.test(text));
    expect(statements).toEqual([expect.stringContaining('save_voice_call')]);
  });

  it('and an event that a rule finds never miss each other', async () => {
    await createMatchRule(client, { name: 'r', metadataPath: ['phone'], callField: 'FROM' });
    for (let round = 0; round < 6; round += 1) {
      const value = `${mutation} ${round}`;
      const phone = `+1415556${1000 + round}`;
      const id = await created(value);
      const names =
        mutation === 'updateVoiceCall' ? { sourceId: `s ${value}`, externalUuid: `e ${value}` } : {};
      const [{ event }] = await Promise.all([
        recordCallEvent(client, { metadata: { phone } }),
        write(mutation, id, { ...whole, ...names, fromNumber: phone }),
      ]);
      expect((await readEvent(client, event.id)).match).toBe('MATCHED');
    }
  });
});

describe('the references of updateVoiceCall', () => {
  const mutation = 'updateVoiceCall';
  const whole = { ...WHOLE, sourceId: 's call', externalUuid: 'e call' };

  it('let in an event that waits for one', async () => {
    const id = await created();
    for (const [index, name] of ['sourceId', 'externalUuid'].entries()) {
      const reference = { system: 'VCITA', name, value: `v ${index}` };
      const { event } = await recordCallEvent(client, {
        target: { call: { reference } },
        metadata: { [name]: 1 },
      });
      expect(event.match).toBe('PENDING');
      expect(await write(mutation, id, { ...whole, [name]: `v ${index}` })).toMatchObject({ [name]: 1 });
      expect((await readEvent(client, event.id)).match).toBe('MATCHED');
    }
  });

  it('let in an event that a rule finds', async () => {
    const id = await created();
    await createMatchRule(client, { name: 'r', metadataPath: ['key'], callField: 'REFERENCE' });
    await recordCallEvent(client, { metadata: { key: 'brought' } });
    expect(await write(mutation, id, { ...whole, sourceId: 'brought' })).toEqual({ key: 'brought' });
  });

  it('and an event never miss each other', async () => {
    for (let round = 0; round < 6; round += 1) {
      const value = `${mutation} ${round}`;
      const id = await created(value);
      const reference = { system: 'VCITA', name: 'sourceId', value };
      const [{ event }] = await Promise.all([
        recordCallEvent(client, { target: { call: { reference } }, metadata: { a: 1 } }),
        write(mutation, id, { ...whole, externalUuid: `e ${value}`, sourceId: value }),
      ]);
      expect((await readEvent(client, event.id)).match).toBe('MATCHED');
    }
  });
});
