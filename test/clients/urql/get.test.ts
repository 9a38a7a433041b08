import { Client, fetchExchange } from '@urql/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import { openTestGateway, type TestGateway } from '../../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway?.close());

function urql(token: string | undefined) {
  const methods: (string | undefined)[] = [];
  const client = new Client({
    url: gateway.url,
    exchanges: [fetchExchange],
    preferGetMethod: 'force',
    ...(token && { fetchOptions: { headers: { authorization: `Bearer ${token}` } } }),
    fetch: (input, init) => {
      methods.push(init?.method);
      return fetch(input, init);
    },
  });
  return { client, methods };
}

it("urql's GETs are answered: the header with the key forces the preflight that a page of another site fails", async () => {
  const owner = await gateway.client();
  const call = await givenCall(owner, { metadata: { text: 'ä & ö?' } });
  const { client, methods } = urql(owner.token);
  const { data, error } = await client.query('query ($id: ID!) { call(id: $id) { metadata } }', {
    id: call.id,
  });
  expect([error, data]).toEqual([undefined, { call: { metadata: { text: 'ä & ö?' } } }]);
  expect(methods).toEqual(['GET']);
});

it('a GET with a key that is not known is UNAUTHENTICATED, and one without a key says what it lacks', async () => {
  const unknown = await urql('sb_unknown').client.query('{ viewer { name } }', {});
  expect(unknown.error?.graphQLErrors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  const none = await urql(undefined).client.query('{ viewer { name } }', {});
  expect(none.error?.message).toMatch(/authorization/);
});
