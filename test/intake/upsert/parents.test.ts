import { afterAll, beforeAll, expect, test } from 'vitest';
import { other } from '../../events/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { callOf, upsert } from '../upserts.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const VOICE_CALL = {
  staffUid: 's',
  clientUid: 'c',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'INCOMING_CALL',
  rate: '0',
  provider: 'VONAGE',
};

test('a parent is linked by id and by reference, and null takes it away', async () => {
  const { call: parent } = await upsert(client, { references: [other('p')] });
  const references = [other('p-child')];
  const linked = await upsert(client, { references, parent: { id: parent.id } });
  expect(linked.call.parent).toEqual({ id: parent.id });
  expect((await upsert(client, { references, parent: null })).call.parent).toBeNull();
  const again = await upsert(client, { references, parent: { reference: other('p') } });
  expect(again.call).toMatchObject({ parent: { id: parent.id }, revision: 3 });
  expect(again.call.history.nodes[0].newValues).toEqual({ parent: { id: parent.id } });
});

test('an unknown id is NOT_FOUND, and nothing is written', async () => {
  const stranger = await gateway.client();
  const { call } = await upsert(stranger, { references: [other('foreign')] });
  const refused = await upsert(client, { references: [other('orphan')], parent: { id: call.id } });
  expect(refused.errors).toMatchObject([
    {
      code: 'NOT_FOUND',
      path: ['input', 'parent', 'id'],
      message: `Call with id ${call.id} not found in your organization`,
    },
  ]);
  expect(await callOf(client, 'orphan')).toBeNull();
});

test('a reference that is not known yet is kept, and linked when an upsert brings its call', async () => {
  const child = await upsert(client, { references: [other('w-child')], parent: { reference: other('w') } });
  expect(child.call.parent).toBeNull();
  const { call: parent } = await upsert(client, { references: [other('w')] });
  expect(await callOf(client, 'w-child')).toMatchObject({
    parent: { id: parent.id },
    revision: 2,
    history: { nodes: [{ kind: 'UPDATED', revision: 2, newValues: { parent: { id: parent.id } } }, {}] },
  });
});

test('a waiting child is linked when a voice call brings the reference, at its creation and later', async () => {
  const sourceId = (value: string) => ({ system: 'VCITA', name: 'sourceId', value });
  await upsert(client, { references: [other('v-1')], parent: { reference: sourceId('src-1') } });
  await upsert(client, { references: [other('v-2')], parent: { reference: sourceId('src-2') } });
  const create = `mutation($input: CreateVoiceCallInput!) { createVoiceCall(input: $input) { voiceCall { id call { id } } errors { message } } }`;
  const input = { ...VOICE_CALL, sourceId: 'src-1', externalUuid: 'ext-1' };
  const { voiceCall } = (await client.ask(create, { input })).createVoiceCall;
  expect(await callOf(client, 'v-1')).toMatchObject({ parent: { id: voiceCall.call.id } });
  expect(await callOf(client, 'v-2')).toMatchObject({ parent: null });
  const update = `mutation($id: ID!, $input: UpdateVoiceCallInput!) { updateVoiceCall(voiceCall: { id: $id }, input: $input) { errors { message } } }`;
  const whole = {
    ...input,
    sourceId: 'src-2',
    price: '0',
    duration: 0,
    callSummary: '',
    externalAppUrl: 'https://example.com',
    externalAppName: '',
    recordingId: '',
  };
  expect((await client.ask(update, { id: voiceCall.id, input: whole })).updateVoiceCall.errors).toEqual([]);
  expect(await callOf(client, 'v-2')).toMatchObject({ parent: { id: voiceCall.call.id } });
});

