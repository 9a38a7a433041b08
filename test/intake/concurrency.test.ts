import { afterAll, beforeAll, expect, test } from 'vitest';
import { other } from '../events/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { numbers } from '../support/numbers.js';
import { callOf, upsert } from './upserts.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

test('32 upserts of one new reference at once make exactly one call, and lose no reference', async () => {
  const results = await Promise.all(
    numbers(32).map((index) => upsert(client, { references: [other('one'), other(`one-${index}`)] })),
  );
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  expect(new Set(results.map(({ call }) => call.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  const call = await callOf(client, 'one');
  expect(call).toMatchObject({ revision: 32, history: { totalCount: 32 } });
  expect(call.references).toHaveLength(33);
});

test('upserts that name the same references in any order never deadlock', async () => {
  const names = numbers(6).map((index) => other(`order-${index}`));
  const results = await Promise.all(
    numbers(30).map((index) => {
      const references = [...names.slice(index % 6), ...names.slice(0, index % 6)];
      return upsert(client, {
        references,
        groups: index % 2 ? [G1, G2] : [G2, G1],
        metadata: { [`k${index}`]: 1 },
      });
    }),
  );
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  expect(new Set(results.map(({ call }) => call.id)).size).toBe(1);
  expect(Object.keys((await callOf(client, 'order-0')).metadata)).toHaveLength(30);
});
const G1 = { kind: 'case', key: 'g1' };
const G2 = { kind: 'case', key: 'g2' };

test('one new group joined by many calls at once is one group', async () => {
  const results = await Promise.all(
    numbers(20).map((index) =>
      upsert(client, { references: [other(`member-${index}`)], groups: [{ kind: 'case', key: 'crowd' }] }),
    ),
  );
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  expect(new Set(results.map(({ call }) => call.groups[0].id)).size).toBe(1);
});

test('a voice call created by many clients at once is created once, on one call', async () => {
  const create = `mutation($input: CreateVoiceCallInput!) { createVoiceCall(input: $input) { voiceCall { id call { id revision } } errors { code } } }`;
  const input = {
    staffUid: 's',
    clientUid: 'c',
    fromNumber: '+14155550148',
    toNumber: '+14155550901',
    direction: 'INBOUND',
    status: 'MISSED',
    rate: '0.05',
    provider: 'VONAGE',
    sourceId: 'once',
    externalUuid: 'once',
  };
  const results = await Promise.all(
    numbers(16).map(async () => (await client.ask(create, { input })).createVoiceCall),
  );
  expect(new Set(results.map(({ voiceCall }) => voiceCall.id)).size).toBe(1);
  expect(results.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  expect(results.flatMap(({ errors }) => errors.map((each: { code: string }) => each.code))).toEqual(
    Array(15).fill('ALREADY_EXISTS'),
  );
  expect(results[0].voiceCall.call.revision).toBe(1);
});

test('several mutations in one request each read what the ones before them wrote', async () => {
  const reference = '{ system: OTHER, name: "test", value: "chain" }';
  const data = await client.ask(`mutation {
    made: upsertCall(input: { references: [${reference}] }) { call { ...Seen } }
    flow: replaceCallFlow(call: { reference: ${reference} }, commands: [{ ringing: {} }]) { call { ...Seen } }
    more: upsertCall(input: { references: [${reference}, { system: OTHER, name: "test", value: "chain-2" }], groups: [{ kind: "k", key: "k" }] }) { call { ...Seen } }
  }
  fragment Seen on Call { references { value } groups { key } callFlow { revision } history { totalCount } }`);
  expect(data.made.call).toEqual({
    references: [{ value: 'chain' }],
    groups: [],
    callFlow: null,
    history: { totalCount: 1 },
  });
  expect(data.flow.call).toMatchObject({ callFlow: { revision: 1 }, history: { totalCount: 2 } });
  expect(data.more.call).toMatchObject({
    references: [{ value: 'chain' }, { value: 'chain-2' }],
    groups: [{ key: 'k' }],
    history: { totalCount: 3 },
  });
});
