import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { joinCalls, upserted } from '../events/events.js';
import { VOICE_CALL } from '../intake/voice-calls.js';
import { createVoiceCall, givenCall, mergeCallMetadata, readHistory } from '../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { CALL_CHANGED, CALLS_CHANGED, type Follower, followOver, settled, TRANSPORTS } from './followers.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const at = () => ({ url: gateway.url, token: client.token });
const cursor = async () => {
  await settled(gateway);
  return (await client.ask('{ changeCursor }')).changeCursor;
};
const join = async (call: Data, duplicate: Data) =>
  expect((await joinCalls(client, { id: call.id }, { id: duplicate.id })).errors).toEqual([]);

/** The ids in a list after these changes, as a client would compute them. */
function listed(before: string[], changes: Data[]): string[] {
  const ids = new Set(before);
  for (const { matches, call } of changes) {
    if (matches) ids.add(call.id);
    else ids.delete(call.id);
  }
  return [...ids].toSorted();
}

const listNow = async (filter: object | null): Promise<string[]> => {
  const { calls } = await client.ask(
    'query ($filter: CallFilter) { calls(filter: $filter) { nodes { id } } }',
    {
      filter,
    },
  );
  return calls.nodes.map(({ id }: Data) => id).toSorted();
};

const short = (changes: Data[]) => changes.map(({ kind, matches, call }) => [kind, matches, call.id]);

describe.each(TRANSPORTS)('over %s, a record that was joined leaves a list under its own id', (transport) => {
  /** The filter that finds the duplicate; `call` where it has the same value. */
  const FILTERS: [string, object | null, Variables, boolean][] = [
    ['no filter', null, {}, true],
    ['the status, which the call does not have', { status: ['RINGING'] }, { status: 'RINGING' }, false],
    ['metadata that the call takes over', { metadata: { hasKeys: ['d'] } }, { metadata: { d: 1 } }, true],
    [
      'a group that the call joins',
      { group: { kind: 'k', key: 'd' } },
      { groups: [{ kind: 'k', key: 'd' }] },
      true,
    ],
    ['a system', { system: ['BIRD'] }, { references: [{ system: 'BIRD', name: 'id', value: 'd' }] }, true],
    ['the time of its last change', { updatedAt: { from: '2020-01-01T00:00:00Z' } }, {}, true],
  ];

  it.each(FILTERS)('by %s: live and after a cut', async (_, filter, made, isOfBoth) => {
    const call = await givenCall(client, { status: 'COMPLETED' });
    const duplicate = await givenCall(client, made);
    const after = await cursor();
    const before = await listNow(filter);
    expect(before).toContain(duplicate.id);
    const live = followOver(transport, at(), CALLS_CHANGED, { filter });
    await gateway.subscribers(1);
    await mergeCallMetadata(client, { call: { id: duplicate.id }, metadata: { more: 1 } });
    await live.until(1);
    await join(call, duplicate);
    const replay = followOver(transport, at(), CALLS_CHANGED, { filter, after });
    for (const follower of [live, replay]) {
      await follower.until(3);
      expect(short(follower.changes.slice(1))).toEqual([
        ['JOINED', false, duplicate.id],
        ['JOINED', isOfBoth, call.id],
      ]);
      expect(listed(before, follower.changes)).toEqual(await listNow(filter));
    }
    const [merged, left, joined] = replay.changes;
    expect(merged.call.id).toBe(call.id);
    expect(left).toMatchObject({
      revision: 3,
      oldValues: {},
      newValues: { duplicate: { id: duplicate.id }, call: { id: call.id } },
      call: { id: duplicate.id, revision: 3, references: [] },
    });
    expect(joined).toMatchObject({ revision: 2, newValues: { duplicate: { id: duplicate.id } } });
    expect(joined.newValues).not.toHaveProperty('call');
    // Between the two, only the second is delivered.
    const rest = followOver(transport, at(), CALLS_CHANGED, { filter, after: left.cursor });
    expect(short(await rest.until(1))).toEqual([['JOINED', isOfBoth, call.id]]);
  });

  it('but not where the list did not have it', async () => {
    const filter = { status: ['COMPLETED'] };
    const call = await givenCall(client, { status: 'COMPLETED' });
    const duplicate = await givenCall(client, { status: 'RINGING' });
    const after = await cursor();
    await join(call, duplicate);
    const replay = followOver(transport, at(), CALLS_CHANGED, { filter, after });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { last: 1 } });
    expect(short(await replay.until(2))).toEqual([
      ['JOINED', true, call.id],
      ['METADATA_MERGED', true, call.id],
    ]);
  });

  it('each of a chain, even if all of it happened during a cut', async () => {
    const records = [await givenCall(client), await givenCall(client), await givenCall(client)];
    const [one, two, three] = records;
    const after = await cursor();
    const before = await listNow(null);
    const live = followOver(transport, at(), CALLS_CHANGED);
    await gateway.subscribers(1);
    await join(two, one);
    await upserted(client, { references: one.references, metadata: { a: 1 } });
    await join(three, two);
    const replay = followOver(transport, at(), CALLS_CHANGED, { after });
    for (const follower of [live, replay]) {
      await follower.until(5);
      expect(listed(before, follower.changes)).toEqual([three.id]);
      expect(short(follower.changes.filter(({ matches }) => !matches))).toEqual([
        ['JOINED', false, one.id],
        ['JOINED', false, two.id],
      ]);
    }
  });

  it('is delivered to the followers of either call, before the call itself', async () => {
    const [call, duplicate] = [await givenCall(client), await givenCall(client)];
    await createVoiceCall(client, { call: { id: duplicate.id }, input: VOICE_CALL });
    const after = await cursor();
    const follow = (id: string, from: string | null): Follower =>
      followOver(transport, at(), CALL_CHANGED, { call: { id }, after: from });
    const live = follow(duplicate.id, null);
    const other = follow(call.id, null);
    await gateway.subscribers(2);
    await join(call, duplicate);
    await mergeCallMetadata(client, { call: { id: duplicate.id }, metadata: { a: 1 } });
    const followers = [live, follow(duplicate.id, after), follow(call.id, after)];
    for (const follower of followers) {
      expect(short(await follower.until(3))).toEqual([
        ['JOINED', false, duplicate.id],
        ['JOINED', true, call.id],
        ['METADATA_MERGED', true, call.id],
      ]);
    }
    // Before the join, the duplicate's changes are not the call's.
    expect(short(await other.until(3))).toEqual(short(live.changes));
  });
});

it('the history has a join once, and the joined record’s last change is found by its id', async () => {
  const [call, duplicate] = [await givenCall(client), await givenCall(client)];
  const after = await cursor();
  await join(call, duplicate);
  const follower = followOver('ws', at(), CALLS_CHANGED, { after });
  const [left, joined] = await follower.until(2);
  const history = await readHistory(client, call.id);
  expect(history.map(({ id }) => id)).toContain(joined.id);
  expect(history.map(({ kind }) => kind)).toEqual(['REGISTERED', 'REGISTERED', 'JOINED']);
  const { node } = await client.ask(
    `query ($id: ID!) { node(id: $id) { ... on CallChange { id kind matches revision call { id history { totalCount } } } } }`,
    { id: left.id },
  );
  expect(node).toEqual({
    id: left.id,
    kind: 'JOINED',
    matches: false,
    revision: 2,
    call: { id: duplicate.id, history: { totalCount: 0 } },
  });
});
