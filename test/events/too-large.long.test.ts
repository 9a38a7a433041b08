import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codesOf, createVoiceCall, mergeCallMetadata, upsertCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { VOICE_CALL } from '../vendors/vcita-document.js';
import {
  assignCallEvent,
  by,
  createMatchRule,
  joinCalls,
  other,
  past,
  readEvent,
  recordCallEvent,
  session,
  upserted,
  withHistory,
} from './events.js';
import { faults } from './faults.js';

/** Space for two values of forty characters under short keys, but not for three. */
const MOST = 120;

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ metadataMaxBytes: MOST, metadataMaxDepth: 4 });
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const forty = (key: string, letter = 'x') => ({ [key]: letter.repeat(40) });
const FULL = { ...forty('a'), ...forty('b') };
const group = (key: string) => ({ kind: 'case', key });
const record = async (target: object | null, metadata: object, more: Variables = {}) =>
  (await recordCallEvent(client, { target, metadata, ...more })).event;
const merge = (id: string, metadata: object) => mergeCallMetadata(client, { call: { id }, metadata });
const bytesOf = (metadata: object) => Buffer.byteLength(JSON.stringify(metadata));
async function tooLargeFor(id: string): Promise<unknown> {
  const { node } = await client.ask(
    'query ($id: ID!) { node(id: $id) { ... on CallEvent { tooLargeFor { totalCount nodes { id } } } } }',
    { id },
  );
  expect(node.tooLargeFor.totalCount).toBe(node.tooLargeFor.nodes.length);
  return node.tooLargeFor.nodes;
}

describe('an event that would exceed the limit of its call', () => {
  it.each([
    ['in order', 0],
    ['late', 60],
  ])('is kept as TOO_LARGE and does not count, %s', async (_, seconds) => {
    const { id } = await upserted(client, { references: [session('s')], metadata: FULL });
    const before = await withHistory(client, id);
    const event = await record({ sessionId: 's' }, forty('c'), { eventTime: past(seconds), eventId: 'once' });
    expect(event).toMatchObject({ match: 'TOO_LARGE', metadata: forty('c'), calls: { totalCount: 0 } });
    expect(await withHistory(client, id)).toEqual(before);
    expect(await readEvent(client, event.id)).toEqual(event);
    expect(await tooLargeFor(event.id)).toEqual([{ id }]);
    // Sent again, it is the same event.
    expect(await record({ sessionId: 's' }, forty('c'), { eventId: 'once' })).toEqual(event);
    const { callEvents } = await client.ask(
      '{ callEvents(filter: { match: [TOO_LARGE] }) { nodes { id } } }',
    );
    expect(callEvents.nodes).toEqual([{ id: event.id }]);
  });

  it('is not applied later either: not when there is space, nor in a late fold, nor when the call is joined', async () => {
    const { id } = await upserted(client, { references: [session('s')], metadata: FULL });
    const event = await record({ sessionId: 's' }, forty('c'), { eventTime: past(60) });
    await merge(id, { a: null, b: null });
    await record({ call: { id } }, { c: { late: true } }, { eventTime: past(90) });
    await upserted(client, { references: [session('s')], from: '+14155550148' });
    expect((await withHistory(client, id)).metadata).toEqual({ c: { late: true } });
    const call = await upserted(client, { references: [other('call')], metadata: { own: 1 } });
    await joinCalls(client, { id: call.id }, { id });
    expect((await withHistory(client, call.id)).metadata).toEqual({ own: 1, c: { late: true } });
    expect(await readEvent(client, event.id)).toMatchObject({ match: 'TOO_LARGE' });
    expect(await tooLargeFor(event.id)).toEqual([{ id: call.id }]);
    expect(await faults(gateway)).toEqual([]);
  });

  it('is measured to the byte, as a client writes it', async () => {
    const { id } = await upserted(client, { references: [session('s')], metadata: { é: [1, 2], n: 1e-7 } });
    const room = MOST - bytesOf({ é: [1, 2], n: 1e-7, t: '' });
    const fits = await record({ sessionId: 's' }, { t: 'x'.repeat(room) });
    const over = await record({ sessionId: 's' }, { t: 'x'.repeat(room + 1) });
    expect([fits.match, over.match]).toEqual(['MATCHED', 'TOO_LARGE']);
    expect(bytesOf((await withHistory(client, id)).metadata)).toBe(MOST);
  });

  it('is the only one of several waiting events that does not fit, and refuses no upsert', async () => {
    const waiting = [];
    for (const [index, metadata] of [
      forty('a'),
      forty('b'),
      forty('c'),
      { d: 1 },
      { a: null },
      forty('e'),
    ].entries()) {
      waiting.push(await record({ sessionId: 's' }, metadata, { eventTime: past(60 - index) }));
    }
    const room = MOST - bytesOf({ ...forty('b'), d: 1, ...forty('e'), z: '' });
    for (const more of [1, 0]) {
      waiting.push(
        await record({ sessionId: 's' }, { z: 'z'.repeat(room + more) }, { eventTime: past(10 - more) }),
      );
    }
    const call = await upserted(client, { references: [session('s')] });
    const now = await Promise.all(waiting.map(async ({ id }) => (await readEvent(client, id)).match));
    const [yes, no] = ['MATCHED', 'TOO_LARGE'];
    expect(now).toEqual([yes, yes, no, yes, yes, yes, no, yes]);
    expect(call.metadata).toEqual({ ...forty('b'), d: 1, ...forty('e'), z: 'z'.repeat(room) });
    expect(bytesOf(call.metadata)).toBe(MOST);
    expect(await faults(gateway)).toEqual([]);
  });

  it('is TOO_LARGE if the upsert leaves no space for it', async () => {
    const waiting = await record({ sessionId: 's' }, forty('c'));
    const call = await upserted(client, { references: [session('s')], metadata: FULL });
    expect(call).toMatchObject({ metadata: FULL, revision: 1 });
    expect((await readEvent(client, waiting.id)).match).toBe('TOO_LARGE');
  });

  it('is applied if it makes the metadata smaller or changes nothing', async () => {
    const [one, two] = [
      await upserted(client, { references: [session('one')], metadata: FULL }),
      await upserted(client, {
        references: [session('two')],
        metadata: { c: 'c'.repeat(40), d: 'd'.repeat(40) },
      }),
    ];
    await joinCalls(client, { id: one.id }, { id: two.id });
    for (const metadata of [{ a: 'y'.repeat(39) }, { c: 'c'.repeat(40) }, { b: null }]) {
      expect((await record({ sessionId: 'one' }, metadata)).match).toBe('MATCHED');
    }
    expect((await record({ sessionId: 'one' }, { more: 1 })).match).toBe('TOO_LARGE');
  });

  it('is TOO_LARGE by its levels too, if the limit was lowered while it waited', async () => {
    const deep = { a: { b: { c: { d: 1 } } } };
    const { id: waiting } = await record({ sessionId: 's' }, deep);
    await record({ sessionId: 's' }, { plain: true });
    await gateway.database.db.execute(
      `update call_events set metadata = '{"a": {"b": {"c": {"d": []}}}}' where metadata = '${JSON.stringify(deep)}'::jsonb`,
    );
    const call = await upserted(client, { references: [session('s')] });
    expect(call.metadata).toEqual({ plain: true });
    expect((await readEvent(client, waiting)).match).toBe('TOO_LARGE');
  });
});

