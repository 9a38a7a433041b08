import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestGateway, type TestGateway } from '../../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

test('fragments that spread others are checked once each, before the sign-in', async () => {
  const names = Array.from({ length: 25 }, (_, index) => index);
  const fragments = names.map((n) => `fragment f${n} on Query { ...f${n + 1} ... { ...f25 } }`).join(' ');
  const document = (last: string) => `{ ...f0 } ${fragments} fragment f25 on Query { ${last} }`;
  expect((await gateway.anonymous().send(document('__typename'))).errors).toBeUndefined();
  const { status, errors } = await gateway.anonymous().send(document('viewer { name }'));
  expect(status).toBe(401);
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('an operation name that is one long unfinished string is cut in linear time', async () => {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query A { __typename }', operationName: `${'\\"'.repeat(1_000_000)}\\` }),
  });
  expect(response.status).toBe(400);
  expect((await response.text()).length).toBeLessThan(3_000);
});

test('a key that is null among 15,000 others is merged without copying them one by one', async () => {
  const client = await gateway.client();
  const input = { references: [{ system: 'OTHER', name: 'n', value: 'many keys' }] };
  const metadata = (from: number) =>
    Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`k${index + from}`, index || null]));
  const upsert =
    'mutation($input: UpsertCallInput!) { upsertCall(input: $input) { call { id } errors { code } } }';
  const made = (await client.ask(upsert, { input: { ...input, metadata: metadata(0) } })).upsertCall;
  expect(made.errors).toEqual([]);
  const merge = `mutation($id: ID!, $metadata: JSONObject!) {
    mergeCallMetadata(call: { id: $id }, metadata: $metadata) { call { revision } errors { code } } }`;
  const merged = await client.ask(merge, { id: made.call.id, metadata: metadata(1) });
  expect(merged.mergeCallMetadata).toEqual({ call: { revision: 2 }, errors: [] });
  // Alone, the database would have cancelled each of these after 15 seconds.
}, 10_000);
