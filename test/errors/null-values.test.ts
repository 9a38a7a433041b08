import { afterAll, beforeAll, expect, it } from 'vitest';
import { followOver } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const ID = '"call_01h455vb4pex5vsknk084sn02q"';
const NULL = { v: null };

it.each([
  ['id', `query ($v: ID = ${ID}) { call(id: $v) { id } }`],
  ['ids', `query ($v: [ID!] = [${ID}]) { nodes(ids: $v) { id } }`],
  ['if', 'query ($v: Boolean = true) { viewer @include(if: $v) { name } }'],
  ['if', 'query ($v: Boolean = true) { calls { nodes @skip(if: $v) { id } pageInfo { hasNextPage } } }'],
  [
    'metadata',
    `mutation ($v: JSONObject = {}) { mergeCallMetadata(call: { id: ${ID} }, metadata: $v) { errors { code } } }`,
  ],
])(
  'null for a variable whose default alone is good for the argument %s is the client’s fault',
  async (name, query) => {
    for (let time = 0; time < 3; time += 1) {
      const { errors } = await client.send(query, NULL);
      expect(errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
        [expect.stringContaining(`Argument "${name}"`), { code: 'BAD_USER_INPUT' }],
      ]);
    }
    expect(gateway.log).toEqual([]);
  },
);

it('a subscription does the same', async () => {
  const query = `subscription ($v: CallLocator = { id: ${ID} }) { callChanged(call: $v) { kind } }`;
  const follower = followOver('ws', { url: gateway.url, token: client.token }, query, NULL);
  await follower.ended();
  expect(follower.errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    [expect.stringContaining('Argument "call"'), 'BAD_USER_INPUT'],
  ]);
  expect(gateway.log).toEqual([]);
});

it.each([
  'callsChanged @skip(if: $v) { kind }',
  '... @include(if: $v) { callsChanged { kind } }',
  '...F @include(if: $v)',
])('a subscription whose field stands under a condition is refused: %s', async (selection) => {
  const fragment = selection.startsWith('...F')
    ? ' fragment F on Subscription { callsChanged { kind } }'
    : '';
  const query = `subscription ($v: Boolean!) { ${selection} }${fragment}`;
  const follower = followOver('ws', { url: gateway.url, token: client.token }, query, { v: true });
  await follower.ended();
  const { status, errors } = await client.send(query, { v: true });
  expect([status, errors, follower.errors].flat()).toMatchObject([
    400,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  ]);
  expect(gateway.log).toEqual([]);
});
