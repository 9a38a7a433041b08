import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { makeCalls } from './many-calls.js';
import { type List, pageOf, walkBackward, walkForward } from './walk.js';

const CALLS = 17;
const CHANGES = 9;

let gateway: TestGateway;
let client: Client;
/** Each list with what it holds, in its order. */
const lists = new Map<string, { list: List; all: string[] }>();

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  // Another organization's calls lie between ours, and another call's flows and changes too.
  const other = await gateway.client();
  await makeCalls(other, 3);
  const calls = await makeCalls(client, CALLS);
  await makeCalls(other, 1);
  const [call = '', neighbour = ''] = calls;
  const flows: string[] = [];
  for (let number = 0; number < CHANGES; number += 1) {
    for (const id of [call, neighbour]) {
      const { replaceCallFlow } = await client.ask(
        'mutation ($id: ID!) { replaceCallFlow(call: { id: $id }, commands: [{ hangup: {} }]) { callFlow { id } } }',
        { id },
      );
      if (id === call) flows.unshift(replaceCallFlow.callFlow.id);
    }
  }
  const { call: whole } = await client.ask(
    'query ($id: ID!) { call(id: $id) { callFlows { nodes { id revision status } } history { nodes { id kind revision recordedAt } } } }',
    { id: call },
  );
  expect(whole.callFlows.nodes.map(({ id }: { id: string }) => id).slice(0, CHANGES)).toEqual(flows);
  expect(whole.callFlows.nodes.map(({ revision }: { revision: number }) => revision)).toEqual(
    Array.from({ length: CHANGES + 2 }, (_, index) => CHANGES + 2 - index),
  );
  const revisions = whole.history.nodes.map(({ revision }: { revision: number }) => revision);
  expect(revisions).toEqual(revisions.toSorted((a: number, b: number) => b - a));
  const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id);
  lists.set('calls', { list: { field: 'calls' }, all: calls });
  lists.set('callFlows', { list: { field: 'callFlows', call }, all: ids(whole.callFlows.nodes) });
  lists.set('history', { list: { field: 'history', call }, all: ids(whole.history.nodes) });
});
afterAll(() => gateway.close());

describe.each(['calls', 'callFlows', 'history'])('%s', (name) => {
  const its = () => lists.get(name) ?? expect.fail(name);

  it('has more than one page here', () => {
    expect(its().all.length).toBeGreaterThan(10);
    expect(new Set(its().all).size).toBe(its().all.length);
  });

  it.each([1, 5, 7, 200])('read forward by %i gives each once, the newest first', async (size) => {
    const { list, all } = its();
    const pages = await walkForward(client, list, size);
    expect(pages.flat()).toEqual(all);
    expect(pages).toHaveLength(Math.ceil(all.length / size));
  });

  it.each([1, 5, 7, 200])('read backward by %i gives each once, in the same order', async (size) => {
    const { list, all } = its();
    const pages = await walkBackward(client, list, size);
    expect(pages.flat()).toEqual(all);
    expect(pages).toHaveLength(Math.ceil(all.length / size));
  });

  it('read by exactly as many as there are has no page before or after', async () => {
    const { list, all } = its();
    for (const args of [{ first: all.length }, { last: all.length }]) {
      const { nodes, pageInfo } = await pageOf(client, list, args);
      expect(nodes).toHaveLength(all.length);
      expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    }
  });

  it('between two cursors is what lies between them, counted from either side', async () => {
    const { list, all } = its();
    const { edges } = await pageOf(client, list, { first: 200 });
    const cursor = (index: number) => edges[index]?.cursor;
    const between = { after: cursor(1), before: cursor(8) };
    const ids = async (args: object) =>
      (await pageOf(client, list, { ...between, ...args })).nodes.map(({ id }) => id);
    expect(await ids({})).toEqual(all.slice(2, 8));
    expect(await ids({ first: 2 })).toEqual(all.slice(2, 4));
    expect(await ids({ last: 2 })).toEqual(all.slice(6, 8));
    expect(await ids({ after: cursor(8), before: cursor(1) })).toEqual([]);
    const first = await pageOf(client, list, { ...between, first: 2 });
    expect(first.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
    const last = await pageOf(client, list, { ...between, last: 2 });
    expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  });

  it('behind its last and before its first is empty', async () => {
    const { list } = its();
    const { pageInfo } = await pageOf(client, list, { first: 200 });
    const behind = await pageOf(client, list, { first: 5, after: pageInfo.endCursor });
    expect(behind).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, endCursor: null },
    });
    const before = await pageOf(client, list, { last: 5, before: pageInfo.startCursor });
    expect(before).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null },
    });
  });

  it('is counted whole on every page', async () => {
    const { list, all } = its();
    const { edges } = await pageOf(client, list, { first: 3 });
    for (const args of [{ first: 1 }, { last: 1 }, { first: 2, after: edges[2]?.cursor }]) {
      expect((await pageOf(client, list, args)).totalCount).toBe(all.length);
    }
  });

  it('is not moved by what is added while it is read', async () => {
    const { list, all } = its();
    const first = await pageOf(client, list, { first: 4 });
    await client.ask(
      name === 'calls'
        ? 'mutation { upsertCall(input: { references: [{ system: OTHER, name: "new", value: "1" }] }) { created } }'
        : 'mutation ($id: ID!) { replaceCallFlow(call: { id: $id }, commands: [{ hangup: {} }]) { errors { code } } }',
      name === 'calls' ? {} : { id: list.call },
    );
    const second = await pageOf(client, list, { first: 4, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(all.slice(0, 8));
    const newest = await pageOf(client, list, { last: 200, before: first.pageInfo.startCursor });
    expect(newest.nodes.length).toBeGreaterThan(0);
    for (const key of lists.keys()) await refresh(key);
  });
});

