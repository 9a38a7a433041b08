import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacks, bodyOf } from '../graphql-server/limits/attack-shapes.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { followOver, TRANSPORTS } from './followers.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const many = Array.from({ length: 101 }, (_, index) => `a${index}: kind`).join(' ');
const PAGES =
  'children(first: 200) { nodes { children(first: 200) { nodes { history(first: 200) { nodes { id } } } } } }';

describe.each(TRANSPORTS)('over %s', (transport) => {
  const at = () => ({ url: gateway.url, token: client.token });

  it.each([
    ['TOO_MANY_ALIASES', `subscription { callsChanged { ${many} } }`],
    ['OPERATION_TOO_COSTLY', `subscription { callsChanged { call { ${PAGES} } } }`],
    [
      'OPERATION_TOO_DEEP',
      `subscription { callsChanged { call { ${'parent { '.repeat(30)}id${' }'.repeat(30)} } } }`,
    ],
    ['TOO_MANY_TOKENS', `subscription { ${'a '.repeat(15_000)} }`],
    [
      'FRAGMENT_CYCLE',
      'subscription { callsChanged { ...A } } fragment A on CallChange { call { id } ...A }',
    ],
  ])('a subscription is refused with %s', async (code, query) => {
    const follower = followOver(transport, at(), query);
    await follower.ended();
    expect(follower.errors.map(({ extensions }) => extensions.code)).toEqual([code]);
    const [error] = follower.errors;
    if (code !== 'FRAGMENT_CYCLE') {
      expect(Number(error?.extensions.found)).toBeGreaterThan(Number(error?.extensions.limit));
    }
    expect(follower.changes).toEqual([]);
    expect(gateway.counts().subscribers).toBe(0);
  });

  it('a filter has the same cost and the same limit in a subscription as in a query', async () => {
    const query = 'subscription ($f: CallFilter) { callsChanged(filter: $f) { kind } }';
    const contains = (count: number) => ({ metadata: { contains: { a: Array(count).fill(1) } } });
    const large = followOver(transport, at(), query, { f: contains(100) });
    await large.ended();
    expect(large.errors).toMatchObject([{ extensions: { code: 'FILTER_TOO_LARGE', limit: 1_000 } }]);
    const poor = await openTestGateway({ graphqlMaxCost: 500 });
    try {
      const target = { url: poor.url, token: (await poor.client()).token };
      const costly = followOver(transport, target, query, { f: contains(60) });
      await costly.ended();
      // One, one for the change, four for the fields on the way to the items, and ten for each of these.
      expect(costly.errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_COSTLY', found: 606 } }]);
      const follower = followOver(transport, target, query, { f: contains(40) });
      await poor.subscribers(1);
      expect(follower.errors).toEqual([]);
    } finally {
      await poor.close();
    }
  });

  it('an attack over HTTP is refused with the same code', async () => {
    const short = attacks(transport === 'ws' ? 11 : 12).filter(
      (each) => each.json === undefined && bodyOf(each).length < 30_000,
    );
    expect(short.length).toBeGreaterThan(15);
    for (const { name, code, query, variables } of short) {
      const follower = followOver(transport, at(), query, variables);
      await follower.ended();
      expect({ name, code: follower.errors[0]?.extensions.code }).toEqual({ name, code });
    }
  });

  it("a query's answer contains its maximum cost", async () => {
    const follower = followOver(transport, at(), '{ calls(first: 3) { nodes { id } } }');
    await follower.ended();
    expect(follower.answers).toEqual([
      {
        data: { calls: { nodes: [] } },
        extensions: { cost: { requested: 4, limit: 200_000, remaining: expect.any(Number) } },
      },
    ]);
  });
});
