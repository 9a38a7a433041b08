import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CALL_FLOW_COMMAND_NAMES } from '../../src/call-flows/call-flow.enums.js';
import { joinCalls } from '../events/events.js';
import { codesOf, readCall, replaceCallFlow, upsertCall } from '../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { type BirdCall, type FakeBird, openBird } from '../support/vendors/bird.js';
import { connect, settled } from '../vendors/delivery/connected.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const named = (id: string) => [{ system: 'BIRD', name: 'id', value: id }];

async function reported(id: string, vendorCallFlow: Variables, more: Variables = {}): Promise<Data> {
  const { call, errors } = await upsertCall(client, { references: named(id), vendorCallFlow, ...more });
  expect(errors).toEqual([]);
  return readCall(client, call.id);
}

const progressOf = ({ callFlow }: Data) => ({
  vendorId: callFlow.vendorId,
  revision: callFlow.revision,
  commands: callFlow.commands.map(({ command, vendorId, status }: Data) => [command, vendorId, status]),
});
const kindsOf = ({ history }: Data): string[] => history.nodes.map(({ kind }: Data) => kind).toReversed();

const CONDITION = { variable: 'keys', operator: 'eq', value: '1' };
const FLOW = {
  vendorId: 'flow-1',
  commands: [
    { vendorId: 'c-1', command: 'ANSWER', status: 'completed' },
    { vendorId: 'c-2', command: 'SAY', status: 'Running', conditions: [CONDITION] },
    { vendorId: 'c-3', command: 'HANGUP' },
  ],
};
const PROGRESS = {
  vendorId: 'flow-1',
  revision: 1,
  commands: [
    ['ANSWER', 'c-1', 'COMPLETED'],
    ['SAY', 'c-2', 'RUNNING'],
    ['HANGUP', 'c-3', 'ACCEPTED'],
  ],
};

