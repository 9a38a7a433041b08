import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VOICE_CALL } from '../intake/voice-calls.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { givenSender, setDelivery } from '../support/deliveries.js';
import { createVoiceCall, givenCall, mergeCallMetadata, patchVoiceCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  client = await gateway.client();
});

interface Listed {
  nodes: { id: string }[];
  totalCount: number;
  pageInfo: { endCursor: string | null; startCursor: string | null; hasNextPage: boolean };
}

const LISTS = {
  children: `query ($owner: ID!, $filter: CallFilter, $orderBy: CallOrder, $first: Int, $after: String, $last: Int, $before: String) {
    owner: call(id: $owner) {
      list: children(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        nodes { id } totalCount pageInfo { startCursor endCursor hasNextPage }
      }
    }
  }`,
  group: `query ($owner: String!, $filter: CallFilter, $orderBy: CallOrder, $first: Int, $after: String, $last: Int, $before: String) {
    owner: callGroup(group: { kind: "case", key: $owner }) {
      list: calls(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        nodes { id } totalCount pageInfo { startCursor endCursor hasNextPage }
      }
    }
  }`,
};

describe.each(['children', 'group'] as const)('the list of %s', (name) => {
  let owner: string;
  let ids: string[];
  const list = async (variables: object): Promise<Listed> =>
    (await client.ask(LISTS[name], { owner, ...variables })).owner.list;
  const found = async (variables: object) => (await list(variables)).nodes.map(({ id }) => ids.indexOf(id));

  beforeEach(async () => {
    const parent = await givenCall(client);
    owner = name === 'children' ? parent.id : 'ours';
    ids = [];
    for (const [number, duration] of [3, null, 1, 2, null, 2].entries()) {
      const { id } = await givenCall(client, {
        parent: { id: parent.id },
        groups: [{ kind: 'case', key: 'ours' }],
        tags: [`tag ${number}`, number % 2 === 0 ? 'even' : 'odd'],
        duration,
      });
      ids.push(id);
    }
    await givenCall(client, { tags: ['even'], groups: [{ kind: 'case', key: 'other' }] });
  });

  it('is filtered, counted and ordered', async () => {
    expect(await found({})).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await found({ filter: { tags: { anyOf: ['even'] } } })).toEqual([4, 2, 0]);
    expect(await found({ filter: { search: 'TAG 3' } })).toEqual([3]);
    expect(await found({ filter: { or: [{ search: 'tag 3' }, { not: { search: 'odd' } }] } })).toEqual([
      4, 3, 2, 0,
    ]);
    expect((await list({ filter: { tags: { anyOf: ['even'] } }, first: 1 })).totalCount).toBe(3);
    expect(await found({ orderBy: { field: 'CREATED_AT', direction: 'ASC' } })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await found({ orderBy: { field: 'DURATION', direction: 'DESC' } })).toEqual([0, 5, 3, 2, 4, 1]);
    expect(await found({ orderBy: { field: 'DURATION', direction: 'ASC' } })).toEqual([2, 3, 5, 0, 1, 4]);
  });

  it.each(['CREATED_AT', 'DURATION', 'OCCURRED_AT', 'STARTED_AT'])(
    'is paged in the order of %s',
    async (field) => {
      for (const direction of ['ASC', 'DESC']) {
        const orderBy = { field, direction };
        const whole = await found({ orderBy });
        const forward: number[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page: Listed = await list({ orderBy, first: 2, after });
          forward.push(...page.nodes.map(({ id }) => ids.indexOf(id)));
          after = page.pageInfo.endCursor;
          more = page.pageInfo.hasNextPage;
        }
        expect(forward).toEqual(whole);
        const backward: number[] = [];
        for (let before: string | null = null; ; ) {
          const page: Listed = await list({ orderBy, last: 4, before });
          backward.unshift(...page.nodes.map(({ id }) => ids.indexOf(id)));
          before = page.pageInfo.startCursor;
          if (page.nodes.length < 4) break;
        }
        expect(backward).toEqual(whole);
      }
    },
  );

  it('refuses a cursor of another filter, and names a wrong argument', async () => {
    const filter = { tags: { anyOf: ['even'] } };
    const { pageInfo } = await list({ filter, first: 1 });
    for (const variables of [{ after: pageInfo.endCursor }, { filter: { search: 'ab' } }]) {
      const { errors } = await client.send(LISTS[name], { owner, ...variables });
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(errors?.[0]?.message).toMatch(/^(after is not a cursor|filter\.search: )/);
    }
  });
});

