import { parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { OPERATIONS } from '../../packages/explorer/operations.js';
import { seedDemo } from '../../src/demo/seed.js';
import { followOver } from '../live/followers.js';
import { openTestGateway } from '../support/gateway.js';

const [find = '', merge = '', replace = '', watch = ''] = OPERATIONS;

it('the tabs of a first visit do what they say on the example calls', async () => {
  const gateway = await openTestGateway();
  onTestFinished(gateway.close);
  const { token = '' } = (await seedDemo(gateway.database)) ?? {};
  const { ask } = gateway.anonymous(`Bearer ${token}`);
  const follower = followOver('ws', { url: gateway.url, token }, watch);
  await gateway.subscribers(1);
  const { calls } = await ask(find);
  expect(calls).toMatchObject({ totalCount: 1, nodes: [{ status: 'COMPLETED', revision: 1 }] });
  const { mergeCallMetadata } = await ask(merge);
  expect(mergeCallMetadata).toMatchObject({
    call: { metadata: { customer_id: 'cust_abc123', ticket_id: 'TICKET-456' }, revision: 2 },
    errors: [],
  });
  expect(await follower.until(1)).toMatchObject([{ kind: 'METADATA_MERGED', call: mergeCallMetadata.call }]);
  const { replaceCallFlow } = await ask(replace);
  expect(replaceCallFlow).toMatchObject({
    callFlow: { commands: [{ command: 'ANSWER' }, { command: 'SAY' }, { command: 'HANGUP' }] },
    errors: [],
  });
});

it('they fit into the editor, one operation to a tab', () => {
  for (const operation of OPERATIONS) {
    expect(parse(operation).definitions).toHaveLength(1);
    expect(operation.split('\n').filter((line) => line.length > 58)).toEqual([]);
  }
});
