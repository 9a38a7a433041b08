import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { joinCalls } from '../events/events.js';
import { givenCall, readCall, replaceCallFlow, upsertCall } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let call: Data;
let duplicate: Data;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  [call, duplicate] = [await givenCall(client), await givenCall(client)];
});
afterAll(() => gateway.close());

const say = (text: string) => [{ say: { text } }];

/** Replaces the flow through a gateway whose clock is ahead by so many seconds; returns the flow's id. */
async function replacedBy(ahead: number, each: Data, options: object = {}): Promise<string> {
  const payload = await replaceCallFlow(client, { call: { id: each.id }, commands: say('x'), ...options });
  expect(payload.errors).toEqual([]);
  await gateway.database.db.execute(sql`
    update call_flows set created_at = created_at + make_interval(secs => ${ahead}) where id = ${uuidIn(payload.callFlow.id)}`);
  return payload.callFlow.id;
}

const join = async (into: Data, from: Data) =>
  expect((await joinCalls(client, { id: into.id }, { id: from.id })).errors).toEqual([]);

/** These must be the call's flows, in this order, and the last one active. */
async function expectFlows(flows: string[]): Promise<void> {
  const { callFlow, callFlows } = await readCall(client, call.id);
  const numbered = callFlows.nodes.map(({ id, revision, status }: Data) => ({ id, revision, status }));
  expect(numbered.toReversed()).toEqual(
    flows.map((id, index) => ({
      id,
      revision: index + 1,
      status: index === flows.length - 1 ? 'ACTIVE' : 'SUPERSEDED',
    })),
  );
  expect(callFlow.id).toBe(flows.at(-1));
}

describe('the flows of joined calls are in the order in which they were acknowledged', () => {
  it.each([
    [2, -2],
    [-2, 2],
  ])('whichever clock is ahead: by %i s and %i s', async (first, second) => {
    const flows = [
      await replacedBy(first, call),
      await replacedBy(second, duplicate),
      await replacedBy(first, duplicate),
      await replacedBy(second, call),
    ];
    await join(call, duplicate);
    await expectFlows(flows);
  });

  it('also those that one call got from two clocks, and one that came with an upsert', async () => {
    const { references } = await givenCall(client);
    const registered = await upsertCall(client, { references, callFlow: say('with it') });
    const flows = [
      registered.call.callFlow.id,
      await replacedBy(4, call),
      await replacedBy(-4, call),
      await replacedBy(4, registered.call),
    ];
    await join(call, registered.call);
    await expectFlows(flows);
  });

  it('through several joins, and those that come between them', async () => {
    const flows = [await replacedBy(6, duplicate), await replacedBy(0, call)];
    await join(call, duplicate);
    flows.push(await replacedBy(-6, duplicate));
    const third = await givenCall(client);
    flows.push(await replacedBy(-9, third), await replacedBy(9, call), await replacedBy(-9, third));
    await join(call, third);
    await expectFlows(flows);
    flows.push(await replacedBy(0, third, { expectedFlowRevision: 6 }));
    await expectFlows(flows);
  });
});
