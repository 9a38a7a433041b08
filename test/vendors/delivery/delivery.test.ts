import { randomUUID } from 'node:crypto';
import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { givenSender, setDelivery } from '../../support/deliveries.js';
import { givenCall, hangUpCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { DELIVERY, deliveriesOf, givenBurkiCall, merge, newestDelivery } from './deliveries.js';

let gateway: TestGateway;
let client: Client;
let account: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  account = await givenSender(gateway.database, client, { name: 'main', kinds: ['METADATA', 'HANG_UP'] });
});
afterAll(() => gateway.close());

const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id);

it('shows what of a call is to be sent, with its account, call and newest change', async () => {
  const { id: call } = await givenBurkiCall(client);
  await merge(client, call);
  await merge(client, call);
  const { call: found } = await client.ask(
    `query ($id: ID!) { call(id: $id) {
      deliveries { totalCount nodes { ${DELIVERY} } } history(first: 1) { nodes { id } }
    } }`,
    { id: call },
  );
  const { nodes, totalCount } = found.deliveries;
  expect(totalCount).toBe(1);
  expect(nodes).toEqual([
    {
      id: expect.stringMatching(/^delivery_/),
      kind: 'METADATA',
      state: 'PENDING',
      attempts: 0,
      lastError: null,
      vendorRequestId: null,
      lastAttemptAt: null,
      nextAttemptAt: expect.stringMatching(/Z$/),
      deliveredAt: null,
      createdAt: nodes[0].nextAttemptAt,
      account: { id: account, system: 'BURKI', name: 'main', state: 'ACTIVE' },
      call: { id: call },
      change: { id: found.history.nodes[0].id, kind: 'METADATA_MERGED' },
    },
  ]);
});

it.each([
  ['RETRYING', true],
  ['DEAD', false],
  ['DISCARDED', false],
] as const)('a delivery that is %s has a next try: %s', async (state, isDue) => {
  const { id: call } = await givenBurkiCall(client);
  await merge(client, call);
  const { id } = await newestDelivery(client, call);
  await setDelivery(gateway.database, id, { state });
  const shown = await newestDelivery(client, call);
  expect(shown).toMatchObject({ state, attempts: 1, lastError: 'The vendor answered 500' });
  expect(shown.nextAttemptAt !== null).toBe(isDue);
});

