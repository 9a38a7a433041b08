import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { givenCall, readCall, replaceCallFlow } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { readDeliveries, settled } from '../delivery/connected.js';
import { callBy, deliver, givenHook, type Hook, PUBLIC_URL, processed, signed } from './hooks.js';

type Data = Answer['data'];

const KEY = 'switchboard-test-signing-key';
const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };

let gateway: TestGateway;
let client: Client;
let bird: FakeBird;
let hook: Hook;

beforeAll(async () => {
  [gateway, bird] = await Promise.all([openTestGateway({ publicUrl: PUBLIC_URL }), openBird()]);
});
beforeEach(async () => {
  client = await gateway.client();
  hook = await givenHook(gateway, client, {
    ...{ system: 'BIRD', vendor: bird, members: { ...PLACE, signingKey: KEY } },
  });
});
afterAll(async () => {
  expect(bird.violations).toEqual([]);
  await Promise.all([gateway.close(), bird.close()]);
});

async function tell(payload: object): Promise<void> {
  const body = JSON.stringify({ service: 'channels', event: 'voice.inbound', payload });
  await deliver(gateway, hook.url, body, { headers: signed(hook.url, body, KEY) });
}

const shown = ({ callFlow }: Data) => callFlow.commands.map(({ command, status }: Data) => [command, status]);
const at = (second: number) => new Date(Date.now() + second * 1_000).toISOString();

it('the progress of a flow that was sent from here is that of its commands, and sends nothing', async () => {
  const { id } = bird.add(PLACE);
  const call = await givenCall(client, { references: [{ system: 'BIRD', name: 'id', value: id }], ...PLACE });
  const sent = await replaceCallFlow(client, {
    call: { id: call.id },
    commands: [{ answer: {} }, { say: { text: 'Hello' } }, { hangup: {} }],
  });
  expect(sent.errors).toEqual([]);
  await settled(client, ['CALL_FLOW DELIVERED']);
  const [flow] = bird.calls.get(id)?.flows ?? expect.fail();
  const reported = (words: string[], updatedAt: string) => ({
    ...{ id, channelId: PLACE.channelId, status: 'ongoing', updatedAt },
    callFlow: {
      id: flow?.id,
      commands: flow?.commands.map((each, index) => ({ ...each, status: words[index] })),
    },
  });
  await tell(reported(['completed', 'running', 'accepted'], at(1)));
  await processed(client, ['APPLIED']);
  const before = await readCall(client, call.id);
  expect(shown(before)).toEqual([
    ['ANSWER', 'COMPLETED'],
    ['SAY', 'RUNNING'],
    ['HANGUP', 'ACCEPTED'],
  ]);
  expect(before.callFlow).toMatchObject({ id: sent.callFlow.id, vendorId: flow?.id, revision: 1 });
  expect(before.callFlow.commands[1]).toMatchObject({ text: 'Hello', vendorId: flow?.commands[1]?.id });
  // With other bytes the same is said again.
  await tell({ ...reported(['completed', 'running', 'accepted'], before.vendorUpdatedAt), again: true });
  await processed(client, ['APPLIED', 'UNCHANGED']);
  expect(await readCall(client, call.id)).toEqual(before);
  expect(await readDeliveries(client)).toHaveLength(1);
  expect(bird.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
});

it('a flow that Bird runs on its own becomes the call’s, and is not sent back', async () => {
  const { id } = bird.add(PLACE);
  const requests = bird.requests.length;
  await tell({
    ...{ id, channelId: PLACE.channelId, status: 'ongoing', updatedAt: at(0) },
    callFlow: { id: randomUUID(), commands: [{ id: randomUUID(), command: 'record', status: 'running' }] },
  });
  await processed(client, ['APPLIED']);
  expect(shown(await callBy(client, 'BIRD', 'id', id))).toEqual([['RECORD', 'RUNNING']]);
  expect(await readDeliveries(client)).toEqual([]);
  expect(bird.requests).toHaveLength(requests);
});
