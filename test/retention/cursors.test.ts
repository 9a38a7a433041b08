import { afterAll, beforeAll, expect, it } from 'vitest';
import { by, joinCalls, other, upserted } from '../events/events.js';
import { untilFinal } from '../live/final-log.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, TRANSPORTS } from '../live/followers.js';
import { mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { prune, pruneRows } from './prune.js';

const UPDATES = `subscription ($filter: CallFilter, $after: String) {
  callUpdates(filter: $filter, after: $after) { cursor transition change { kind revision } call { id } }
}`;
const HISTORY = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  call(id: $id) {
    checkpoint { prunedAt patches { patch } }
    history(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes { revision cursor }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}`;
const LOST = {
  message: expect.stringMatching(/pruned, or reset.*read again/),
  extensions: { code: 'CURSOR_LOST' },
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

let slugs = 0;
async function newOrganization(): Promise<{ slug: string; client: Client }> {
  slugs += 1;
  const slug = `cursors-${slugs}`;
  return { slug, client: await gateway.client({ organization: slug }) };
}

const cursorOf = async (client: Client): Promise<string> =>
  (await client.ask('{ changeCursor }')).changeCursor;
const merge = (client: Client, id: string, n: number) =>
  mergeCallMetadata(client, { call: { id }, metadata: { n } });

/** A call of ten revisions, the first six of which are pruned, and the cursor after each. */
async function prunedCall() {
  const { slug, client } = await newOrganization();
  const cursors = [await cursorOf(client)];
  const { id } = await upserted(client, { references: [other('a')] });
  for (let n = 2; n <= 10; n += 1) {
    await untilFinal(gateway.databaseUrl);
    cursors.push(await cursorOf(client));
    await merge(client, id, n);
  }
  await untilFinal(gateway.databaseUrl);
  cursors.push(await cursorOf(client));
  expect(await pruneRows(gateway, slug, 6)).toBe(6);
  return { slug, client, id, cursors };
}

it.each(TRANSPORTS)(
  'a subscription over %s goes on after the last place that was pruned, and is refused before it',
  async (transport) => {
    const { client, id, cursors } = await prunedCall();
    const target = { url: gateway.url, token: client.token };
    for (const [document, variables] of [
      [CALLS_CHANGED, {}],
      [CALL_CHANGED, { call: { id } }],
      [UPDATES, {}],
    ] as const) {
      for (const after of cursors.slice(0, 6)) {
        const follower = followOver(transport, target, document, { ...variables, after });
        await follower.ended();
        expect(follower.errors).toMatchObject([LOST]);
        expect(follower.changes).toEqual([]);
      }
      const follower = followOver(transport, target, document, { ...variables, after: cursors[6] });
      expect(await follower.until(4)).toHaveLength(4);
      follower.stop();
    }
  },
);

it('one that has come to the end goes on when all is pruned, and a new one begins there', async () => {
  const { slug, client, id, cursors } = await prunedCall();
  const target = { url: gateway.url, token: client.token };
  const first = followOver('ws', target, CALLS_CHANGED, { after: cursors[10] });
  const ofCall = followOver('ws', target, CALL_CHANGED, { call: { id } });
  await gateway.subscribers(2);
  expect(await pruneRows(gateway, slug, 500)).toBe(4);
  expect(await cursorOf(client)).toBe(cursors[10]);
  const late = followOver('ws', target, CALLS_CHANGED, { after: cursors[10] });
  const fresh = followOver('ws', target, CALLS_CHANGED, {});
  await gateway.subscribers(4);
  await merge(client, id, 11);
  for (const follower of [first, ofCall, late, fresh]) {
    expect((await follower.until(1)).map(({ revision }) => revision)).toEqual([11]);
    expect(follower.errors).toEqual([]);
    follower.stop();
  }
});

it('a history has what is kept, says that older changes are gone, and refuses a cursor where they are', async () => {
  const { client, id, slug } = await prunedCall();
  const ask = async (variables: object) => (await client.ask(HISTORY, { id, ...variables })).call;
  const { history, checkpoint } = await ask({ first: 3 });
  expect(history.totalCount).toBe(4);
  expect(history.nodes.map(({ revision }: { revision: number }) => revision)).toEqual([10, 9, 8]);
  expect(checkpoint.patches).toEqual([{ patch: { n: 6 } }]);
  expect(Number.isNaN(Date.parse(checkpoint.prunedAt))).toBe(false);
  const rest = await ask({ first: 3, after: history.pageInfo.endCursor });
  expect(rest.history.nodes).toMatchObject([{ revision: 7 }]);
  expect(rest.history.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  const last = rest.history.pageInfo.endCursor;
  expect((await ask({ last: 2, before: last })).history.nodes).toMatchObject([
    { revision: 9 },
    { revision: 8 },
  ]);
  // While the client reads on, more is pruned.
  await pruneRows(gateway, slug, 1);
  for (const variables of [
    { first: 3, after: last },
    { last: 2, before: last },
  ]) {
    const answer = await client.send(HISTORY, { id, ...variables });
    expect(answer.errors).toMatchObject([LOST]);
  }
  expect((await ask({ first: 3, after: history.pageInfo.endCursor })).history.nodes).toEqual([]);
});

it('a call whose history is whole has no checkpoint', async () => {
  const { client } = await newOrganization();
  const { id } = await upserted(client, { references: [other('a')] });
  const { id: duplicate } = await upserted(client, { references: [other('b')] });
  await joinCalls(client, { id }, { id: duplicate });
  expect((await client.ask(HISTORY, { id })).call).toMatchObject({
    checkpoint: null,
    history: { totalCount: 3 },
  });
});

it('a record that was joined leaves the filters that found it, though what it was is pruned', async () => {
  const { slug, client } = await newOrganization();
  const name = { system: 'BURKI', name: 'id', value: '7' };
  const { id: duplicate } = await upserted(client, { references: [name] });
  const { id } = await upserted(client, { references: [other('b')] });
  await untilFinal(gateway.databaseUrl);
  const after = await cursorOf(client);
  await joinCalls(client, { id }, by(name));
  expect(await pruneRows(gateway, slug, 2)).toBe(2);
  const target = { url: gateway.url, token: client.token };
  const follower = followOver('ws', target, UPDATES, { after, filter: { system: ['BURKI'] } });
  const changes = await follower.until(2);
  expect(changes).toMatchObject([
    { transition: 'LEFT', change: { kind: 'JOINED' }, call: { id: duplicate } },
    { transition: 'ENTERED', change: { kind: 'JOINED' }, call: { id } },
  ]);
});

it('an erased place that was pruned is lost as well', async () => {
  const { client } = await newOrganization();
  const { id } = await upserted(client, { references: [other('a')] });
  await untilFinal(gateway.databaseUrl);
  const after = await cursorOf(client);
  await client.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { erasedCallId } }', { id });
  await upserted(client, { references: [other('b')] });
  expect(await prune(gateway, { log: 0 })).toMatchObject({ log: expect.any(Number) });
  await upserted(client, { references: [other('c')] });
  const follower = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED, { after });
  await follower.ended();
  expect(follower.errors).toMatchObject([LOST]);
});