test('a circle is INVALID, and nothing is written', async () => {
  const { call: a } = await upsert(client, { references: [other('a')] });
  const { call: b } = await upsert(client, { references: [other('b')], parent: { id: a.id } });
  const { call: c } = await upsert(client, { references: [other('c')], parent: { id: b.id } });
  for (const parent of [{ id: a.id }, { id: b.id }, { id: c.id }, { reference: other('c') }]) {
    const refused = await upsert(client, { references: [other('a')], parent });
    expect(refused.errors).toMatchObject([{ code: 'INVALID' }]);
    expect(refused.errors[0].path.slice(0, 2)).toEqual(['input', 'parent']);
  }
  const self = await upsert(client, { references: [other('self')], parent: { reference: other('self') } });
  expect(self.errors).toMatchObject([{ code: 'INVALID', path: ['input', 'parent', 'reference'] }]);
  expect(await callOf(client, 'self')).toBeNull();
  expect(await callOf(client, 'a')).toMatchObject({ parent: null, revision: 1 });
});

test('a waiting parent that would close a circle is left unlinked, and the call recorded', async () => {
  const { call } = await upsert(client, { references: [other('x')], parent: { reference: other('y') } });
  const { errors } = await upsert(client, { references: [other('z'), other('y')], parent: { id: call.id } });
  expect(errors).toEqual([]);
  expect(await callOf(client, 'y')).toMatchObject({ parent: { id: call.id } });
  expect(await callOf(client, 'x')).toMatchObject({ parent: null, revision: 1 });
});

test('parent and child never miss each other when they come at once', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `race-${index}`);
  await Promise.all(
    names.flatMap((name) => [
      upsert(client, { references: [other(`${name}-child`)], parent: { reference: other(name) } }),
      upsert(client, { references: [other(name)] }),
    ]),
  );
  const parents = await Promise.all(names.map((name) => callOf(client, name)));
  const children = await Promise.all(names.map((name) => callOf(client, `${name}-child`)));
  expect(children.map((child) => child.parent?.id)).toEqual(parents.map((parent) => parent.id));
});

test('many waiting children are linked by a fixed number of statements', async () => {
  const adopted = async (name: string, count: number) => {
    for (let index = 0; index < count; index += 1) {
      await upsert(client, { references: [other(`${name}-${index}`)], parent: { reference: other(name) } });
    }
    gateway.takeStatements();
    const { call } = await upsert(client, { references: [other(name)] });
    const statements = gateway.takeStatements().length;
    for (let index = 0; index < count; index += 1) {
      expect(await callOf(client, `${name}-${index}`)).toMatchObject({
        parent: { id: call.id },
        revision: 2,
      });
    }
    return statements;
  };
  expect(await adopted('family', 6)).toBe(await adopted('single', 1));
});

test('upserts that link in both ways at once do not run into a deadlock', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [x, c, p] = [`dl-x-${round}`, `dl-c-${round}`, `dl-p-${round}`];
    await upsert(client, { references: [other(x)] });
    await upsert(client, { references: [other(c)], parent: { reference: other(`dl-w-${round}`) } });
    await upsert(client, { references: [other(p)] });
    gateway.takeStatements();
    const results = await Promise.all([
      upsert(client, { references: [other(x), other(`dl-w-${round}`)], parent: { reference: other(p) } }),
      upsert(client, { references: [other(c)], parent: { reference: other(p) } }),
    ]);
    expect(results.flatMap(({ errors }) => errors)).toEqual([]);
    // Each upsert takes the locks of its references and of the links; a retried transaction would take them twice.
    const locks = gateway.takeStatements().filter((statement) => statement.includes('advisory_xact_lock'));
    expect(locks).toHaveLength(4);
  }
});

test('two halves of a circle made at once do not both stand', async () => {
  for (let round = 0; round < 8; round += 1) {
    const [one, two] = [`half-${round}-1`, `half-${round}-2`];
    const { call: first } = await upsert(client, { references: [other(one)] });
    const { call: second } = await upsert(client, { references: [other(two)] });
    // By id, because by reference each would already wait for the other's references.
    const results = await Promise.all([
      upsert(client, { references: [other(one)], parent: { id: second.id } }),
      upsert(client, { references: [other(two)], parent: { id: first.id } }),
    ]);
    expect(results.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  }
});
