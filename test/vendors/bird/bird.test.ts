import { describe, expect, it } from 'vitest';
import type { CallFlowCommandName } from '../../../src/call-flows/call-flow.enums.js';
import type { FlowCommand } from '../../../src/call-flows/flow-command.js';
import { bird } from '../../../src/vendors/bird/bird.js';
import type { OutgoingDelivery } from '../../../src/vendors/vendor.js';
import {
  type BirdCommand,
  EXAMPLE_1_REQUEST,
  EXAMPLE_1_RESPONSE,
  EXAMPLE_2_REQUEST,
  EXAMPLE_2_RESPONSE,
  LONG_REQUEST,
  LONG_RESPONSE,
} from '../bird-documents.js';
import { account, delivery, refusal, scripted } from '../scripted-client.js';

const WORKSPACE = '123e4567-e89b-12d3-a456-426614174009';
const { channelId: CHANNEL, id: CALL } = EXAMPLE_2_RESPONSE;
const PATH = `/workspaces/${WORKSPACE}/channels/${CHANNEL}/calls/${CALL}`;
const ACCOUNT = account({ secrets: { accessKey: 'bird-key' } });
const BY_SETTINGS = { ...ACCOUNT, settings: { workspaceId: WORKSPACE, channelId: CHANNEL } };
const ID = { system: 'BIRD' as const, name: 'id', value: CALL };

const { call: ANY_CALL } = delivery({});
const at = (workspaceId: string | null, channelId: string | null) =>
  ANY_CALL && { ...ANY_CALL, workspaceId, channelId };

const ours = (commands: BirdCommand[]) =>
  commands.map(({ command, options = {}, conditions = [] }, index) => ({
    id: `command-${index + 1}`,
    command: command.toUpperCase() as CallFlowCommandName,
    options: options as Record<string, unknown>,
    conditions: conditions as FlowCommand['conditions'],
  }));

const flow = (commands: BirdCommand[], change: Partial<OutgoingDelivery> = {}) =>
  delivery({
    kind: 'CALL_FLOW',
    references: [ID],
    call: at(WORKSPACE, CHANNEL),
    flow: { id: 'flow', commands: ours(commands) },
    ...change,
  });
const hangUp = (change: Partial<OutgoingDelivery> = {}) =>
  delivery({ kind: 'HANG_UP', references: [ID], call: at(WORKSPACE, CHANNEL), ...change });

describe('a flow', () => {
  it.each([
    // Its empty options are left out, as in example 2.
    ['the long sample', LONG_REQUEST.map(({ options: _empty, ...command }) => command), LONG_RESPONSE],
    ['example 1', EXAMPLE_1_REQUEST, EXAMPLE_1_RESPONSE],
    ['example 2', EXAMPLE_2_REQUEST, EXAMPLE_2_RESPONSE],
  ])("is the document's request: %s", async (_name, request, response) => {
    const client = scripted({ status: 202, body: response });

    const outcome = await bird.deliver(flow(request), ACCOUNT, client);

    expect(client.requests).toEqual([{ method: 'PATCH', path: PATH, json: { callFlow: request } }]);
    expect(client.headers).toEqual([{ authorization: 'AccessKey bird-key' }]);
    const { id, commands } = response.callFlow;
    expect(outcome).toEqual({
      state: 'DELIVERED',
      requestId: 'request-1',
      learned: {
        flowProgress: {
          vendorId: id ?? commands[0]?.callFlowId,
          commands: commands.map(({ id: vendorId = null }, index) => ({
            id: `command-${index + 1}`,
            label: `command-${index + 1}`,
            status: 'ACCEPTED',
            vendorId,
          })),
        },
      },
    });
  });

  it('sends options without nulls, and prompts whole', async () => {
    const options = { input: 'dtmf', endKey: null, say: { text: 'Press one', locale: 'en-GB', voice: null } };
    const client = scripted({ status: 202 });

    await bird.deliver(flow([{ command: 'gather', options }]), ACCOUNT, client);

    expect(client.requests[0]?.json).toEqual({
      callFlow: [
        { command: 'gather', options: { input: 'dtmf', say: { text: 'Press one', locale: 'en-GB' } } },
      ],
    });
  });

  it.each([
    ['accepted', 'ACCEPTED'],
    ['Running', 'RUNNING'],
    ['in-progress', 'RUNNING'],
    ['completed', 'COMPLETED'],
    ['canceled', 'SKIPPED'],
    ['failed', 'FAILED'],
    ['a new word', 'ACCEPTED'],
    ['constructor', 'ACCEPTED'],
    [undefined, 'ACCEPTED'],
  ])('takes the status %s for %s', async (word, status) => {
    const callFlow = { id: 'f', commands: [{ id: 'c', command: 'answer', status: word }] };
    const sent = bird.deliver(flow([{ command: 'answer' }]), ACCOUNT, scripted({ body: { callFlow } }));
    expect(await sent).toMatchObject({ learned: { flowProgress: { commands: [{ status }] } } });
  });

  it.each([
    undefined,
    {},
    { callFlow: null },
    { callFlow: { commands: [{ command: 'say' }] } },
    { callFlow: { commands: [{ command: 'answer' }, { command: 'hangup' }] } },
  ])('learns nothing from the answer %o', async (body) => {
    const sent = bird.deliver(flow([{ command: 'answer' }]), ACCOUNT, scripted({ status: 202, body }));
    expect(await sent).toEqual({ state: 'DELIVERED', requestId: 'request-1' });
  });

  it.each([400, 404, 422, 429])('leaves %i to the worker', async (status) => {
    const client = scripted({ status });
    await expect(bird.deliver(flow(EXAMPLE_2_REQUEST), ACCOUNT, client)).rejects.toMatchObject({ status });
  });
});