describe('a group’s event', () => {
  it('is applied to the calls where it fits, and TOO_LARGE while it fits none', async () => {
    const [full, roomy] = [
      await upserted(client, { references: [other('full')], groups: [group('g')], metadata: FULL }),
      await upserted(client, { references: [other('roomy')], groups: [group('g')] }),
    ];
    const mixed = await record({ group: group('g') }, forty('c'));
    expect(mixed).toMatchObject({ match: 'MATCHED', calls: { nodes: [{ id: roomy.id }] } });
    expect(await tooLargeFor(mixed.id)).toEqual([{ id: full.id }]);
    await merge(roomy.id, forty('d'));
    const none = await record({ group: group('g') }, forty('e'));
    expect(none).toMatchObject({ match: 'TOO_LARGE', calls: { totalCount: 0 } });
    expect((await withHistory(client, full.id)).metadata).toEqual(FULL);
    // A call that joins later has space for only one of the two, the earlier.
    const joins = await upserted(client, {
      references: [other('joins')],
      groups: [group('g')],
      metadata: forty('f'),
    });
    expect(joins.metadata).toEqual({ ...forty('c'), ...forty('f') });
    expect((await readEvent(client, none.id)).match).toBe('TOO_LARGE');
    const empty = await upserted(client, { references: [other('empty')], groups: [group('g')] });
    expect(empty.metadata).toEqual({ ...forty('c'), ...forty('e') });
    expect(await readEvent(client, none.id)).toMatchObject({
      match: 'MATCHED',
      calls: { nodes: [{ id: empty.id }] },
    });
    expect(await faults(gateway)).toEqual([]);
  });

  it('that was applied to the duplicate counts for the call that it is joined into', async () => {
    const full = await upserted(client, {
      references: [other('full')],
      groups: [group('g')],
      metadata: FULL,
    });
    const roomy = await upserted(client, { references: [other('roomy')], groups: [group('g')] });
    const event = await record({ group: group('g') }, forty('c'));
    const { call, errors } = await joinCalls(client, { id: full.id }, { id: roomy.id });
    expect(errors).toEqual([]);
    expect(call.metadata).toEqual({ ...FULL, ...forty('c') });
    expect(await tooLargeFor(event.id)).toEqual([]);
    expect(await faults(gateway)).toEqual([]);
  });
});

