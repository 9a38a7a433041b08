import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codesOf, givenCall, readCall, replaceCallFlow } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: { id: string };
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
beforeEach(async () => {
  const { id } = await givenCall(client);
  call = { id };
});
afterAll(() => gateway.close());

const say = (text: unknown) => [{ say: { text: String(text) } }];
const replace = (text: unknown, expectedFlowRevision?: number | null) =>
  replaceCallFlow(client, { call, commands: say(text), expectedFlowRevision });
const flowsOf = async (): Promise<Answer['data'][]> => (await readCall(client, call.id)).callFlows.nodes;

describe('revisions', () => {
  it('count 1 to 32 without gaps, and exactly one flow is ACTIVE, when 32 replace at once', async () => {
    const payloads = await Promise.all(Array.from({ length: 32 }, (_, index) => replace(index)));

    expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
    const numbers = Array.from({ length: 32 }, (_, index) => index + 1);
    expect(payloads.map(({ callFlow }) => callFlow.revision).toSorted((a, b) => a - b)).toEqual(numbers);
    const after = await readCall(client, call.id);
    expect(after.revision).toBe(33);
    expect(after.callFlows.totalCount).toBe(32);
    expect(after.callFlows.nodes.map(({ revision }: { revision: number }) => revision)).toEqual(
      numbers.toReversed(),
    );
    const active = after.callFlows.nodes.filter(({ status }: { status: string }) => status === 'ACTIVE');
    expect(active).toEqual([after.callFlow]);
    expect(active[0].revision).toBe(32);
    // Each client gets the commands that it sent.
    for (const [index, { callFlow }] of payloads.entries()) {
      expect(callFlow.commands).toMatchObject([{ text: String(index) }]);
    }
    const revisions = after.history.nodes.map(({ revision }: { revision: number }) => revision);
    expect(revisions).toEqual([33, ...numbers.toReversed()]);
  });

  it('are counted for each call by itself', async () => {
    await replace('one');
    const { id } = await givenCall(client);
    const { callFlow } = await replaceCallFlow(client, { call: { id }, commands: say('other') });
    expect(callFlow).toMatchObject({ revision: 1, status: 'ACTIVE' });
    expect(await flowsOf()).toMatchObject([{ revision: 1, status: 'ACTIVE' }]);
  });
});

describe('expectedFlowRevision', () => {
  it.each([0, 1, 2])('accepts one of two that are both based on revision %i', async (revision) => {
    for (let made = 0; made < revision; made += 1) await replace(made);

    const payloads = await Promise.all([replace('left', revision), replace('right', revision)]);

    const [winner] = payloads.filter(({ errors }) => errors.length === 0);
    const [loser] = payloads.filter(({ errors }) => errors.length > 0);
    expect(winner.callFlow).toMatchObject({ revision: revision + 1, status: 'ACTIVE' });
    expect(codesOf(loser)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedFlowRevision'] }]);
    expect(loser.callFlow).toEqual(winner.callFlow);
    expect(loser.call).toMatchObject({ id: call.id, revision: revision + 2 });
    const after = await readCall(client, call.id);
    expect(after).toMatchObject({ revision: revision + 2, callFlow: winner.callFlow });
    expect(after.callFlows.totalCount).toBe(revision + 1);
  });

  it('accepts one of sixteen', async () => {
    const payloads = await Promise.all(Array.from({ length: 16 }, (_, index) => replace(index, 0)));
    expect(payloads.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(await flowsOf()).toHaveLength(1);
  });

  it.each([1, 2])('is REVISION_CONFLICT without a flow, and makes none, when it is %i', async (revision) => {
    const payload = await replace('early', revision);
    expect(codesOf(payload)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedFlowRevision'] }]);
    expect(payload).toMatchObject({ callFlow: null, call: { id: call.id, revision: 1 } });
    expect(await readCall(client, call.id)).toMatchObject({ revision: 1, callFlows: { totalCount: 0 } });
  });

  it('is REVISION_CONFLICT with the present flow, and changes nothing, when it is old or to come', async () => {
    await replace('one');
    await replace('two');
    const before = await readCall(client, call.id);
    for (const revision of [0, 1, 3]) {
      const payload = await replace('late', revision);
      expect(codesOf(payload)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedFlowRevision'] }]);
      expect(payload.callFlow).toEqual(before.callFlow);
    }
    expect(await readCall(client, call.id)).toEqual(before);
  });

  it('is any when it is null', async () => {
    await replace('one');
    expect((await replace('two', null)).callFlow.revision).toBe(2);
  });

  it('is INVALID, and makes no flow, when it is negative', async () => {
    const payload = await replace('never', -1);
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['expectedFlowRevision'] }]);
    expect(await flowsOf()).toEqual([]);
  });
});
