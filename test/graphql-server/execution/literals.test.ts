import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const upsert = (members: string) =>
  `mutation { upsertCall(input: { references: [{ system: OTHER, name: "n", value: "v" }], ${members} }) { created } }`;

test.each([
  ['cost: { total: "1e5" }', 'input.cost.total: ', 'BAD_USER_INPUT'],
  ['startedAt: "2023-02-30T00:00:00Z"', 'input.startedAt: ', 'BAD_USER_INPUT'],
  ['metadata: { a: [1, { b: 1e400 }] }', 'input.metadata: ', 'BAD_USER_INPUT'],
  ['notificationUrl: "javascript:alert(1)"', 'input.notificationUrl: ', 'BAD_USER_INPUT'],
  ['duration: "long"', 'input.duration: ', 'GRAPHQL_VALIDATION_FAILED'],
  ['tags: ["a", 1]', 'input.tags.1: ', 'GRAPHQL_VALIDATION_FAILED'],
  ['direction: SIDEWAYS', 'input.direction: ', 'GRAPHQL_VALIDATION_FAILED'],
])('an error about the literal %s begins with its argument', async (members, beginning, code) => {
  const { status, errors } = await client.send(upsert(members));
  expect(status).toBe(400);
  expect(errors?.[0]?.message.startsWith(beginning), errors?.[0]?.message).toBe(true);
  expect(errors?.[0]?.extensions.code).toBe(code);
});

test('an error about a variable names it, and does not repeat a long value whole', async () => {
  const { errors } = await client.send(
    'mutation($input: UpsertCallInput!) { upsertCall(input: $input) { created } }',
    { input: { references: [{ system: 'OTHER', name: 'n', value: 'v' }], startedAt: 'x'.repeat(100_000) } },
  );
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.message).toContain('at "input.startedAt"');
  expect(errors?.[0]?.message.length).toBeLessThan(400);
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
