import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { givenCall, hangUpCall, replaceCallFlow } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type BirdCall, type FakeBird, openBird } from '../../support/vendors/bird.js';
import type { SeenRequest } from '../../support/vendors/observations.js';
import { connect, settled } from './connected.js';

const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };
/** Of the call that shows that the worker has looked. */
const OTHER = 'CALL_FLOW DELIVERED';
const UNAVAILABLE = { status: 503 };

let gateway: TestGateway;
let client: Client;
let bird: FakeBird;
let there: BirdCall;
let call: { id: string };
let other: { there: BirdCall; call: { id: string } };

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  bird = await openBird();
  await connect(gateway, client, { system: 'BIRD', url: bird.url, members: PLACE });
  there = bird.add(PLACE);
  call = await callOf(there);
  const otherThere = bird.add(PLACE);
  other = { there: otherThere, call: await callOf(otherThere) };
});
afterEach(async () => {
  expect(bird.violations).toEqual([]);
  expect(bird.mostInFlight()).toBe(1);
  await bird.close();
});
afterAll(() => gateway.close());

async function callOf(named: BirdCall): Promise<{ id: string }> {
  const { id } = await givenCall(client, { references: [{ system: 'BIRD', name: 'id', value: named.id }] });
  return { id };
}

/** Sends a flow of another call: the worker has seen what was to be sent before. A request hangs 10 seconds at most. */
async function workerHasLooked(): Promise<void> {
  await say('later', other.call);
  await expect.poll(() => other.there.flows).toHaveLength(1);
}

/** What a request is about: the text of its flow, or "hang up". */
function subjectOf({ body }: SeenRequest): string {
  const { status, callFlow } = body as { status?: string; callFlow?: { options: { text: string } }[] };
  return status === 'completed' ? 'hang up' : (callFlow?.[0]?.options.text ?? '');
}

const seen = () => bird.requests.filter(({ callKey }) => callKey === there.id).map(subjectOf);
const isFlowA = (request: SeenRequest) => subjectOf(request) === 'A';
const say = async (text: string, to = call) => {
  const { errors } = await replaceCallFlow(client, { call: to, commands: [{ say: { text } }] });
  expect(errors).toEqual([]);
};
const hangUp = () => hangUpCall(client, call);
const arrived = (subjects: string[]) =>
  vi.waitFor(() => expect(seen()).toEqual(subjects), { timeout: 60_000 });

it('a flow that hangs until the try is given up is not sent again, and the hang-up comes last', async () => {
  bird.behave({ hang: isFlowA });
  await say('A');
  await arrived(['A']);
  await say('B');
  await hangUp();
  await settled(client, ['CALL_FLOW SUPERSEDED', 'CALL_FLOW SUPERSEDED', 'HANG_UP DELIVERED']);
  expect(seen()).toEqual(['A', 'hang up']);
  bird.release();
  expect(there.flows).toEqual([]);
});

it('a flow that the vendor takes late is followed by the hang-up, and not by the flow between them', async () => {
  bird.behave({ hang: isFlowA });
  await say('A');
  await arrived(['A']);
  await say('B');
  await hangUp();
  await workerHasLooked();
  expect(seen()).toEqual(['A']);
  bird.release();
  await settled(client, [OTHER, 'CALL_FLOW DELIVERED', 'CALL_FLOW SUPERSEDED', 'HANG_UP DELIVERED']);
  expect(seen()).toEqual(['A', 'hang up']);
});

it.each([
  ['takes late', null, ['CALL_FLOW DELIVERED', 'CALL_FLOW DELIVERED']],
  ['refuses late', UNAVAILABLE, ['CALL_FLOW SUPERSEDED', 'CALL_FLOW DELIVERED']],
])(
  'a flow that the vendor %s is followed by the newer one and never comes again',
  async (_, answer, states) => {
    bird.behave({ hang: isFlowA, refuse: (request) => (isFlowA(request) ? answer : null) });
    await say('A');
    await arrived(['A']);
    await say('B');
    await workerHasLooked();
    expect(seen()).toEqual(['A']);
    bird.release();
    await settled(client, [OTHER, ...states]);
    await hangUp();
    await settled(client, [OTHER, ...states, 'HANG_UP DELIVERED']);
    expect(seen()).toEqual(['A', 'B', 'hang up']);
    expect(there.flows.at(-1)?.sent).toMatchObject([{ options: { text: 'B' } }]);
  },
);