describe('the path', () => {
  it('takes from the account what the call does not say', async () => {
    const client = scripted({}, {});
    await bird.deliver(hangUp({ call: at(null, null) }), BY_SETTINGS, client);
    await bird.deliver(hangUp({ call: at('w', 'c/d') }), BY_SETTINGS, client);
    expect(client.requests.map(({ path }) => path)).toEqual([
      PATH,
      `/workspaces/w/channels/c%2Fd/calls/${CALL}`,
    ]);
  });

  it('waits for what is missing', async () => {
    const sent = bird.deliver(
      flow(EXAMPLE_2_REQUEST, { call: at(null, 'c'), references: [] }),
      ACCOUNT,
      scripted(),
    );
    expect(await sent).toEqual({
      state: 'INCOMPLETE',
      reason: 'Bird requires values that are not known: workspaceId, id.',
    });
  });
});

describe('a hang-up', () => {
  it('is sent alone', async () => {
    const client = scripted({ status: 202, body: LONG_RESPONSE });
    expect(await bird.deliver(hangUp(), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-1',
    });
    expect(client.requests).toEqual([{ method: 'PATCH', path: PATH, json: { status: 'completed' } }]);
  });

  it.each([
    [404, 'completed'],
    [422, 'no-answer'],
  ])('is done if Bird answers %i for a call that is %s', async (status, word) => {
    const client = scripted({ status }, { body: { ...LONG_RESPONSE, status: word } });
    expect(await bird.deliver(hangUp(), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: `refusal-${status}`,
    });
    expect(client.requests[1]).toEqual({ method: 'GET', path: PATH });
  });

  it.each([
    { body: { ...LONG_RESPONSE, status: 'ongoing' } },
    { body: undefined },
    refusal(404),
    refusal(403),
  ])('is refused with 422 if the call has not ended: %o', async (step) => {
    const sent = bird.deliver(hangUp(), ACCOUNT, scripted(refusal(422, 'why'), step));
    await expect(sent).rejects.toMatchObject({ status: 422, text: 'why' });
  });

  it('is tried again if the call cannot be looked at', async () => {
    const sent = bird.deliver(hangUp(), ACCOUNT, scripted(refusal(422), refusal(503)));
    await expect(sent).rejects.toMatchObject({ status: 503 });
  });

  it('is refused by any other status', async () => {
    await expect(bird.deliver(hangUp(), ACCOUNT, scripted(refusal(400)))).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('the test', () => {
  it('lists a call of the workspace', async () => {
    const client = scripted({ body: { results: [] } });
    expect(await bird.test(BY_SETTINGS, client)).toMatch(/^Bird accepts the access key/);
    expect(client.requests).toEqual([
      { method: 'GET', path: `/workspaces/${WORKSPACE}/channels/calls`, query: { limit: '1' } },
    ]);
  });

  it('needs a workspace', async () => {
    expect(await bird.test(ACCOUNT, scripted())).toMatch(/without a workspaceId/);
  });
});
