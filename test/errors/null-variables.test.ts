import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLiveClient, TRANSPORTS } from '../live/transports.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

type Case = [what: string, code: string, document: string, variables: object];
const NULL_OR_ABSENT = [{ v: null }, {}];
const CASES: Case[] = [
  ...NULL_OR_ABSENT.map(
    (variables): Case => [
      'in a @oneOf',
      'GRAPHQL_VALIDATION_FAILED',
      'mutation ($v: ID) { hangUpCall(call: { id: $v }) { errors { code } } }',
      variables,
    ],
  ),
  [
    'in a @oneOf in a @oneOf',
    'GRAPHQL_VALIDATION_FAILED',
    `mutation ($v: ID) { patchVoiceCall(voiceCall: { call: { id: $v } }, input: {}) { errors { code } } }`,
    { v: null },
  ],
  [
    'where the input field has a default',
    'BAD_USER_INPUT',
    'query ($v: OrderDirection) { calls(orderBy: { field: CREATED_AT, direction: $v }) { nodes { id } } }',
    { v: null },
  ],
  [
    'where an input field of a mutation has a default',
    'BAD_USER_INPUT',
    `mutation ($v: Int) {
      createMatchRule(input: { name: "r", metadataPath: ["a"], callField: FROM, windowMinutes: $v }) { errors { code } }
    }`,
    { v: null },
  ],
  ...(['include', 'skip'] as const).flatMap((directive): Case[] => [
    [
      `in @${directive} of a field`,
      'BAD_USER_INPUT',
      `query ($v: Boolean = true) { viewer { name @${directive}(if: $v) } }`,
      { v: null },
    ],
    [
      `in @${directive} of a root field`,
      'BAD_USER_INPUT',
      `query ($v: Boolean = true) { viewer @${directive}(if: $v) { name } }`,
      { v: null },
    ],
    [
      `in @${directive} of a fragment`,
      'BAD_USER_INPUT',
      `query ($v: Boolean = true) { ... @${directive}(if: $v) { viewer { name } } }`,
      { v: null },
    ],
    [
      `in @${directive} of a spread`,
      'BAD_USER_INPUT',
      `query ($v: Boolean = true) { calls { ...F @${directive}(if: $v) totalCount } } fragment F on CallConnection { totalCount }`,
      { v: null },
    ],
  ]),
];

/** The codes of the answers to one document sent three times: from the second time on it may be compiled. */
async function codes(ask: () => Promise<{ errors?: readonly unknown[] }>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let time = 0; time < 3; time += 1) {
    const { errors = [] } = await ask();
    all.push((errors as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code)[0]);
  }
  return all;
}

describe.each(CASES)('a null variable %s is %s', (_what, code, query, variables) => {
  it('over POST', async () => {
    expect(await codes(() => client.send(query, { ...variables }))).toEqual([code, code, code]);
    expect(gateway.log).toEqual([]);
  });

  it.each(TRANSPORTS)('over %s', async (transport) => {
    const live = openLiveClient(transport, gateway.url, client.token);
    const ask = async () => {
      try {
        const { value } = await live.iterate({ query, variables: { ...variables } }).next();
        return value;
      } catch (errors) {
        return { errors: errors as unknown[] };
      }
    };
    expect(await codes(ask)).toEqual([code, code, code]);
    expect(gateway.log).toEqual([]);
    await live.close();
  });

  // GET is for queries only.
  if (query.startsWith('mutation')) return;
  it('over GET', async () => {
    const url = new URL(gateway.url);
    url.search = String(new URLSearchParams({ query, variables: JSON.stringify(variables) }));
    const headers = { authorization: `Bearer ${client.token}`, 'apollo-require-preflight': 'true' };
    const ask = async () => (await fetch(url, { headers })).json() as Promise<{ errors?: unknown[] }>;
    expect(await codes(ask)).toEqual([code, code, code]);
    expect(gateway.log).toEqual([]);
  });
});

describe('a condition on a subscription’s root field is refused', () => {
  it.each([
    ['a variable', 'subscription ($v: Boolean!) { callsChanged @include(if: $v) { kind } }', { v: true }],
    ['a literal', 'subscription { callsChanged @skip(if: true) { kind } }', {}],
    [
      'a fragment',
      'subscription ($v: Boolean!) { ... @include(if: $v) { callsChanged { kind } } }',
      { v: false },
    ],
  ])('as %s, over every transport', async (_what, query, variables) => {
    const { status, errors } = await client.send(query, variables);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    for (const transport of TRANSPORTS) {
      const live = openLiveClient(transport, gateway.url, client.token);
      const refused = await live
        .iterate({ query, variables })
        .next()
        .then(
          ({ value }) => value.errors,
          (error) => error,
        );
      expect(refused[0].extensions.code).toMatch(/^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/);
      await live.close();
    }
    expect(gateway.log).toEqual([]);
  });
});
