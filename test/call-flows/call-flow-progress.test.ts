import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  givenCall,
  hangUpCall,
  readCall,
  recordCallFlowProgress,
  replaceCallFlow,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: { id: string };
let flow: Answer['data'];
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
beforeEach(async () => {
  const { id } = await givenCall(client);
  call = { id };
  flow = await newFlow();
});
afterAll(() => gateway.close());

async function newFlow(): Promise<Answer['data']> {
  const commands = [{ answer: {} }, { say: { text: 'hello' } }, { hangup: {} }];
  return (await replaceCallFlow(client, { call, commands })).callFlow;
}

interface Progress {
  id: string;
  status: string;
  vendorId?: string | null;
}
const record = (commands: Progress[], vendorId?: string | null, callFlow: string = flow.id) =>
  recordCallFlowProgress(client, { callFlow, vendorId, commands });
const idOf = (index: number): string => flow.commands[index].id;
const read = () => readCall(client, call.id);

describe('recordCallFlowProgress', () => {
  it.each(['RUNNING', 'COMPLETED', 'SKIPPED', 'FAILED'])(
    'moves a command to %s, and it alone',
    async (status) => {
      const { callFlow, errors } = await record([{ id: idOf(1), status }]);
      expect(errors).toEqual([]);
      const [answer, say, hangup] = flow.commands;
      expect(callFlow).toEqual({ ...flow, commands: [answer, { ...say, status }, hangup] });
      expect(await read()).toMatchObject({ callFlow, revision: 3 });
    },
  );

  it("keeps the vendor's ids of the flow and of its commands, and shows what has changed", async () => {
    const { callFlow } = await record(
      [
        { id: idOf(2), status: 'ACCEPTED', vendorId: 'v-2' },
        { id: idOf(0), status: 'COMPLETED', vendorId: 'v-0' },
        { id: idOf(1), status: 'ACCEPTED' },
      ],
      'v-flow',
    );

    expect(callFlow.vendorId).toBe('v-flow');
    expect(callFlow.commands).toMatchObject([
      { id: idOf(0), status: 'COMPLETED', vendorId: 'v-0' },
      { id: idOf(1), status: 'ACCEPTED', vendorId: null },
      { id: idOf(2), status: 'ACCEPTED', vendorId: 'v-2' },
    ]);
    const { history, revision } = await read();
    expect(revision).toBe(3);
    expect(history.nodes[0]).toMatchObject({
      kind: 'CALL_FLOW_PROGRESSED',
      revision: 3,
      patch: null,
      oldValues: { callFlow: { revision: 1, vendorId: null } },
      newValues: { callFlow: { revision: 1, vendorId: 'v-flow' } },
    });
    const commandsOf = (values: Answer['data']) => JSON.stringify(values.callFlow.commands);
    expect(commandsOf(history.nodes[0].oldValues)).toContain('"ACCEPTED"');
    expect(commandsOf(history.nodes[0].newValues)).toContain('"v-2"');
    // The unchanged command is missing.
    expect(commandsOf(history.nodes[0].newValues)).not.toContain('"SAY"');
  });

  it.each([
    ['left out', undefined],
    ['null', null],
  ])('keeps the ids that are known when they are %s', async (_how, vendorId) => {
    await record([{ id: idOf(0), status: 'ACCEPTED', vendorId: 'v-0' }], 'v-flow');
    const { callFlow } = await record([{ id: idOf(0), status: 'RUNNING', vendorId }], vendorId);
    expect(callFlow.vendorId).toBe('v-flow');
    expect(callFlow.commands[0]).toMatchObject({ status: 'RUNNING', vendorId: 'v-0' });
  });

  it('changes nothing if it repeats the stored values', async () => {
    const news = [{ id: idOf(0), status: 'RUNNING', vendorId: 'v-0' }];
    const { callFlow } = await record(news, 'v-flow');
    const before = await read();
    const again = await record(news, 'v-flow');
    expect(again).toEqual({ callFlow, errors: [] });
    expect(await read()).toEqual(before);
  });

  it('updates a superseded flow, which stays superseded, and leaves the active one unchanged', async () => {
    const second = await newFlow();
    const { callFlow, errors } = await record([{ id: idOf(0), status: 'SKIPPED' }]);
    expect(errors).toEqual([]);
    expect(callFlow).toMatchObject({
      id: flow.id,
      status: 'SUPERSEDED',
      commands: [{ status: 'SKIPPED' }, {}, {}],
    });
    expect(await read()).toMatchObject({
      callFlow: second,
      callFlows: { nodes: [second, callFlow] },
      revision: 4,
    });
  });

  it('updates the flow of a call that has ended', async () => {
    await hangUpCall(client, call);
    const { callFlow } = await record([{ id: idOf(2), status: 'COMPLETED' }]);
    expect(callFlow.commands[2].status).toBe('COMPLETED');
    expect(await read()).toMatchObject({ status: 'COMPLETED', revision: 4 });
  });

  it('applies all of sixteen concurrent reports', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        record([{ id: idOf(index % 3), status: 'RUNNING', vendorId: `v-${index}` }]),
      ),
    );
    expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
    const { revision, history, callFlow } = await read();
    expect(revision).toBe(18);
    expect(history.totalCount).toBe(18);
    expect(callFlow.commands.map(({ status }: Progress) => status)).toEqual([
      'RUNNING',
      'RUNNING',
      'RUNNING',
    ]);
  });
});

