import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { walkBackward, walkForward } from '../paging/walk.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { givenJoined } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: string;
let duplicates: string[];
let other: string;
/** The changes of the call and its duplicates, newest first. */
const changes: string[] = [];
let othersChange: string;

async function change(id: string): Promise<string> {
  await mergeCallMetadata(client, { call: { id }, metadata: { value: Math.random() } });
  return newestChange(id);
}

async function newestChange(id: string): Promise<string> {
  const { call: seen } = await client.ask(
    'query ($id: ID!) { call(id: $id) { history(first: 1) { nodes { id } } } }',
    { id },
  );
  return seen.history.nodes[0].id;
}

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  const given = [
    await givenCall(client),
    await givenCall(client),
    await givenCall(client),
    await givenCall(client),
  ];
  const ids: string[] = given.map(({ id }) => id);
  [other = '', call = '', ...duplicates] = ids;
  const family = [call, ...duplicates];
  for (const id of family) changes.unshift(await newestChange(id));
  for (let number = 0; number < 9; number += 1) changes.unshift(await change(family[number % 3] ?? ''));
  othersChange = await newestChange(other);
  for (const id of duplicates) await givenJoined(gateway.database, id, call);
});
afterAll(() => gateway.close());

describe('a record that was joined into a call', () => {
  it('returns that call for every query by id', async () => {
    const [first, second] = duplicates;
    const answer = await client.ask(
      `query ($first: ID!, $second: ID!, $call: ID!, $other: ID!) {
        call(id: $first) { id }
        node(id: $second) { __typename id }
        nodes(ids: [$first, $call, $other, $second]) { id }
      }`,
      { first, second, call, other },
    );
    expect(answer).toEqual({
      call: { id: call },
      node: { __typename: 'Call', id: call },
      nodes: [{ id: call }, { id: call }, { id: other }, { id: call }],
    });
  });

  it('needs a second statement, which a call that is not joined does not', async () => {
    const statements = async (ids: string[]) => {
      gateway.takeStatements();
      await client.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
      return gateway.takeStatements().length - 1;
    };
    expect(await statements([call, other])).toBe(1);
    expect(await statements([call, ...duplicates])).toBe(2);
  });

  it('is in no list, and not counted', async () => {
    for (const orderBy of [null, { field: 'UPDATED_AT' }, { field: 'DURATION' }]) {
      const { calls } = await client.ask(
        'query ($orderBy: CallOrder) { calls(orderBy: $orderBy) { nodes { id } totalCount } }',
        { orderBy },
      );
      expect(calls.nodes.map(({ id }: { id: string }) => id).toSorted()).toEqual([other, call].toSorted());
      expect(calls.totalCount).toBe(2);
    }
  });

  it('is no longer a child of its parent', async () => {
    const parent = await givenCall(client);
    const [child, twin] = [
      await givenCall(client, { parent: { id: parent.id } }),
      await givenCall(client, { parent: { id: parent.id } }),
    ];
    await givenJoined(gateway.database, twin.id, child.id);
    const { call: seen } = await client.ask(
      'query ($id: ID!) { call(id: $id) { children { nodes { id } totalCount } } }',
      { id: parent.id },
    );
    expect(seen.children).toEqual({ nodes: [{ id: child.id }], totalCount: 1 });
  });
});

describe('the history of a call into which others were joined', () => {
  it('contains and counts the changes of all of them, in the order of the log', async () => {
    const { calls } = await client.ask(`{
      calls { nodes { id history(first: 200) { totalCount nodes { id call { id } } } } }
    }`);
    const histories = new Map(
      calls.nodes.map((each: { id: string; history: object }) => [each.id, each.history]),
    );
    expect(histories.get(call)).toEqual({
      totalCount: changes.length,
      nodes: changes.map((id) => ({ id, call: { id: call } })),
    });
    expect(histories.get(other)).toEqual({
      totalCount: 1,
      nodes: [{ id: othersChange, call: { id: other } }],
    });
  });

  it.each([1, 2, 5, 12])('is read by %i a page, forward and backward', async (size) => {
    const list = { field: 'history', call };
    expect((await walkForward(client, list, size)).flat()).toEqual(changes);
    expect((await walkBackward(client, list, size)).flat()).toEqual(changes);
  });
});
