import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  codesOf,
  hangUpCall,
  readCall,
  readHistory,
  recordCallFlowProgress,
  replaceCallFlow,
  upsertCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import {
  type BirdCall,
  type BirdCommand,
  EXAMPLE_1_REQUEST,
  EXAMPLE_1_RESPONSE,
  EXAMPLE_2_REQUEST,
  EXAMPLE_2_RESPONSE,
  LONG_REQUEST,
  LONG_RESPONSE,
} from './bird-documents.js';
import { birdId, fromBird, fromBirdCommands, toBird } from './bird-mapping.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

async function upsert(input: object): Promise<Answer['data']> {
  const { call, errors } = await upsertCall(client, { ...input });
  expect(errors).toEqual([]);
  return call;
}

/** Writes the call and its flow, and reports the ids from the response. */
async function play(request: BirdCommand[], response: BirdCall): Promise<Answer['data']> {
  const { id } = await upsert(fromBird(response));
  const { callFlow, errors } = await replaceCallFlow(client, {
    call: { id },
    commands: fromBirdCommands(request),
  });
  expect(errors).toEqual([]);
  const { commands } = response.callFlow;
  const progress = await recordCallFlowProgress(client, {
    callFlow: callFlow.id,
    vendorId: commands[0]?.callFlowId,
    commands: commands.map(({ id: vendorId }, index) => ({
      id: callFlow.commands[index].id,
      status: 'ACCEPTED',
      vendorId,
    })),
  });
  expect(progress.errors).toEqual([]);
  return readCall(client, id);
}

describe.each([
  ['the long sample', LONG_REQUEST, LONG_RESPONSE, 'QUEUED'],
  ['example 1', EXAMPLE_1_REQUEST, EXAMPLE_1_RESPONSE, 'QUEUED'],
  ['example 2', EXAMPLE_2_REQUEST, EXAMPLE_2_RESPONSE, 'STARTING'],
])('%s of Update a call', (_name, request, response, status) => {
  it("is read back completely, member by member, once the vendor's ids are recorded", async () => {
    if (response.parentId !== undefined) await upsert({ references: [birdId(response.parentId)] });

    const call = await play(request, response);

    const { callFlow, ...members } = toBird(call);
    const { callFlow: documented, updatedAt, ...others } = response;
    expect(members).toEqual({ ...others, updatedAt: new Date(updatedAt).toISOString() });
    expect(callFlow).toMatchObject(documented);
    expect(call.status).toBe(status);
    expect(call.history.nodes.map(({ kind }: { kind: string }) => kind)).toEqual([
      'CALL_FLOW_PROGRESSED',
      'CALL_FLOW_REPLACED',
      'REGISTERED',
    ]);
  });

  it('accepts the redelivered body without changing anything', async () => {
    const { id } = await play(request, response);
    const before = await readCall(client, id);

    const repeated = await upsert(fromBird(response));

    expect(repeated).toMatchObject({ id, revision: before.revision });
    expect(await readCall(client, id)).toEqual(before);
  });
});

describe('the long sample', () => {
  it('is linked to its parent if that arrives later', async () => {
    const child = await upsert({ ...fromBird(LONG_RESPONSE), workspaceId: 'workspace-1' });
    expect(child).toMatchObject({ parent: null, workspaceId: 'workspace-1' });

    const parent = await upsert({ references: [birdId(LONG_RESPONSE.parentId ?? '')] });

    expect((await readCall(client, child.id)).parent).toMatchObject({ id: parent.id });
  });
});

describe('the five commands of example 2', () => {
  it('replace the flow of the call and read in their order, ACCEPTED, with all their options', async () => {
    const { id } = await upsert(fromBird(EXAMPLE_2_RESPONSE));
    await replaceCallFlow(client, { call: { id }, commands: fromBirdCommands(LONG_REQUEST) });

    const { callFlow, errors } = await replaceCallFlow(client, {
      call: { reference: birdId(EXAMPLE_2_RESPONSE.id) },
      commands: fromBirdCommands(EXAMPLE_2_REQUEST),
    });

    expect(errors).toEqual([]);
    const fresh = { id: expect.any(String), vendorId: null, status: 'ACCEPTED', conditions: [] };
    const commands = [
      { ...fresh, command: 'RINGING' },
      { ...fresh, command: 'PAUSE', pauseSeconds: 2 },
      { ...fresh, command: 'ANSWER', media: [], loop: null, timeout: null },
      {
        ...fresh,
        command: 'SAY',
        text: "Sorry, we don't have available agents now. Please call later. GoodBye.",
        locale: 'en-GB',
        voice: 'male',
        loop: null,
        timeout: null,
      },
      { ...fresh, command: 'HANGUP' },
    ];
    expect(callFlow).toMatchObject({ revision: 2, status: 'ACTIVE', vendorId: null });
    expect(callFlow.commands).toEqual(commands);
    const call = await readCall(client, id);
    expect(call.callFlow).toEqual(callFlow);
    expect(call.callFlows.nodes.map(({ status }: { status: string }) => status)).toEqual([
      'ACTIVE',
      'SUPERSEDED',
    ]);
  });
});

describe('status completed', () => {
  it('hangs up after the flow was replaced, and leaves the flow active', async () => {
    const { id } = await play(EXAMPLE_1_REQUEST, EXAMPLE_1_RESPONSE);
    const before = await readCall(client, id);

    const { call, errors } = await hangUpCall(client, { reference: birdId(EXAMPLE_1_RESPONSE.id) });

    expect(errors).toEqual([]);
    expect(call).toMatchObject({ id, status: 'COMPLETED', revision: before.revision + 1 });
    expect(call.endedAt > before.endedAt).toBe(true);
    expect(call.callFlow).toEqual(before.callFlow);
    const [hungUp] = (await readHistory(client, id)).slice(-1);
    expect(hungUp).toMatchObject({
      kind: 'HUNG_UP',
      oldValues: { status: 'QUEUED', vendorStatus: 'accepted' },
      newValues: { status: 'COMPLETED', vendorStatus: null, endedAt: call.endedAt },
    });
  });

  it('refuses a second hang-up, another flow and a late live status', async () => {
    const { id } = await play(EXAMPLE_2_REQUEST, EXAMPLE_2_RESPONSE);
    await hangUpCall(client, { id });
    const before = await readCall(client, id);

    const again = await hangUpCall(client, { id });
    const flow = await replaceCallFlow(client, {
      call: { id },
      commands: fromBirdCommands(EXAMPLE_2_REQUEST),
    });
    const late = await upsert({ references: [birdId(EXAMPLE_2_RESPONSE.id)], vendorStatus: 'ongoing' });

    expect(codesOf(again)).toEqual([{ code: 'CALL_ENDED', path: ['call'] }]);
    expect(codesOf(flow)).toEqual([{ code: 'CALL_ENDED', path: ['call'] }]);
    expect(late).toMatchObject({ status: 'COMPLETED', revision: before.revision });
    expect(await readCall(client, id)).toEqual(before);
  });
});
