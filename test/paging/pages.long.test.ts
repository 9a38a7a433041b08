import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inOrder, type Order, SEEN, type SeenCall } from '../calls/reference-filter.js';
import { givenCall } from '../support/documents.js';
import { givenApplied, givenEvent } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { makeCalls } from './many-calls.js';
import { type List, pageOf, walkBackward, walkForward } from './walk.js';

const CALLS = 13;
const CHANGES = 9;

let gateway: TestGateway;
let client: Client;
/** Each list with its content in order, and how something is added before its first item. */
const lists = new Map<string, { list: List; all: string[]; add: () => Promise<unknown> }>();

const ORDERS = (['CREATED_AT', 'STARTED_AT', 'UPDATED_AT', 'DURATION'] as const).flatMap((field) =>
  (['ASC', 'DESC'] as const).map((direction): Order => ({ field, direction })),
);
const nameOf = ({ field, direction }: Order) => `calls by ${field} ${direction}`;
const LISTS = [
  'calls',
  'voiceCalls',
  'callEvents',
  'callFlows',
  'history',
  'children',
  'events',
  'calls of a group',
  'calls of an event',
  'calls of two statuses',
  'voiceCalls of two statuses',
  ...ORDERS.map(nameOf),
];

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  // Another organization's calls lie in between, and another call's flows and changes too.
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
  const replaceFlow = () =>
    client.ask(
      'mutation ($id: ID!) { replaceCallFlow(call: { id: $id }, commands: [{ hangup: {} }]) { errors { code } } }',
      { id: call },
    );
  lists.set('callFlows', {
    list: { field: 'callFlows', call },
    all: ids(whole.callFlows.nodes),
    add: replaceFlow,
  });
  lists.set('history', { list: { field: 'history', call }, all: ids(whole.history.nodes), add: replaceFlow });
  await setCallLists(calls);
  await setEventLists(calls);
});

/** First in every list of calls, except those sorted ascending. */
const addCall = (input: object = {}) =>
  givenCall(client, { duration: 9999, startedAt: '2030-01-01T00:00:00Z', status: 'RINGING', ...input });
let least = 1000;
const addLeast = () => {
  least -= 1;
  return givenCall(client, { duration: least, startedAt: `${1000 + least}-01-01T00:00:00Z` });
};

async function setCallLists(calls: string[]): Promise<void> {
  const seen: (SeenCall & { voiceCall: { id: string } })[] = (
    await client.ask(`{ calls(first: 200) { nodes { ${SEEN} groups { id } voiceCall { id } } } }`)
  ).calls.nodes;
  expect(seen.map(({ id }) => id)).toEqual(calls);
  const first = calls.at(-1);
  const group = seen[0]?.groups.find(({ kind }) => kind === 'all') as { id?: string } | undefined;
  const ofStatus = { field: 'calls', filter: { status: ['RINGING', 'IN_PROGRESS'] } };
  const voiceCalls = seen.map(({ voiceCall }) => voiceCall.id);
  const addVoiceCall = async () => {
    const { id } = await addCall();
    await client.ask(
      `mutation ($id: ID!) { createVoiceCall(call: { id: $id }, input: {
        staffUid: "s", clientUid: "c", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
        status: INCOMING_CALL, rate: "0", provider: VONAGE, sourceId: "${id}", externalUuid: "${id}"
      }) { errors { message } } }`,
      { id },
    );
  };
  lists.set('calls', { list: { field: 'calls' }, all: calls, add: addCall });
  lists.set('calls of two statuses', { list: ofStatus, all: calls, add: addCall });
  lists.set('voiceCalls', { list: { field: 'voiceCalls' }, all: voiceCalls, add: addVoiceCall });
  lists.set('voiceCalls of two statuses', {
    list: { field: 'voiceCalls', type: 'VoiceCall', filter: { status: ['INCOMING_CALL', 'MISSED'] } },
    all: voiceCalls,
    add: addVoiceCall,
  });
  lists.set('children', {
    list: { field: 'children', call: first },
    all: calls.slice(0, -1),
    add: () => addCall({ parent: { id: first } }),
  });
  lists.set('calls of a group', {
    list: { field: 'calls', group: group?.id },
    all: calls,
    add: () => addCall({ groups: [{ kind: 'all', key: 'all' }] }),
  });
  for (const order of ORDERS) {
    lists.set(nameOf(order), {
      list: { field: 'calls', orderBy: order },
      all: seen.toSorted(inOrder(order)).map(({ id }) => id),
      add: order.direction === 'DESC' ? addCall : addLeast,
    });
  }
}

