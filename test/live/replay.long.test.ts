import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { givenCall, mergeCallMetadata, readHistory } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, settled, TRANSPORTS } from './followers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const at = ({ token }: Client) => ({ url: gateway.url, token });
const merge = (client: Client, id: string, n: number) =>
  mergeCallMetadata(client, { call: { id }, metadata: { n } });
const mergeAll = (client: Client, merges: { id: string; n: number }[]) =>
  client.ask(
    `mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { message } } }`,
    { items: merges.map(({ id, n }) => ({ call: { id }, metadata: { n } })) },
  );
const revisionsOf = (changes: { call: { id: string }; revision: number }[], id: string) =>
  changes.filter(({ call }) => call.id === id).map(({ revision }) => revision);
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const repeated = (changes: { id: string }[]) => changes.length - new Set(changes.map(({ id }) => id)).size;

/** A separate transaction that has written to a call, and stays open until it is committed. */
async function heldOpen(call: string) {
  const sql = postgres(gateway.databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  onTestFinished(() => sql.end({ timeout: 1 }));
  await sql`begin`;
  const [row] = await sql`
    select * from calls where id = ${uuidIn(call)} for no key update`;
  await sql`
    select outcome from merge_call_metadata(${row?.organization_id}, ${uuidIn(call)}, null, null, null, '{"held": 1}'::jsonb,
      null, 100000, gen_random_uuid(), 'somebody')`;
  return async () => {
    await sql`commit`;
  };
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('changeCursor, then a list, then writes: a subscription from that cursor misses nothing', async () => {
    const client = await gateway.client();
    const call = await givenCall(client);
    await settled(gateway);
    const { changeCursor: after, calls } = await client.ask(
      '{ calls { nodes { id revision } } changeCursor }',
    );
    expect(calls.nodes).toEqual([{ id: call.id, revision: 1 }]);
    for (const n of upTo(5)) await merge(client, call.id, n);
    const follower = followOver(transport, at(client), CALLS_CHANGED, { after });
    await follower.until(5);
    expect(repeated(follower.changes)).toBe(0);
    for (const n of upTo(8, 6)) await merge(client, call.id, n);
    expect(revisionsOf(await follower.until(8), call.id)).toEqual(upTo(9, 2));
  });

  it('replays more than one page, and continues without gaps or duplicates while others write', async () => {
    const client = await gateway.client();
    const { changeCursor: start } = await client.ask('{ changeCursor }');
    const calls = await Promise.all(upTo(4).map(() => givenCall(client)));
    await mergeAll(
      client,
      upTo(120).flatMap((n) => calls.map(({ id }) => ({ id, n }))),
    );
    const write = (id: string) =>
      upTo(140, 121).reduce<Promise<unknown>>(
        (before, n) => before.then(() => merge(client, id, n)),
        Promise.resolve(),
      );
    const first = followOver(transport, at(client), CALLS_CHANGED, { after: start });
    const writing = Promise.all(calls.map(({ id }) => write(id)));
    await first.until(4);
    first.stop();
    const second = followOver(transport, at(client), CALLS_CHANGED, { after: first.changes.at(-1).cursor });
    await writing;
    await second.until(4 * 141 - first.changes.length);
    const all = [...first.changes, ...second.changes];
    expect({ count: all.length, repeated: repeated(all) }).toEqual({ count: 4 * 141, repeated: 0 });
    for (const { id } of calls) expect(revisionsOf(all, id)).toEqual(upTo(141));
  });

  it('changes of transactions that commit out of order come once, in an order that is the same for all', async () => {
    const client = await gateway.client();
    const [held, free] = [await givenCall(client), await givenCall(client)];
    await settled(gateway);
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const live = followOver(transport, at(client));
    await gateway.subscribers(1);
    const commit = await heldOpen(held.id);
    for (const n of upTo(3)) await merge(client, free.id, n);
    // They must not be delivered before earlier transactions have ended.
    const { changeCursor: meanwhile } = await client.ask('{ changeCursor }');
    const early = followOver(transport, at(client), CALLS_CHANGED, { after: meanwhile });
    await gateway.subscribers(2);
    expect({ live: live.changes, early: early.changes }).toEqual({ live: [], early: [] });
    await commit();
    await live.until(4);
    await early.until(4);
    const late = followOver(transport, at(client), CALLS_CHANGED, { after });
    await late.until(4);
    const [one, ...others] = [live, early, late].map(({ changes }) => changes.map(({ id }) => id));
    expect(others).toEqual([one, one]);
    expect(revisionsOf(live.changes, free.id)).toEqual([2, 3, 4]);
    expect(revisionsOf(live.changes, held.id)).toEqual([2]);
  });

  it('a patch that changes nothing is not sent, and does not stop later changes', async () => {
    const client = await gateway.client();
    const call = await givenCall(client, { metadata: { n: 1 } });
    await settled(gateway);
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    await mergeAll(client, Array(250).fill({ id: call.id, n: 1 }));
    await merge(client, call.id, 2);
    const follower = followOver(transport, at(client), CALLS_CHANGED, { after });
    await follower.until(1);
    await merge(client, call.id, 2);
    await merge(client, call.id, 3);
    expect(revisionsOf(await follower.until(2), call.id)).toEqual([2, 3]);
  });

  it('callChanged sends one call’s changes, starting at a cursor of its history', async () => {
    const client = await gateway.client();
    const [call, other] = [await givenCall(client), await givenCall(client)];
    for (const n of upTo(4)) await merge(client, call.id, n);
    await merge(client, other.id, 1);
    const { call: read } = await client.ask(
      'query ($id: ID!) { call(id: $id) { history(last: 3) { edges { cursor node { cursor revision } } } } }',
      { id: call.id },
    );
    const [edge] = read.history.edges.filter(
      ({ node }: { node: { revision: number } }) => node.revision === 2,
    );
    expect(edge.cursor).toBe(edge.node.cursor);
    const follower = followOver(transport, at(client), CALL_CHANGED, {
      call: { id: call.id },
      after: edge.cursor,
    });
    await follower.until(3);
    await merge(client, other.id, 2);
    await merge(client, call.id, 5);
    const changes = await follower.until(4);
    expect(revisionsOf(changes, call.id)).toEqual([3, 4, 5, 6]);
    expect(changes.every(({ matches }) => matches)).toBe(true);
    expect(changes).toHaveLength(4);
  });
});

