import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  givenCall,
  hangUpCall,
  readCall,
  readCalls,
  replaceCallFlow,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { EVERY_COMMAND, REFUSED } from './commands.js';

let gateway: TestGateway;
let client: Client;
let call: Answer['data'];
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const replace = (commands: object[]) => replaceCallFlow(client, { call: { id: call.id }, commands });

describe('replaceCallFlow', () => {
  beforeEach(async () => {
    call = await givenCall(client, { status: 'IN_PROGRESS' });
  });

  it('keeps every option of every command, in their order, each ACCEPTED', async () => {
    const { callFlow, call: after, errors } = await replace(EVERY_COMMAND.map(({ input }) => input));

    expect(errors).toEqual([]);
    const fresh = { id: expect.stringMatching(/^call_flow_command_/), vendorId: null, status: 'ACCEPTED' };
    expect(callFlow.commands).toEqual(EVERY_COMMAND.map(({ output }) => ({ ...fresh, ...output })));
    expect(callFlow).toMatchObject({ revision: 1, status: 'ACTIVE', vendorId: null, call: { id: call.id } });
    expect(after).toMatchObject({ id: call.id, revision: 2, callFlow });
    const read = await client.ask(`{ callFlow(id: "${callFlow.id}") { id commands { id } } }`);
    expect(read.callFlow.commands).toEqual(callFlow.commands.map(({ id }: { id: string }) => ({ id })));
  });

  it('supersedes the old flow, which stays readable as it was', async () => {
    const { callFlow: first } = await replace([{ say: { text: 'one' } }]);

    const { callFlow: second } = await replace([{ hangup: {} }]);

    const after = await readCall(client, call.id);
    expect(after.callFlows).toEqual({ totalCount: 2, nodes: [second, { ...first, status: 'SUPERSEDED' }] });
    expect(after).toMatchObject({ callFlow: second, revision: 3 });
    expect(after.history.nodes.slice(0, 2)).toMatchObject([
      {
        kind: 'CALL_FLOW_REPLACED',
        revision: 3,
        patch: null,
        oldValues: { callFlow: { revision: 1 } },
        newValues: { callFlow: { revision: 2 } },
      },
      { kind: 'CALL_FLOW_REPLACED', revision: 2, oldValues: { callFlow: null } },
    ]);
  });

  it.each([1, 20])('takes %i commands', async (length) => {
    const commands = Array.from({ length }, (_, index) => ({ say: { text: `line ${index}` } }));
    const { callFlow, errors } = await replace(commands);
    expect(errors).toEqual([]);
    expect(callFlow.commands.map(({ text }: { text: string }) => ({ say: { text } }))).toEqual(commands);
  });

  it.each([0, 21])('is INVALID, and writes nothing, with %i commands', async (length) => {
    await replace([{ ringing: {} }]);
    const before = await readCall(client, call.id);
    const payload = await replace(Array.from({ length }, () => ({ ringing: {} })));
    expect(payload).toMatchObject({ callFlow: null, call: null });
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['commands'] }]);
    expect(await readCall(client, call.id)).toEqual(before);
  });

  it('is CALL_ENDED with the present call and flow, and writes nothing, once the call has ended', async () => {
    await replace([{ ringing: {} }]);
    await hangUpCall(client, { id: call.id });
    const before = await readCall(client, call.id);

    const payload = await replace([{ hangup: {} }]);

    expect(codesOf(payload)).toEqual([{ code: 'CALL_ENDED', path: ['call'] }]);
    expect(payload.callFlow).toEqual(before.callFlow);
    expect(payload.call).toMatchObject({ id: call.id, status: 'COMPLETED', revision: before.revision });
    expect(await readCall(client, call.id)).toEqual(before);
  });

  it("is NOT_FOUND for an unknown call and for another organization's, and writes nothing", async () => {
    const other = await gateway.client();
    const { id } = await givenCall(other, { references: [{ system: 'BIRD', name: 'id', value: 'theirs' }] });
    const before = await readCalls(other);
    const reference = (value: string) => ({ reference: { system: 'BIRD', name: 'id', value } });
    const commands = [{ ringing: {} }];

    const payloads = [
      await replaceCallFlow(client, { call: { id }, commands }),
      await replaceCallFlow(client, { call: reference('theirs'), commands }),
      await replaceCallFlow(client, { call: reference('nobody'), commands, idempotencyKey: 'key' }),
    ];

    expect(payloads.map(codesOf)).toEqual([
      [{ code: 'NOT_FOUND', path: ['call', 'id'] }],
      [{ code: 'NOT_FOUND', path: ['call', 'reference'] }],
      [{ code: 'NOT_FOUND', path: ['call', 'reference'] }],
    ]);
    expect(payloads.map(({ callFlow, call: seen }) => [callFlow, seen])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect(await readCalls(other)).toEqual(before);
  });
});

