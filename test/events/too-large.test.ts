import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import {
  assignCallEvent,
  by,
  createMatchRule,
  joinCalls,
  other,
  readEvent,
  recordCallEvent,
  session,
  upserted,
  withHistory,
} from './events.js';

const MOST = 4_096;
let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ metadataMaxBytes: MOST });
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const HALF = 'x'.repeat(2_500);
const past = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

const merged = async (reference: object, metadata: object) =>
  (
    await client.ask(
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { payload: mergeCallMetadata(call: $call, metadata: $metadata) { call { metadata } errors { code path } } }',
      { call: { reference }, metadata },
    )
  ).payload;

describe('an event that would take its call past the limit', () => {
  it('is kept as TOO_LARGE, and does not count, neither now nor later', async () => {
    const { id } = await upserted(client, { references: [other('a')], metadata: { a: HALF } });
    const target = { call: by(other('a')) };
    const { event, errors } = await recordCallEvent(client, { target, metadata: { b: HALF } });
    expect(errors).toEqual([]);
    expect(event).toMatchObject({ match: 'TOO_LARGE', metadata: { b: HALF }, calls: { totalCount: 0 } });
    const late = await recordCallEvent(client, { target, metadata: { c: HALF }, eventTime: past(900) });
    expect(late.event.match).toBe('TOO_LARGE');

    expect(await merged(other('a'), { a: null })).toMatchObject({ call: { metadata: {} }, errors: [] });
    await upserted(client, { references: [other('a'), other('b')] });
    const call = await withHistory(client, id);
    expect(call.metadata).toEqual({});
    expect(call.events.totalCount).toBe(0);
    expect(call.history.map(({ kind }: { kind: string }) => kind)).toEqual([
      'REGISTERED',
      'METADATA_MERGED',
      'UPDATED',
    ]);
    expect((await readEvent(client, event.id)).match).toBe('TOO_LARGE');
    const { callEvents } = await client.ask(
      '{ callEvents(filter: { match: [TOO_LARGE] }) { totalCount nodes { id } } }',
    );
    expect(callEvents.totalCount).toBe(2);
  });

  it('counts where it makes the metadata no larger', async () => {
    await upserted(client, { references: [other('a')], metadata: { a: HALF } });
    const target = { call: by(other('a')) };
    const { event } = await recordCallEvent(client, { target, metadata: { a: 'short' } });
    expect(event.match).toBe('MATCHED');
    const again = await recordCallEvent(client, { target, metadata: { b: HALF } });
    expect(again.event.match).toBe('MATCHED');
  });

  it('does not fail the upsert that it waited for: those that fit count', async () => {
    const target = { sessionId: 's' };
    const matches = [];
    for (const [index, metadata] of [
      { a: HALF },
      { b: HALF },
      { c: 1 },
      { a: null },
      { d: HALF },
    ].entries()) {
      matches.push(await recordCallEvent(client, { target, metadata, eventTime: past(100 - index) }));
    }
    const { id } = await upserted(client, { references: [session('s')] });
    expect((await withHistory(client, id)).metadata).toEqual({ c: 1, d: HALF });
    const events = await Promise.all(matches.map(({ event }) => readEvent(client, event.id)));
    expect(events.map(({ match }) => match)).toEqual([
      'MATCHED',
      'TOO_LARGE',
      'MATCHED',
      'MATCHED',
      'MATCHED',
    ]);
  });

  it('counts to the byte, as a merge does', async () => {
    for (const [name, spare] of [
      ['fits', 0],
      ['does not', -1],
    ] as const) {
      const room = MOST - JSON.stringify({ a: 'é', n: { b: 1 }, c: '' }).length - 1 - spare;
      const target = { sessionId: name };
      await recordCallEvent(client, { target, metadata: { a: 'é', n: { b: 2 } }, eventTime: past(30) });
      await recordCallEvent(client, { target, metadata: { n: { b: 1 } }, eventTime: past(20) });
      const last = await recordCallEvent(client, {
        target,
        metadata: { c: 'x'.repeat(room) },
        eventTime: past(10),
      });
      await upserted(client, { references: [session(name)] });
      expect((await readEvent(client, last.event.id)).match).toBe(spare === 0 ? 'MATCHED' : 'TOO_LARGE');
    }
  });

  it('is decided by each call of a group, and is TOO_LARGE while none takes it', async () => {
    const group = { kind: 'case', key: 'g' };
    const full = await upserted(client, {
      references: [other('full')],
      groups: [group],
      metadata: { a: HALF },
    });
    const { event } = await recordCallEvent(client, { target: { group }, metadata: { b: HALF } });
    expect(event.match).toBe('TOO_LARGE');
    const free = await upserted(client, { references: [other('free')], groups: [group] });
    expect(await readEvent(client, event.id)).toMatchObject({
      match: 'MATCHED',
      calls: { nodes: [{ id: free.id }] },
    });
    expect((await withHistory(client, full.id)).metadata).toEqual({ a: HALF });
  });

  it('is TOO_LARGE by a rule too, and can be assigned once there is room', async () => {
    const { id } = await upserted(client, {
      references: [other('r')],
      from: '+14155550123',
      metadata: { a: HALF },
    });
    const { event } = await recordCallEvent(client, { metadata: { phone: '+14155550123', b: HALF } });
    expect(event.match).toBe('PENDING');
    await createMatchRule(client, { name: 'r', metadataPath: ['phone'], callField: 'FROM' });
    expect(await readEvent(client, event.id)).toMatchObject({ match: 'TOO_LARGE', matchedBy: { name: 'r' } });
    expect(await assignCallEvent(client, event.id, { id })).toMatchObject({
      event: { match: 'TOO_LARGE' },
      errors: [{ code: 'LIMIT_EXCEEDED', path: ['call'] }],
    });
    await merged(other('r'), { a: null });
    expect((await assignCallEvent(client, event.id, { id })).event.match).toBe('MATCHED');
    expect((await withHistory(client, id)).metadata).toEqual({ phone: '+14155550123', b: HALF });
  });
});

