import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVoiceCall, patchVoiceCall, updateVoiceCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { VOICE_CALL } from '../vendors/vcita-document.js';
import { createMatchRule, readEvent, recordCallEvent, withHistory } from './events.js';
import { faults } from './faults.js';

let gateway: TestGateway;
let client: Client;
let voiceCall: { id: string; call: { id: string } };

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  ({ voiceCall } = await createVoiceCall(client, { input: VOICE_CALL }));
});
afterAll(() => gateway.close());

/** The three ways to name a voice call; the last one needs locks. */
const locators = () => [
  { id: voiceCall.id },
  { call: { id: voiceCall.call.id } },
  { call: { reference: { system: 'VCITA', name: 'sourceId', value: VOICE_CALL.sourceId } } },
];
const record = async (input: object) =>
  (await recordCallEvent(client, { metadata: { told: true }, ...input })).event;

async function expectLetIn(event: { id: string; match: string }): Promise<void> {
  expect(event.match).toBe('PENDING');
  const { id } = voiceCall.call;
  expect(await readEvent(client, event.id)).toMatchObject({ match: 'MATCHED', calls: { nodes: [{ id }] } });
  const { metadata, history, revision } = await withHistory(client, id);
  expect(metadata.told).toBe(true);
  // One mutation: the change of the voice call, and the event that it admitted.
  const last = history
    .slice(-2)
    .map(({ kind, revision }: { kind: string; revision: number }) => [kind, revision]);
  expect(last).toEqual([
    ['VOICE_CALL_UPDATED', revision],
    ['EVENT_APPLIED', revision],
  ]);
  expect(await faults(gateway)).toEqual([]);
}

describe.each([0, 1, 2])('an event that waits, when a voice call named in way %i', (way) => {
  const locator = () => locators()[way] ?? locators()[0] ?? { id: '' };

  it.each(['sourceId', 'externalUuid'])(
    'is given its reference %s by updateVoiceCall, is let in',
    async (name) => {
      const event = await record({
        target: { call: { reference: { system: 'VCITA', name, value: 'new' } } },
      });
      const { errors } = await updateVoiceCall(client, {
        voiceCall: locator(),
        input: { ...VOICE_CALL, [name]: 'new' },
      });
      expect(errors).toEqual([]);
      await expectLetIn(event);
    },
  );

  it.each([
    ['FROM', { fromNumber: '+14155550777' }],
    ['TO', { toNumber: '+14155550777' }],
    ['CUSTOMER_NUMBER', { fromNumber: '+14155550777', direction: 'INBOUND' }],
  ])(
    'is given a value of the call’s %s by patchVoiceCall or updateVoiceCall, is let in by the rule',
    async (callField, input) => {
      await createMatchRule(client, { name: 'rule', metadataPath: ['caller'], callField });
      const one = await record({ metadata: { caller: '+1 415 555 0777', told: true } });
      expect((await patchVoiceCall(client, { voiceCall: locator(), input })).errors).toEqual([]);
      await expectLetIn(one);
      const another = await record({ metadata: { caller: '+1 415 555 0888', again: true } });
      const changed = JSON.parse(JSON.stringify(input).replace('0777', '0888'));
      const { errors } = await updateVoiceCall(client, {
        voiceCall: locator(),
        input: { ...VOICE_CALL, ...changed },
      });
      expect(errors).toEqual([]);
      await expectLetIn(another);
    },
  );

  it('changes its direction, so that its customer number differs, is admitted by the rule', async () => {
    await createMatchRule(client, { name: 'rule', metadataPath: ['caller'], callField: 'CUSTOMER_NUMBER' });
    const other = VOICE_CALL.direction === 'INBOUND' ? 'OUTBOUND' : 'INBOUND';
    const caller = other === 'INBOUND' ? VOICE_CALL.fromNumber : VOICE_CALL.toNumber;
    const event = await record({ metadata: { caller, told: true } });
    await patchVoiceCall(client, { voiceCall: locator(), input: { direction: other } });
    await expectLetIn(event);
  });

  it('gets a reference that a rule compares, is admitted by the rule', async () => {
    await createMatchRule(client, { name: 'rule', metadataPath: ['source'], callField: 'REFERENCE' });
    const event = await record({ metadata: { source: 'ruled', told: true } });
    await updateVoiceCall(client, { voiceCall: locator(), input: { ...VOICE_CALL, sourceId: 'ruled' } });
    await expectLetIn(event);
  });
});

describe('a change of a voice call that brings no name and no number', () => {
  it('reads no events, and needs as many statements as before', async () => {
    gateway.takeStatements();
    await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { price: '7.25', duration: 61 } });
    const write = gateway.takeStatements().filter((each) => each.includes('save_voice_call('));
    expect(write).toHaveLength(1);
    await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { fromNumber: '+14155550777' } });
    expect(gateway.takeStatements().filter((each) => /pg_advisory|admit_waiting/.test(each))).toEqual([]);
  });
});

it('a number and the event that waits for it find each other when they arrive concurrently', async () => {
  await createMatchRule(client, { name: 'rule', metadataPath: ['caller'], callField: 'FROM' });
  for (let round = 0; round < 20; round += 1) {
    const number = `+1415555${2000 + round}`;
    const [event] = await Promise.all([
      record({ metadata: { caller: number } }),
      patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { fromNumber: number } }),
    ]);
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
  }
  for (let round = 0; round < 20; round += 1) {
    const value = `source ${round}`;
    const [event] = await Promise.all([
      record({ target: { call: { reference: { system: 'VCITA', name: 'sourceId', value } } } }),
      updateVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { ...VOICE_CALL, sourceId: value } }),
    ]);
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
  }
  expect(await faults(gateway)).toEqual([]);
  expect(gateway.log).toEqual([]);
});