describe('replaceCallFlow, by the status of the call', () => {
  it.each(['COMPLETED', 'NO_ANSWER', 'VOICEMAIL', 'BUSY', 'CANCELED', 'FAILED'])(
    'is CALL_ENDED when the call is %s',
    async (status) => {
      const { id } = await givenCall(client, { status });
      const payload = await replaceCallFlow(client, { call: { id }, commands: [{ ringing: {} }] });
      expect(codesOf(payload)).toEqual([{ code: 'CALL_ENDED', path: ['call'] }]);
      expect(await readCall(client, id)).toMatchObject({ callFlow: null, revision: 1 });
    },
  );

  it.each(['SCHEDULED', 'QUEUED', 'STARTING', 'RINGING', 'IN_PROGRESS', 'UNKNOWN'])(
    'puts a flow in force when the call is %s',
    async (status) => {
      const { id } = await givenCall(client, { status });
      const { callFlow } = await replaceCallFlow(client, { call: { id }, commands: [{ ringing: {} }] });
      expect(callFlow).toMatchObject({ revision: 1, status: 'ACTIVE' });
    },
  );
});

describe('a command that is out of range', () => {
  let live: Answer['data'];
  const replaceLive = (commands: object[]) => replaceCallFlow(client, { call: { id: live.id }, commands });
  beforeAll(async () => {
    live = await givenCall(client, { status: 'IN_PROGRESS' });
  });

  it.each(REFUSED)('is INVALID at $path, and nothing is written: $command', async ({ command, path }) => {
    const payload = await replaceLive([{ ringing: {} }, command]);
    expect(payload).toMatchObject({ callFlow: null, call: null });
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['commands', '1', ...path.split('.')] }]);
    expect(payload.errors[0].message).not.toBe('');
    expect(await readCall(client, live.id)).toMatchObject({ revision: 1, callFlows: { totalCount: 0 } });
  });

  it('is refused together with all others that are', async () => {
    const payload = await replaceLive([
      { say: { text: '' } },
      { ringing: {} },
      { pause: { pauseSeconds: -1 } },
      { bridge: { to: '', ringTimeout: 2, maxDuration: 0 } },
    ]);
    expect(codesOf(payload).map(({ path }) => path?.slice(1).join('.'))).toEqual([
      '0.say.text',
      '2.pause.pauseSeconds',
      '3.bridge.to',
      '3.bridge.ringTimeout',
      '3.bridge.maxDuration',
    ]);
  });

  it.each([
    ['two members', { say: { text: 'a' }, hangup: {} }],
    ['no member', {}],
    ['a null member', { say: null }],
  ])('is refused by the schema with %s', async (_name, command) => {
    const query = `mutation ($id: ID!, $commands: [CallFlowCommandInput!]!) {
      replaceCallFlow(call: { id: $id }, commands: $commands) { call { id } }
    }`;
    const answer = await client.send(query, { id: live.id, commands: [command] });
    expect(answer.data?.replaceCallFlow).toBeUndefined();
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await readCall(client, live.id)).revision).toBe(1);
  });
});