/** Later tests compare with what is there by then. */
async function refresh(name: string): Promise<void> {
  const entry = lists.get(name);
  if (entry) entry.all = (await pageOf(client, entry.list, { first: 200 })).nodes.map(({ id }) => id);
}

it('a list has 50 a page unless it is told otherwise', async () => {
  const fresh = await gateway.client();
  const calls = Array.from(
    { length: 51 },
    (_, number) =>
      `c${number}: upsertCall(input: { references: [{ system: OTHER, name: "n", value: "${number}" }] }) { created }`,
  );
  await fresh.ask(`mutation { ${calls.join('\n')} }`);
  for (const [args, hasMore] of [
    [{}, { hasNextPage: true, hasPreviousPage: false }],
    [{ last: 50 }, { hasNextPage: false, hasPreviousPage: true }],
  ] as const) {
    const page = await pageOf(fresh, { field: 'calls' }, args);
    expect(page.nodes).toHaveLength(50);
    expect(page.pageInfo).toMatchObject(hasMore);
    expect(page.totalCount).toBe(51);
  }
});

it('an organization without calls has an empty page', async () => {
  const fresh = await gateway.client();
  for (const args of [{}, { first: 1 }, { last: 1 }]) {
    expect(await pageOf(fresh, { field: 'calls' }, args)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 0,
    });
  }
});

it('a call without flows has an empty page of them, and its history begins with REGISTERED', async () => {
  const fresh = await gateway.client();
  const { upsertCall } = await fresh.ask(`mutation {
    upsertCall(input: { references: [{ system: OTHER, name: "n", value: "1" }] }) {
      call { callFlows { nodes { id } totalCount } history { nodes { kind } totalCount } }
    }
  }`);
  expect(upsertCall.call).toEqual({
    callFlows: { nodes: [], totalCount: 0 },
    history: { nodes: [{ kind: 'REGISTERED' }], totalCount: 1 },
  });
});

it('the cursor of a change is its edge’s, and good for the history', async () => {
  const { list } = lists.get('history') ?? expect.fail();
  const { call } = await client.ask(
    'query ($id: ID!) { call(id: $id) { history(first: 3) { edges { cursor node { cursor } } } } }',
    { id: list.call },
  );
  for (const { cursor, node } of call.history.edges) expect(node.cursor).toBe(cursor);
});

it('lists of several calls on one page have each their own rows', async () => {
  const { calls } = await client.ask(`{
    calls(first: 200) { nodes {
      id
      callFlows(first: 1) { nodes { call { id } } totalCount pageInfo { hasNextPage } }
      history(last: 1) { nodes { kind call { id } } totalCount pageInfo { hasPreviousPage } }
    } }
  }`);
  expect(calls.nodes.length).toBeGreaterThanOrEqual(CALLS);
  for (const { id, callFlows, history } of calls.nodes) {
    expect(history.nodes).toEqual([{ kind: 'REGISTERED', call: { id } }]);
    expect(history.pageInfo.hasPreviousPage).toBe(history.totalCount > 1);
    expect(callFlows.nodes.every((flow: { call: { id: string } }) => flow.call.id === id)).toBe(true);
    expect(callFlows.pageInfo.hasNextPage).toBe(callFlows.totalCount > 1);
  }
});