describe('a call that was joined into another', () => {
  const join = async (client: Client, call: string, duplicate: string) => {
    const { joinCalls } = await client.ask(
      `mutation ($call: ID!, $duplicate: ID!) {
        joinCalls(call: { id: $call }, duplicate: { id: $duplicate }) { call { id } errors { message } }
      }`,
      { call, duplicate },
    );
    expect(joinCalls.errors).toEqual([]);
  };

  it('is followed as that one, by any of its ids and names, with the log of both', async () => {
    const client = await gateway.client();
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const reference = { system: 'BURKI', name: 'id', value: '7' };
    const [call, duplicate] = [await givenCall(client), await givenCall(client, { references: [reference] })];
    await merge(client, duplicate.id, 1);
    await merge(client, call.id, 2);
    await settled(gateway);
    const early = followOver('ws', at(client), CALL_CHANGED, { call: { id: duplicate.id } });
    await gateway.subscribers(1);
    await join(client, call.id, duplicate.id);
    await merge(client, duplicate.id, 3);
    await merge(client, call.id, 4);
    const [left, ...rest] = await early.until(4);
    expect(left).toMatchObject({ kind: 'JOINED', matches: false, call: { id: duplicate.id } });
    expect(rest.map(({ kind }) => kind)).toEqual(['JOINED', 'METADATA_MERGED', 'METADATA_MERGED']);
    expect(rest.every((change) => change.call.id === call.id)).toBe(true);
    const history = await readHistory(client, call.id);
    for (const locator of [{ id: call.id }, { id: duplicate.id }, { reference }]) {
      const follower = followOver('sse', at(client), CALL_CHANGED, { call: locator, after });
      const changes = await follower.until(history.length + 1);
      const ofCall = changes.filter(({ id }) => id !== left.id);
      expect(ofCall.map(({ id }) => id)).toEqual(history.map(({ id }) => id));
      expect(new Set(ofCall.map((change) => change.call.id))).toEqual(new Set([call.id]));
    }
  });

  it('leaves the list that it was in, by its own change and by the one that joins it', async () => {
    const client = await gateway.client();
    const [call, duplicate] = [
      await givenCall(client, { status: 'COMPLETED' }),
      await givenCall(client, { status: 'RINGING' }),
    ];
    const filter = { status: ['RINGING'] };
    await settled(gateway);
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const live = followOver('ws', at(client), CALLS_CHANGED, { filter });
    await gateway.subscribers(1);
    await join(client, call.id, duplicate.id);
    const replay = followOver('sse', at(client), CALLS_CHANGED, { filter, after });
    for (const follower of [live, replay]) {
      expect(await follower.until(2)).toMatchObject([
        { kind: 'JOINED', matches: false, call: { id: duplicate.id } },
        {
          kind: 'JOINED',
          matches: false,
          call: { id: call.id },
          newValues: { duplicate: { id: duplicate.id } },
        },
      ]);
    }
  });
});

it('one execution and one read answer all equal subscriptions', async () => {
  const client = await gateway.client();
  const call = await givenCall(client);
  await settled(gateway);
  const { changeCursor } = await client.ask('{ changeCursor }');
  const followers = [null, changeCursor, null, changeCursor].map((after) =>
    followOver('ws', at(client), CALLS_CHANGED, { filter: { status: ['UNKNOWN'] }, after }),
  );
  await gateway.subscribers(4);
  expect(gateway.counts()).toMatchObject({ audiences: 1, organizations: 1 });
  await merge(client, call.id, 0);
  await Promise.all(followers.map((follower) => follower.until(1)));
  gateway.takeStatements();
  await merge(client, call.id, 1);
  await Promise.all(followers.map((follower) => follower.until(2)));
  const reads = gateway
    .takeStatements()
    .filter((statement) => /from "calls" (?:where|inner join unnest)/.test(statement));
  expect(reads).toHaveLength(1);
  await expect.poll(() => followers.map(({ changes }) => changes.length)).toEqual([2, 2, 2, 2]);
});