describe('metadata that is past the limit', () => {
  it('comes of a join, which never fails by it, and is mended by merges and upserts that make it smaller', async () => {
    const one = await upserted(client, { references: [other('1')], metadata: { a: HALF } });
    await upserted(client, { references: [other('2')], metadata: { b: HALF, c: HALF.slice(0, 1_500) } });
    const joined = await joinCalls(client, by(other('1')), by(other('2')));
    expect(joined.errors).toEqual([]);
    expect(Object.keys(joined.call.metadata).sort()).toEqual(['a', 'b', 'c']);
    const refused = { call: null, errors: [{ code: 'LIMIT_EXCEEDED', path: ['metadata'] }] };
    expect(await merged(other('1'), { d: 1 })).toEqual(refused);
    expect(await merged(other('1'), { b: 'short', d: HALF })).toEqual(refused);
    expect((await merged(other('1'), { c: null })).errors).toEqual([]);
    const { call } = await client.ask('query ($id: ID!) { call(id: $id) { metadata } }', { id: one.id });
    expect(JSON.stringify(call.metadata).length).toBeGreaterThan(MOST);
    await upserted(client, { references: [other('1')], metadata: { b: 'short' } });
    expect((await merged(other('1'), { d: 1 })).errors).toEqual([]);
  });

  it('leaves events that do not change it alone', async () => {
    await upserted(client, { references: [other('1')], metadata: { a: HALF } });
    await upserted(client, { references: [other('2')], metadata: { b: HALF } });
    await joinCalls(client, by(other('1')), by(other('2')));
    const target = { call: by(other('1')) };
    expect((await recordCallEvent(client, { target, metadata: { z: null } })).event.match).toBe('MATCHED');
    expect((await recordCallEvent(client, { target, metadata: { z: 1 } })).event.match).toBe('TOO_LARGE');
    expect((await recordCallEvent(client, { target, metadata: { a: null } })).event.match).toBe('MATCHED');
    expect(await gateway.database.db.execute(sql`select from due_events`)).toHaveLength(0);
  });
});