describe('a flow that the vendor runs', () => {
  it('becomes the call’s flow with its ids, statuses and conditions', async () => {
    const call = await reported(randomUUID(), FLOW);
    expect(progressOf(call)).toEqual(PROGRESS);
    expect(call.callFlow.commands[1]).toMatchObject({ text: '', conditions: [CONDITION] });
    expect(call.callFlow.status).toBe('ACTIVE');
    expect(kindsOf(call)).toEqual(['REGISTERED']);
    expect(call.history.nodes[0].newValues).toMatchObject({ callFlow: { revision: 1 } });
  });

  it('of any commands can be read, though the vendor tells no options', async () => {
    const commands = CALL_FLOW_COMMAND_NAMES.map((command) => ({ command }));
    const call = await reported(randomUUID(), { vendorId: 'all', commands });
    expect(call.callFlow.commands).toMatchObject([
      ...[{ media: [] }, {}, { media: [] }, { text: '' }, {}, {}, { to: '' }, { pauseSeconds: 0 }, {}],
    ]);
  });

  it('has the options that are given with it', async () => {
    const callFlow = [{ answer: {} }, { say: { text: 'Hello', locale: 'en-GB' } }, { hangup: {} }];
    const call = await reported(randomUUID(), FLOW, { callFlow });
    expect(progressOf(call)).toEqual(PROGRESS);
    expect(call.callFlow.commands[1]).toMatchObject({ text: 'Hello', locale: 'en-GB', conditions: [] });
    expect(kindsOf(call)).toEqual(['REGISTERED']);
  });

  it('again is no change, and with news its progress', async () => {
    const id = randomUUID();
    const first = await reported(id, FLOW);
    expect(await reported(id, FLOW)).toEqual(first);
    const [answer, say, hangup] = FLOW.commands;
    const call = await reported(id, {
      vendorId: 'flow-1',
      commands: [answer, { ...say, status: 'done' }, { ...hangup, status: 'in_progress' }],
    });
    expect(progressOf(call).commands).toEqual([
      ['ANSWER', 'c-1', 'COMPLETED'],
      ['SAY', 'c-2', 'COMPLETED'],
      ['HANGUP', 'c-3', 'RUNNING'],
    ]);
    expect(kindsOf(call)).toEqual(['REGISTERED', 'CALL_FLOW_PROGRESSED']);
    expect(call.revision).toBe(2);
    const [, second, third] = call.callFlow.commands.map(({ id: command }: Data) => command);
    expect(call.history.nodes[0]).toMatchObject({
      oldValues: {
        callFlow: {
          revision: 1,
          commands: [
            { id: second, status: 'RUNNING' },
            { id: third, status: 'ACCEPTED' },
          ],
        },
      },
      newValues: {
        callFlow: {
          revision: 1,
          commands: [
            { id: second, status: 'COMPLETED' },
            { id: third, status: 'RUNNING' },
          ],
        },
      },
    });
  });

  it('goes forward in whatever order its reports come, and a word that is not known changes nothing', async () => {
    const reports = ['accepted', 'running', 'completed', 'dancing'].map((status) => ({
      vendorId: 'f',
      commands: [{ vendorId: 'c', command: 'SAY', status }],
    }));
    for (const order of [reports, reports.toReversed()]) {
      const id = randomUUID();
      let call: Data;
      for (const report of order) call = await reported(id, report);
      expect(progressOf(call).commands).toEqual([['SAY', 'c', 'COMPLETED']]);
    }
  });

  it('that was replaced here gets its ids though its answer was lost, and keeps its options', async () => {
    const id = randomUUID();
    const { call } = await upsertCall(client, { references: named(id) });
    const locator = { id: call.id };
    await replaceCallFlow(client, { call: locator, commands: [{ say: { text: 'one' } }] });
    await replaceCallFlow(client, { call: locator, commands: [{ ringing: {} }, { say: { text: 'two' } }] });
    const old = { vendorId: 'f-1', commands: [{ vendorId: 'c-1', command: 'SAY', status: 'completed' }] };
    const late = await reported(id, old);
    expect(late.callFlow).toMatchObject({ revision: 2, vendorId: null });
    const { callFlow, callFlows } = await reported(id, {
      vendorId: 'f-2',
      commands: [
        { vendorId: 'c-2', command: 'RINGING' },
        { vendorId: 'c-3', command: 'SAY', status: 'running' },
      ],
    });
    expect(callFlow).toMatchObject({
      ...{ revision: 2, vendorId: 'f-2' },
      commands: [{ vendorId: 'c-2' }, { vendorId: 'c-3', status: 'RUNNING', text: 'two' }],
    });
    expect(callFlows.nodes[1]).toMatchObject({
      vendorId: 'f-1',
      commands: [{ status: 'COMPLETED', text: 'one' }],
    });
    expect(callFlows.totalCount).toBe(2);
  });

  it('beside another one becomes the newest, unless the report is late', async () => {
    const id = randomUUID();
    await reported(id, FLOW, { vendorUpdatedAt: '2024-01-15T10:00:00Z' });
    const other = { vendorId: 'flow-2', commands: [{ vendorId: 'd-1', command: 'RINGING' }] };
    const late = await reported(id, other, { vendorUpdatedAt: '2024-01-15T09:00:00Z' });
    expect(progressOf(late)).toEqual(PROGRESS);
    const call = await reported(id, other, { vendorUpdatedAt: '2024-01-15T11:00:00Z' });
    expect(call.callFlow).toMatchObject({ vendorId: 'flow-2', revision: 2, status: 'ACTIVE' });
    expect(call.history.nodes[0]).toMatchObject({
      kind: 'UPDATED',
      oldValues: { callFlow: { revision: 1 } },
      newValues: { callFlow: { revision: 2 } },
    });
    const replaced = await replaceCallFlow(client, {
      call: { id: call.id },
      commands: [{ hangup: {} }],
      expectedFlowRevision: 2,
    });
    expect(replaced.callFlow.revision).toBe(3);
  });

  it('reported twice in a batch is one flow', async () => {
    const references = named(randomUUID());
    const { payloads } = await client.ask(
      `mutation ($inputs: [UpsertCallInput!]!) {
        payloads: upsertCalls(inputs: $inputs) { call { id } errors { code } }
      }`,
      {
        inputs: [
          { references, callFlow: [{ say: { text: 'Hello' } }] },
          { references, vendorCallFlow: { vendorId: 'f', commands: [{ vendorId: 'c', command: 'SAY' }] } },
          {
            references,
            vendorCallFlow: { vendorId: 'f', commands: [{ vendorId: 'c', command: 'SAY', status: 'done' }] },
          },
        ],
      },
    );
    const call = await readCall(client, payloads[0].call.id);
    expect(call.callFlows.totalCount).toBe(1);
    expect(call.callFlow).toMatchObject({
      vendorId: 'f',
      commands: [{ status: 'COMPLETED', text: 'Hello' }],
    });
    expect(kindsOf(call)).toEqual(['REGISTERED', 'CALL_FLOW_PROGRESSED', 'CALL_FLOW_PROGRESSED']);
    expect(call.revision).toBe(3);
  });

  it('moves with a join, and is known by its id afterwards', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    const call = await reported(one, FLOW);
    const duplicate = await reported(other, {
      vendorId: 'flow-2',
      commands: [{ vendorId: 'd', command: 'SAY' }],
    });
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    const joined = await reported(one, {
      vendorId: 'flow-2',
      commands: [{ vendorId: 'd', command: 'SAY', status: 'done' }],
    });
    expect(joined.callFlows.nodes.map(({ vendorId }: Data) => vendorId)).toEqual(['flow-2', 'flow-1']);
    expect(joined.callFlow.commands).toMatchObject([{ status: 'COMPLETED' }]);
  });

  it.each([
    ['null', null, ['vendorCallFlow']],
    ['an empty id', { ...FLOW, vendorId: '' }, ['vendorCallFlow', 'vendorId']],
    ['no commands', { vendorId: 'f', commands: [] }, ['vendorCallFlow', 'commands']],
    [
      '21 commands',
      { vendorId: 'f', commands: Array.from({ length: 21 }, () => ({ command: 'SAY' })) },
      ['vendorCallFlow', 'commands'],
    ],
    [
      'a long id of a command',
      { vendorId: 'f', commands: [{ command: 'SAY', vendorId: 'a'.repeat(501) }] },
      ['vendorCallFlow', 'commands', '0', 'vendorId'],
    ],
  ])('of %s is refused', async (_, vendorCallFlow, path) => {
    const payload = await upsertCall(client, { references: named(randomUUID()), vendorCallFlow });
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['input', ...path] }]);
  });

  it('costs no statement where none is reported', async () => {
    const statementsOf = async (more: Variables) => {
      gateway.takeStatements();
      await client.ask('mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { created } }', {
        input: { references: named(randomUUID()), ...more },
      });
      return gateway.takeStatements();
    };
    const without = await statementsOf({});
    expect(without.filter((statement) => statement.includes('call_flow'))).toEqual([]);
    // The new call has no flows to read: the flow and its commands are written.
    expect(await statementsOf({ vendorCallFlow: FLOW })).toHaveLength(without.length + 2);
  });
});

