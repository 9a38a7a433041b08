import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { joinCalls } from '../events/events.js';
import { givenCall, mergeCallMetadata, upsertCall } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, settled, TRANSPORTS } from './followers.js';

type Data = Answer['data'];

const FIELDS =
  'cursor transition removedCallId change { id kind matches revision cursor } call { id status }';
const CALL_UPDATES = `subscription ($filter: CallFilter, $after: String) { callUpdates(filter: $filter, after: $after) { ${FIELDS} } }`;
const CALL_UPDATED = `subscription ($call: CallLocator!, $after: String) { callUpdated(call: $call, after: $after) { ${FIELDS} } }`;
const RINGING = { status: ['RINGING'] };

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
const set = (call: Data, fields: object) => upsertCall(client, { references: call.references, ...fields });
const ringing = () => givenCall(client, { status: 'RINGING' });
const end = async (): Promise<string> => {
  await settled(gateway);
  return (await client.ask('{ changeCursor }')).changeCursor;
};

const short = (updates: Data[]) =>
  updates.map(({ transition, removedCallId, change, call }) => [
    change.kind,
    transition,
    call.id,
    removedCallId,
  ]);

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a call enters, stays in and leaves a filter, as callsChanged tells by matches', async () => {
    const updates = followOver(transport, at(), CALL_UPDATES, { filter: RINGING });
    const changes = followOver(transport, at(), CALLS_CHANGED, { filter: RINGING });
    await gateway.subscribers(2);
    const call = await givenCall(client, { status: 'QUEUED' });
    await set(call, { status: 'RINGING' });
    await updates.until(1);
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    await updates.until(2);
    await set(call, { status: 'COMPLETED' });
    await updates.until(3);
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 2 } });
    const other = await ringing();
    expect(short(await updates.until(4))).toEqual([
      ['UPDATED', 'ENTERED', call.id, null],
      ['METADATA_MERGED', 'STILL', call.id, null],
      ['UPDATED', 'LEFT', call.id, null],
      ['REGISTERED', 'ENTERED', other.id, null],
    ]);
    for (const { cursor, change, transition } of updates.changes) {
      expect(cursor).toBe(change.cursor);
      expect(change.matches).toBe(transition !== 'LEFT');
    }
    const same = await changes.until(4);
    expect(same.map(({ id }) => id)).toEqual(updates.changes.map(({ change }) => change.id));
  });

  it('without a filter a new call enters, and its changes are in the list still', async () => {
    const updates = followOver(transport, at(), CALL_UPDATES);
    await gateway.subscribers(1);
    const call = await ringing();
    await set(call, { status: 'COMPLETED' });
    expect(short(await updates.until(2))).toEqual([
      ['REGISTERED', 'ENTERED', call.id, null],
      ['UPDATED', 'STILL', call.id, null],
    ]);
  });

  it('goes on after the cursor of the last update', async () => {
    const after = await end();
    const call = await ringing();
    const first = followOver(transport, at(), CALL_UPDATES, { after });
    const [{ cursor }] = await first.until(1);
    await set(call, { status: 'COMPLETED' });
    const second = followOver(transport, at(), CALL_UPDATES, { after: cursor });
    expect(short(await second.until(1))).toEqual([['UPDATED', 'STILL', call.id, null]]);
  });

  it.each([
    ['the call is in the list too', { status: 'RINGING' }, 'STILL'],
    ['the call is not in the list', { status: 'COMPLETED' }, 'LEFT'],
  ])('a join removes the duplicate where %s', async (_, fields, transition) => {
    const call = await givenCall(client, fields);
    const duplicate = await ringing();
    const after = await end();
    const live = followOver(transport, at(), CALL_UPDATES, { filter: RINGING });
    await gateway.subscribers(1);
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    const replay = followOver(transport, at(), CALL_UPDATES, { filter: RINGING, after });
    for (const follower of [live, replay]) {
      expect(short(await follower.until(2))).toEqual([
        ['JOINED', 'LEFT', duplicate.id, duplicate.id],
        ['JOINED', transition, call.id, duplicate.id],
      ]);
    }
  });

  it('a call that a join brings into the list enters', async () => {
    const call = await givenCall(client, { status: 'QUEUED' });
    const duplicate = await ringing();
    const live = followOver(transport, at(), CALL_UPDATES, { filter: RINGING });
    await gateway.subscribers(1);
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    const [, joined] = await live.until(2);
    const { calls } = await client.ask(
      'query ($filter: CallFilter) { calls(filter: $filter) { nodes { id } } }',
      { filter: RINGING },
    );
    const isListed = calls.nodes.length > 0;
    expect(short([joined])).toEqual([['JOINED', isListed ? 'ENTERED' : 'LEFT', call.id, duplicate.id]]);
  });

  it('an erased call is removed from every list, whatever the filter, and from its own subscription', async () => {
    const call = await ringing();
    const after = await end();
    const live = [
      followOver(transport, at(), CALL_UPDATES),
      followOver(transport, at(), CALL_UPDATES, { filter: { status: ['BUSY'] } }),
      followOver(transport, at(), CALL_UPDATED, { call: { id: call.id } }),
    ];
    await gateway.subscribers(3);
    await client.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { errors { code } } }', {
      id: call.id,
    });
    const replay = followOver(transport, at(), CALL_UPDATES, { filter: RINGING, after });
    for (const follower of [...live, replay]) {
      expect(short(await follower.until(1))).toEqual([['ERASED', 'LEFT', call.id, call.id]]);
      expect(follower.errors).toEqual([]);
    }
  });

  it('of one call, everything is STILL, in the order of callChanged', async () => {
    const [call, duplicate] = [await ringing(), await ringing()];
    const updates = followOver(transport, at(), CALL_UPDATED, { call: { id: duplicate.id } });
    const changes = followOver(transport, at(), CALL_CHANGED, { call: { id: duplicate.id } });
    await gateway.subscribers(2);
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    expect(short(await updates.until(3))).toEqual([
      ['JOINED', 'STILL', call.id, duplicate.id],
      ['JOINED', 'STILL', call.id, duplicate.id],
      ['METADATA_MERGED', 'STILL', call.id, null],
    ]);
    const same = await changes.until(3);
    expect(same.map(({ id }) => id)).toEqual(updates.changes.map(({ change }) => change.id));
  });
});

it('a malformed cursor and an unknown call are refused', async () => {
  const refused = followOver('ws', at(), CALL_UPDATES, { after: 'nowhere' });
  await refused.ended();
  expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const unknown = followOver('ws', at(), CALL_UPDATED, { call: { id: 'call_00000000000000000000000000' } });
  await unknown.ended();
  expect(unknown.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});