it('a history is filtered by kind, actor and time', async () => {
  const { id } = await givenCall(client);
  await mergeCallMetadata(client, { call: { id }, metadata: { a: 1 } });
  await mergeCallMetadata(client, { call: { id }, metadata: { a: 2 } });
  const history = async (filter: object | null) => {
    const { call } = await client.ask(
      'query ($id: ID!, $filter: CallChangeFilter) { call(id: $id) { history(filter: $filter) { totalCount nodes { kind actor recordedAt } } } }',
      { id, filter },
    );
    expect(call.history.totalCount).toBe(call.history.nodes.length);
    return call.history.nodes as { kind: string; actor: string; recordedAt: string }[];
  };
  const all = await history(null);
  expect(all.map(({ kind }) => kind)).toEqual(['METADATA_MERGED', 'METADATA_MERGED', 'REGISTERED']);
  expect(await history({ kind: ['REGISTERED'] })).toEqual(all.slice(2));
  expect(await history({ kind: [] })).toEqual([]);
  expect(await history({ actor: [all[0]?.actor, 'x'] })).toEqual(all);
  expect(await history({ actor: ['x'] })).toEqual([]);
  expect(await history({ recordedAt: { to: all[0]?.recordedAt } })).toEqual(
    all.filter(({ recordedAt }) => recordedAt < (all[0]?.recordedAt ?? '')),
  );
});

it('voice calls are found by any spelling of their numbers, by their call, and in three orders', async () => {
  const ids: string[] = [];
  for (const [number, duration] of [5, null, 7].entries()) {
    const call = await givenCall(client, {
      ringingAt: `2024-01-1${number}T00:00:00Z`,
      tags: [`tag ${number}`],
    });
    const unique = { sourceId: `s${number}`, externalUuid: `e${number}`, fromNumber: `+1415555010${number}` };
    const { voiceCall } = await createVoiceCall(client, {
      call: { id: call.id },
      input: { ...VOICE_CALL, ...unique, duration },
    });
    ids.push(voiceCall.id);
  }
  await patchVoiceCall(client, { voiceCall: { id: ids[0] ?? '' }, input: { price: '2' } });
  const found = async (filter: object, orderBy?: object) => {
    const { voiceCalls } = await client.ask(
      'query ($filter: VoiceCallFilter, $orderBy: VoiceCallOrder) { voiceCalls(filter: $filter, orderBy: $orderBy) { nodes { id } totalCount } }',
      { filter, orderBy },
    );
    expect(voiceCalls.totalCount).toBe(voiceCalls.nodes.length);
    return voiceCalls.nodes.map(({ id }: { id: string }) => ids.indexOf(id));
  };
  expect(await found({ fromNumber: '001 (415) 555-0101' })).toEqual([1]);
  expect(await found({ fromNumber: 'no number' })).toEqual([]);
  expect(await found({ toNumber: 'tel:+1-415-555-0901' })).toEqual([2, 1, 0]);
  expect(await found({ search: 'TAG 2' })).toEqual([2]);
  expect(await found({ search: '555-0100' })).toEqual([0]);
  expect(await found({ occurredAt: { from: '2024-01-11T00:00:00Z', to: '2024-01-12T00:00:00Z' } })).toEqual([
    1,
  ]);
  expect(await found({ updatedAt: { to: '2024-01-12T00:00:00Z' } })).toEqual([]);
  expect(await found({}, { field: 'UPDATED_AT' })).toEqual([0, 2, 1]);
  expect(await found({}, { field: 'DURATION' })).toEqual([2, 0, 1]);
  expect(await found({}, { field: 'DURATION', direction: 'ASC' })).toEqual([0, 2, 1]);
  expect(await found({}, { field: 'CREATED_AT', direction: 'ASC' })).toEqual([0, 1, 2]);
});

it('the state of deliveries is judged as it is at a change of the call', async () => {
  await givenSender(gateway.database, client);
  const references = [{ system: 'BURKI', name: 'id', value: '1' }];
  const { id } = await givenCall(client, { references });
  await mergeCallMetadata(client, { call: { id }, metadata: { a: 1 } });
  const found = async (states: string[]) =>
    (
      await client.ask('query ($filter: CallFilter) { calls(filter: $filter) { totalCount nodes { id } } }', {
        filter: { deliveryState: states },
      })
    ).calls.totalCount;
  expect([await found(['PENDING']), await found(['DEAD', 'DELIVERED'])]).toEqual([1, 0]);
  const { call } = await client.ask('query ($id: ID!) { call(id: $id) { deliveries { nodes { id } } } }', {
    id,
  });
  await setDelivery(gateway.database, call.deliveries.nodes[0].id, { state: 'DEAD' });
  expect([await found(['PENDING']), await found(['DEAD', 'DELIVERED'])]).toEqual([0, 1]);
  const target = { url: gateway.url, token: client.token };
  const dead = followOver('ws', target, CALLS_CHANGED, { filter: { deliveryState: ['DEAD'] } });
  const discarded = followOver('ws', target, CALLS_CHANGED, { filter: { deliveryState: ['DISCARDED'] } });
  await gateway.subscribers(2);
  await patchOnly(id);
  expect((await dead.until(1)).map(({ matches }) => matches)).toEqual([true]);
  expect(discarded.changes).toEqual([]);
});

const patchOnly = (id: string) =>
  client.ask('mutation ($id: ID!) { hangUpCall(call: { id: $id }) { errors { code } } }', { id });