describe('a list', () => {
  /** Oldest first: of two calls, a METADATA and a HANG_UP each. */
  async function fourDeliveries() {
    const calls = [await givenBurkiCall(client), await givenBurkiCall(client)];
    for (const { id } of calls) {
      await merge(client, id);
      await hangUpCall(client, { id });
    }
    const { deliveries } = await client.ask('{ deliveries { nodes { id kind createdAt } } }');
    return { calls, newestFirst: deliveries.nodes };
  }

  const list = async (filter: object) => {
    const { deliveries } = await client.ask(
      'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { nodes { id } totalCount } }',
      { filter },
    );
    expect(deliveries.totalCount).toBe(deliveries.nodes.length);
    return ids(deliveries.nodes);
  };

  it('is newest first, and its pages fit together in both directions', async () => {
    const { newestFirst } = await fourDeliveries();
    expect(newestFirst.map(({ kind }: { kind: string }) => kind)).toEqual([
      'HANG_UP',
      'METADATA',
      'HANG_UP',
      'METADATA',
    ]);
    expect(ids(newestFirst)).toEqual(ids(newestFirst).toSorted().reverse());
    const page = async (args: string) =>
      (
        await client.ask(
          `{ deliveries(${args}) { nodes { id } pageInfo { hasNextPage startCursor endCursor } } }`,
        )
      ).deliveries;
    const first = await page('first: 3');
    expect(ids(first.nodes)).toEqual(ids(newestFirst).slice(0, 3));
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = await page(`first: 3, after: "${first.pageInfo.endCursor}"`);
    expect(ids(rest.nodes)).toEqual(ids(newestFirst).slice(3));
    const back = await page(`last: 2, before: "${rest.pageInfo.startCursor}"`);
    expect(ids(back.nodes)).toEqual(ids(newestFirst).slice(1, 3));
  });

  it('is filtered by state, kind, account, call and time', async () => {
    const { calls, newestFirst } = await fourDeliveries();
    const [fourth, third, second, first] = ids(newestFirst) as [string, string, string, string];
    await setDelivery(gateway.database, second, { state: 'DEAD' });
    await setDelivery(gateway.database, third, { state: 'EXPIRED' });
    expect(await list({ state: ['DEAD'] })).toEqual([second]);
    expect(await list({ state: ['DEAD', 'EXPIRED', 'DELIVERED'] })).toEqual([third, second]);
    expect(await list({ state: [] })).toEqual([]);
    expect(await list({ kind: ['METADATA'] })).toEqual([third, first]);
    expect(await list({ kind: ['METADATA'], state: ['PENDING'] })).toEqual([first]);
    expect(await list({ account })).toHaveLength(4);
    expect(await list({ account: await givenSender(gateway.database, client) })).toEqual([]);
    expect(await list({ call: { id: calls[1].id } })).toEqual([fourth, third]);
    expect(await list({ call: { reference: calls[0].references[0] } })).toEqual([second, first]);
    expect(await list({ call: { reference: { system: 'BURKI', name: 'id', value: '1' } } })).toEqual([]);
    const at = (index: number) => new Date(newestFirst[index].createdAt);
    expect(await list({ createdAt: { from: at(2), to: at(0) } })).toEqual(
      newestFirst
        .filter(({ createdAt }: { createdAt: string }) => {
          const time = new Date(createdAt);
          return time >= at(2) && time < at(0);
        })
        .map(({ id }: { id: string }) => id),
    );
    expect(await list({ createdAt: { to: at(3) } })).toEqual([]);
  });

  it('of a call and of an account takes the same filter, and a cursor of another filter is refused', async () => {
    const { calls } = await fourDeliveries();
    expect(await deliveriesOf(client, calls[0].id, { kind: ['HANG_UP'] })).toMatchObject([
      { kind: 'HANG_UP' },
    ]);
    const document = `query ($account: ID!, $filter: DeliveryFilter, $after: String) {
      node(id: $account) { ... on VendorAccount {
        deliveries(filter: $filter, first: 1, after: $after) { totalCount nodes { kind } pageInfo { endCursor } }
      } }
    }`;
    const filter = { kind: ['METADATA'] };
    const { node } = await client.ask(document, { account, filter });
    expect(node.deliveries).toMatchObject({ totalCount: 2, nodes: [{ kind: 'METADATA' }] });
    const after = node.deliveries.pageInfo.endCursor;
    expect((await client.ask(document, { account, filter, after })).node.deliveries.nodes).toHaveLength(1);
    const { errors } = await client.send(document, { account, after });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('of many calls needs as many statements as that of one', async () => {
    const count = async (first: number) => {
      gateway.takeStatements();
      const { calls } = await client.ask(
        `query ($first: Int) { calls(first: $first) { nodes { deliveries(filter: { state: [PENDING] }) { totalCount nodes { ${DELIVERY} } } } } }`,
        { first },
      );
      expect(calls.nodes).toHaveLength(first);
      return gateway.takeStatements().length;
    };
    await fourDeliveries();
    const [one, two] = [await count(1), await count(2)];
    expect(two).toBe(one);
  });

  it.each([
    [{ account: 'call_1' }, /^filter\.account\b/],
    [{ call: { id: 'delivery_1' } }, /^filter\.call\.id\b/],
    [{ state: Array(101).fill('DEAD') }, /^filter\.state\b/],
  ])('with the filter %j is refused', async (filter, words) => {
    const { errors } = await client.send(
      'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { totalCount } }',
      { filter },
    );
    expect(errors).toMatchObject([
      { message: expect.stringMatching(words), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

it('an event that belongs to no call is not shown, and is once its call is known', async () => {
  const events = await givenSender(gateway.database, client, { system: 'CREOVAI', kinds: ['EVENT'] });
  const sessionId = randomUUID();
  await client.ask(
    `mutation ($sessionId: String!) { recordCallEvent(input: {
      target: { sessionId: $sessionId }, eventTime: "2024-01-15T10:00:00Z", metadata: { a: 1 }
    }) { errors { code } } }`,
    { sessionId },
  );
  const list = `query ($account: ID!) {
    deliveries(filter: { account: $account }) { totalCount nodes { kind state call { id } change { kind } } }
    node(id: $account) { ... on VendorAccount { deliveries { totalCount } } }
  }`;
  expect(await client.ask(list, { account: events })).toEqual({
    deliveries: { totalCount: 0, nodes: [] },
    node: { deliveries: { totalCount: 0 } },
  });
  const { id } = await givenCall(client, {
    references: [{ system: 'CREOVAI', name: 'sessionId', value: sessionId }],
  });
  expect(await client.ask(list, { account: events })).toEqual({
    deliveries: {
      totalCount: 1,
      nodes: [{ kind: 'EVENT', state: 'PENDING', call: { id }, change: { kind: 'EVENT_APPLIED' } }],
    },
    node: { deliveries: { totalCount: 1 } },
  });
});

it('deliveries of a joined record are its call’s, by either id', async () => {
  const [call, duplicate] = [await givenBurkiCall(client), await givenBurkiCall(client)];
  await merge(client, duplicate.id);
  const { id } = await newestDelivery(client, duplicate.id);
  await client.ask(
    'mutation ($call: ID!, $duplicate: ID!) { joinCalls(call: { id: $call }, duplicate: { id: $duplicate }) { errors { code } } }',
    { call: call.id, duplicate: duplicate.id },
  );
  for (const named of [call, duplicate]) {
    expect(ids(await deliveriesOf(client, named.id))).toContain(id);
    const { deliveries } = await client.ask(
      'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { nodes { id call { id } } } }',
      { filter: { call: { id: named.id } } },
    );
    expect(deliveries.nodes).toContainEqual({ id, call: { id: call.id } });
  }
});

describe('a viewer without ADMIN', () => {
  it('sees the deliveries of a call and what their account is, but neither all of them nor its settings', async () => {
    const organization = `org-${randomUUID()}`;
    const admin = await gateway.client({ organization });
    const own = await givenSender(gateway.database, admin, { name: 'main' });
    const reader = await gateway.client({ organization, scopes: ['CALLS_READ'] });
    const { id: call } = await givenBurkiCall(admin);
    await merge(admin, call);
    const [delivery] = await deliveriesOf(reader, call);
    expect(delivery.account).toEqual({ id: own, system: 'BURKI', name: 'main', state: 'ACTIVE' });
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    expect(await reader.ask(node, { id: delivery.id })).toEqual({ node: { id: delivery.id } });
    const hidden = Object.keys(
      (publicSchema().getType('VendorAccount') as GraphQLObjectType).getFields(),
    ).filter((field) => !['id', 'system', 'name', 'state'].includes(field));
    expect(hidden).toContain('settings');
    for (const field of hidden) {
      const below = ['deliveries', 'imports'].includes(field) ? '{ totalCount }' : '';
      const document = `query ($id: ID!) { node(id: $id) { ... on Delivery { account { ${field} ${below} } } } }`;
      expect((await admin.send(document, { id: delivery.id })).errors).toBeUndefined();
      // Interpreted, and then compiled.
      for (const _ of [1, 2, 3]) {
        const { data, errors } = await reader.send(document, { id: delivery.id });
        const shown = data.node?.account?.[field] ?? null;
        expect([field, shown, errors?.[0]?.extensions.code]).toEqual([field, null, 'FORBIDDEN']);
      }
    }
    const refused = [
      await reader.send(node, { id: own }),
      await reader.send('{ deliveries { totalCount } }'),
      await reader.send(
        'query ($id: ID!) { call(id: $id) { deliveries { nodes { account { deliveries { totalCount } } } } } }',
        { id: call },
      ),
      await reader.send('mutation ($ids: [ID!]!) { replayDeliveries(ids: $ids) { errors { code } } }', {
        ids: [delivery.id],
      }),
    ];
    expect(refused.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(Array(4).fill('FORBIDDEN'));
  });
});