describe('an event that a rule or a person gives to a call', () => {
  it('that a rule finds for a full call is TOO_LARGE, and matched by that rule', async () => {
    await createMatchRule(client, { name: 'rule', metadataPath: ['n'], callField: 'REFERENCE' });
    const waiting = await record(null, { n: '1', ...forty('c') });
    await upserted(client, { references: [other('1')], metadata: FULL });
    expect(await readEvent(client, waiting.id)).toMatchObject({
      match: 'TOO_LARGE',
      matchedBy: { name: 'rule' },
    });
    expect(await record(null, { n: '1', ...forty('d') })).toMatchObject({
      match: 'TOO_LARGE',
      matchedBy: { name: 'rule' },
    });
  });

  it('is TOO_LARGE when assigned to a full call, and applied when assigned again once there is space', async () => {
    const { id } = await upserted(client, { references: [other('full')], metadata: FULL });
    const waiting = await record({ sessionId: 'unknown' }, forty('c'));
    for (let time = 0; time < 2; time += 1) {
      const { event, errors } = await assignCallEvent(client, waiting.id, { id });
      expect({ match: event.match, errors }).toEqual({ match: 'TOO_LARGE', errors: [] });
    }
    expect((await withHistory(client, id)).metadata).toEqual(FULL);
    await merge(id, { a: null });
    const { event } = await assignCallEvent(client, waiting.id, { id });
    expect(event).toMatchObject({ match: 'MATCHED', calls: { nodes: [{ id }] } });
    expect((await withHistory(client, id)).metadata).toEqual({ ...forty('b'), ...forty('c') });
    expect(await tooLargeFor(waiting.id)).toEqual([]);
    expect(codesOf(await assignCallEvent(client, waiting.id, { id }))).toEqual([
      { code: 'ALREADY_EXISTS', path: ['id'] },
    ]);
  });
});

describe('a call above the limit', () => {
  /** A call that exceeds the limit after a join. */
  async function oversized(): Promise<string> {
    const { id } = await upserted(client, { references: [other('call')], metadata: FULL });
    const duplicate = await upserted(client, {
      references: [session('s')],
      metadata: { ...forty('c'), ...forty('d') },
    });
    const { call, errors } = await joinCalls(client, { id }, { id: duplicate.id });
    expect(errors).toEqual([]);
    expect(call.metadata).toEqual({ ...FULL, ...forty('c'), ...forty('d') });
    return id;
  }

  it('accepts every merge that does not enlarge it, from any write, and refuses the others', async () => {
    const id = await oversized();
    expect(codesOf(await merge(id, { e: 1 }))).toEqual([{ code: 'LIMIT_EXCEEDED', path: ['metadata'] }]);
    expect((await merge(id, { a: 'x'.repeat(39) })).errors).toEqual([]);
    expect((await merge(id, { a: 'y'.repeat(39) })).errors).toEqual([]);
    const { payload } = await client.ask(
      `mutation ($items: [MergeCallMetadataItem!]!) { payload: mergeCallsMetadata(items: $items) { errors { code } } }`,
      {
        items: [
          { call: { id }, metadata: { f: 1 } },
          { call: { id }, metadata: { a: null } },
        ],
      },
    );
    expect(payload).toEqual([{ errors: [{ code: 'LIMIT_EXCEEDED' }] }, { errors: [] }]);
    const upsert = (metadata: object) =>
      upsertCall(client, { references: [other('call')], duration: 9, metadata });
    expect(codesOf(await upsert({ f: 1 }))).toEqual([
      { code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] },
    ]);
    expect((await upsert({ ...forty('b') })).errors).toEqual([]);
    expect((await upsert({ b: null })).errors).toEqual([]);
    const input = { ...VOICE_CALL, uid: 'u' };
    expect((await createVoiceCall(client, { call: by(other('call')), input })).errors).toEqual([]);
    expect((await withHistory(client, id)).metadata).toEqual({ ...forty('c'), ...forty('d') });
    expect((await merge(id, { g: 1 })).errors).toEqual([]);
  });
});

describe('events of any size, in any order', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.nat({ max: 60 }).map((length) => 'x'.repeat(length)),
    fc.dictionary(fc.constantFrom('d', 'e'), fc.constantFrom(null, 'x'.repeat(40)), { minKeys: 1 }),
  );
  const patch = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), value, { minKeys: 1 })
    .filter((each) => bytesOf(each) <= MOST);
  const events = fc.array(fc.record({ patch, seconds: fc.nat({ max: 20 }), waits: fc.boolean() }), {
    minLength: 3,
    maxLength: 8,
  });

  it('never exceed the limit, and the metadata is the fold of the applied ones', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        number += 1;
        const target = { sessionId: `session ${number}` };
        const send = ({ patch: metadata, seconds }: (typeof all)[number]) =>
          record(target, metadata, { eventTime: past(seconds) });
        for (const each of all.filter(({ waits }) => waits)) await send(each);
        const { id } = await upserted(client, {
          references: [session(target.sessionId)],
          metadata: { a: 'said' },
        });
        await Promise.all(all.filter(({ waits }) => !waits).map(send));
        const { metadata, events: applied } = await withHistory(client, id);
        expect(bytesOf(metadata)).toBeLessThanOrEqual(MOST);
        const { callEvents } = await client.ask(
          'query ($of: String) { callEvents(filter: { sessionId: $of, match: [TOO_LARGE] }) { totalCount } }',
          { of: target.sessionId },
        );
        expect(applied.totalCount + callEvents.totalCount).toBe(all.length);
        expect(await faults(gateway)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});