async function setEventLists(calls: string[]): Promise<void> {
  const [call = '', neighbour = ''] = calls;
  const everywhere = await givenEvent(gateway.database, calls);
  const [all, own] = [[everywhere], [everywhere]];
  for (let number = 0; number < 11; number += 1) {
    const mine = await givenEvent(gateway.database, number % 3 === 0 ? [neighbour, call] : [call]);
    const another = await givenEvent(gateway.database, [neighbour]);
    all.unshift(another, mine);
    own.unshift(mine);
  }
  const add = () => givenEvent(gateway.database, [call]);
  lists.set('callEvents', { list: { field: 'callEvents' }, all, add });
  lists.set('events', { list: { field: 'events', call }, all: own, add });
  lists.set('calls of an event', {
    list: { field: 'calls', event: everywhere },
    all: calls,
    add: async () => givenApplied(gateway.database, everywhere, (await addCall()).id),
  });
}

afterAll(() => gateway.close());

describe.each(LISTS)('%s', (name) => {
  const its = () => lists.get(name) ?? expect.fail(name);

  it('has more than one page here', () => {
    expect(its().all.length).toBeGreaterThan(10);
    expect(new Set(its().all).size).toBe(its().all.length);
  });

  it.each([1, 5, 200])('read forward by %i gives each once, in its order', async (size) => {
    const { list, all } = its();
    const pages = await walkForward(client, list, size);
    expect(pages.flat()).toEqual(all);
    expect(pages).toHaveLength(Math.ceil(all.length / size));
  });

  it.each([1, 5, 200])('read backward by %i gives each once, in the same order', async (size) => {
    const { list, all } = its();
    const pages = await walkBackward(client, list, size);
    expect(pages.flat()).toEqual(all);
    expect(pages).toHaveLength(Math.ceil(all.length / size));
  });

  it('of exactly all rows has no page before or after', async () => {
    const { list, all } = its();
    for (const args of [{ first: all.length }, { last: all.length }]) {
      const { nodes, pageInfo } = await pageOf(client, list, args);
      expect(nodes).toHaveLength(all.length);
      expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    }
  });

  it('between two cursors contains what lies between them, counted from either side', async () => {
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

  it('after its last and before its first is empty', async () => {
    const { list } = its();
    const { pageInfo } = await pageOf(client, list, { first: 200 });
    const after = await pageOf(client, list, { first: 5, after: pageInfo.endCursor });
    expect(after).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, endCursor: null },
    });
    const before = await pageOf(client, list, { last: 5, before: pageInfo.startCursor });
    expect(before).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null },
    });
  });

  it('of size 0 is an empty page that shows what lies on either side', async () => {
    const { list } = its();
    const { startCursor, endCursor } = (await pageOf(client, list, { first: 200 })).pageInfo;
    const sides = async (args: Variables) => {
      const { nodes, edges, pageInfo } = await pageOf(client, list, args);
      expect({ nodes, edges, pageInfo }).toMatchObject({
        nodes: [],
        edges: [],
        pageInfo: { startCursor: null, endCursor: null },
      });
      return [pageInfo.hasPreviousPage, pageInfo.hasNextPage];
    };
    expect(await sides({ first: 0 })).toEqual([false, true]);
    expect(await sides({ last: 0 })).toEqual([true, false]);
    expect(await sides({ first: 0, after: endCursor })).toEqual([true, false]);
    expect(await sides({ last: 0, before: startCursor })).toEqual([false, true]);
  });

  it('is counted whole on every page', async () => {
    const { list, all } = its();
    const { edges } = await pageOf(client, list, { first: 3 });
    for (const args of [{ first: 1 }, { last: 1 }, { first: 2, after: edges[2]?.cursor }]) {
      expect((await pageOf(client, list, args)).totalCount).toBe(all.length);
    }
  });
});

it('a list has 50 per page by default', async () => {
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

it('several pages of one list in one request are independent', async () => {
  for (const [name, { list, all }] of lists) {
    if (list.call === undefined) continue;
    const page = (alias: string, args: string) => `${alias}: ${list.field}(${args}) { nodes { id } }`;
    const { call } = await client.ask(
      `query ($id: ID!) { call(id: $id) { ${page('a', 'first: 1')} ${page('b', 'last: 1')} ${page('c', 'first: 3')} } }`,
      { id: list.call },
    );
    const ids = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id);
    expect([name, ids(call.a), ids(call.b), ids(call.c)]).toEqual([
      name,
      all.slice(0, 1),
      all.slice(-1),
      all.slice(0, 3),
    ]);
  }
});

it('lists of several calls on one page each have their own rows', async () => {
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

// Reads the total last, because adding to one list may add to others.
describe.each(LISTS)('%s', (name) => {
  it('does not move when rows are added during the read', async () => {
    const { list, add } = lists.get(name) ?? expect.fail(name);
    const all = (await pageOf(client, list, { first: 200 })).nodes.map(({ id }) => id);
    const first = await pageOf(client, list, { first: 4 });
    await add();
    const second = await pageOf(client, list, { first: 4, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(all.slice(0, 8));
    const newest = await pageOf(client, list, { last: 200, before: first.pageInfo.startCursor });
    // In two orders, new calls come last.
    const comesLast = ['calls by CREATED_AT ASC', 'calls by UPDATED_AT ASC'].includes(name);
    expect(newest.nodes.length > 0).toBe(!comesLast);
  });
});