describe('with an account at Bird', () => {
  const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };
  let bird: FakeBird;
  let there: BirdCall;
  beforeEach(async () => {
    bird = await openBird();
    there = bird.add(PLACE);
    await connect(gateway, client, { system: 'BIRD', url: bird.url, members: PLACE });
  });

  it('a reported flow is never sent, neither new nor with news, but the next one that is made here', async () => {
    await reported(there.id, FLOW);
    await reported(there.id, {
      ...FLOW,
      commands: FLOW.commands.map((each) => ({ ...each, status: 'completed' })),
    });
    const call = await reported(there.id, {
      vendorId: 'flow-2',
      commands: [{ vendorId: 'd', command: 'RINGING' }],
    });
    const { call: shown } = await client.ask(
      'query ($id: ID!) { call(id: $id) { deliveries { totalCount } } }',
      { id: call.id },
    );
    expect(shown.deliveries.totalCount).toBe(0);
    await replaceCallFlow(client, { call: { id: call.id }, commands: [{ say: { text: 'Hello' } }] });
    await settled(client, ['CALL_FLOW DELIVERED']);
    expect(there.flows.map(({ sent }) => sent)).toEqual([[{ command: 'say', options: { text: 'Hello' } }]]);
    expect(bird.requests).toHaveLength(1);
    await bird.close();
  });

  it('a flow that was made here and what Bird then reports of it are one', async () => {
    const { call } = await upsertCall(client, { references: named(there.id) });
    await replaceCallFlow(client, { call: { id: call.id }, commands: [{ say: { text: 'Hello' } }] });
    await settled(client, ['CALL_FLOW DELIVERED']);
    const [flow] = there.flows;
    const vendorCallFlow = {
      vendorId: flow?.id,
      commands: flow?.commands.map(({ id }) => ({ vendorId: id, command: 'SAY', status: 'completed' })),
    };
    const { callFlow, callFlows } = await reported(there.id, vendorCallFlow);
    expect(callFlows.totalCount).toBe(1);
    expect(callFlow).toMatchObject({
      vendorId: flow?.id,
      commands: [{ status: 'COMPLETED', text: 'Hello' }],
    });
    expect(bird.requests).toHaveLength(1);
    await bird.close();
  });
});

it('an account of another vendor is sent nothing of it either', async () => {
  await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' });
  const { call } = await upsertCall(client, {
    references: [{ system: 'BURKI', name: 'id', value: String(Date.now()) }],
    vendorCallFlow: FLOW,
  });
  const { call: shown } = await client.ask(
    'query ($id: ID!) { call(id: $id) { deliveries { totalCount } } }',
    {
      id: call.id,
    },
  );
  expect(shown.deliveries.totalCount).toBe(0);
});