describe('a refused recordCallFlowProgress', () => {
  async function expectRefused(
    payload: Answer['data'],
    before: Answer['data'],
    errors: object[],
  ): Promise<void> {
    expect(payload.callFlow).toBeNull();
    expect(codesOf(payload)).toEqual(errors);
    expect(await read()).toEqual(before);
  }

  it('is NOT_FOUND for a command of another flow, and writes nothing of what comes with it', async () => {
    const second = await newFlow();
    const before = await read();
    const commands = [
      { id: second.commands[0].id, status: 'RUNNING' },
      { id: idOf(0), status: 'RUNNING' },
    ];
    await expectRefused(await record(commands, 'v-flow', second.id), before, [
      { code: 'NOT_FOUND', path: ['commands', '1', 'id'] },
    ]);
  });

  it("is NOT_FOUND for an unknown flow and for another organization's, which stays as it is", async () => {
    const before = await read();
    const other = await gateway.client();
    const unknown = `call_flow_${'0'.repeat(26)}`;
    const commands = [{ id: idOf(0), status: 'RUNNING' }];
    const payloads = [
      await recordCallFlowProgress(other, { callFlow: flow.id, vendorId: 'v', commands }),
      await recordCallFlowProgress(client, { callFlow: unknown, vendorId: 'v', commands }),
    ];
    for (const payload of payloads)
      await expectRefused(payload, before, [{ code: 'NOT_FOUND', path: ['callFlow'] }]);
  });

  it.each([
    ['a malformed id of the flow', 'nonsense', undefined, ['callFlow']],
    ['the id of something else for the flow', 'call', undefined, ['callFlow']],
    ['a malformed id of a command', undefined, 'nonsense', ['commands', '0', 'id']],
    ['the id of something else for a command', undefined, 'call', ['commands', '0', 'id']],
  ])('is INVALID with %s', async (_what, flowId, commandId, path) => {
    const before = await read();
    const given = (id: string | undefined, fallback: string) => (id === 'call' ? call.id : (id ?? fallback));
    const commands = [{ id: given(commandId, idOf(0)), status: 'RUNNING' }];
    const payload = await record(commands, 'v-flow', given(flowId, flow.id));
    await expectRefused(payload, before, [{ code: 'INVALID', path }]);
  });

  it('is INVALID with 21 commands', async () => {
    const before = await read();
    const payload = await record(Array.from({ length: 21 }, () => ({ id: idOf(0), status: 'RUNNING' })));
    await expectRefused(payload, before, [{ code: 'INVALID', path: ['commands'] }]);
  });

  it('is INVALID with a command twice', async () => {
    const before = await read();
    const commands = [
      { id: idOf(0), status: 'RUNNING' },
      { id: idOf(0), status: 'COMPLETED' },
    ];
    await expectRefused(await record(commands), before, [{ code: 'INVALID', path: ['commands', '1', 'id'] }]);
  });
});
