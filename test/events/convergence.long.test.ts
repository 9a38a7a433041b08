import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metadataObject } from '../metadata/arbitraries.js';
import { foldOf } from '../metadata/fold.js';
import { canonical, type Json, mergePatch } from '../metadata/reference.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { other, recordCallEvent, session, upserted, withHistory } from './events.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

let names = 0;
const freshName = () => {
  names += 1;
  return `convergence ${names}`;
};
const NOON = Date.parse('2024-01-15T12:00:00.000Z');
const at = (offset: number) => new Date(NOON + offset).toISOString();

interface Change {
  patch: { [key: string]: Json } | null;
  patchOrder: string | null;
  revision: number | null;
}

/** The metadata is the fold of the history; the revision is the number of mutations that changed the call. */
async function expectWhole(id: string): Promise<Json> {
  const { metadata, revision, history } = await withHistory(client, id);
  expect(canonical(foldOf(history))).toBe(canonical(metadata));
  const revisions = history.flatMap((change: Change) => change.revision ?? []);
  expect([...new Set(revisions)]).toEqual(Array.from({ length: revision }, (_, index) => index + 1));
  expect(revisions).toEqual(revisions.toSorted((a: number, b: number) => a - b));
  return metadata;
}

const event = fc.record({ metadata: metadataObject });
const scenario = fc.array(event, { minLength: 2, maxLength: 6 }).chain((events) => {
  const indexes = events.map((_, index) => index);
  const order = fc.shuffledSubarray(indexes, { minLength: indexes.length });
  return fc.record({
    events: fc.constant(events.map(({ metadata }, index) => ({ metadata, eventTime: at(index) }))),
    orders: fc.array(order, { minLength: 2, maxLength: 3 }),
    /** The number of events that arrive before the call. */
    early: fc.nat({ max: events.length }),
  });
});

describe('a set of events', () => {
  it('results in the same metadata in every order of arrival, before and after the call, and from many clients at once', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ events, orders, early }) => {
        const expected = canonical(
          events.reduce<Json>((metadata, { metadata: patch }) => mergePatch(metadata, patch), {}),
        );
        const target = (name: string) => ({ target: { sessionId: name } });
        for (const order of orders) {
          const name = freshName();
          for (const index of order.slice(0, early)) {
            await recordCallEvent(client, { ...target(name), ...events[index] });
          }
          const { id } = await upserted(client, { references: [session(name)] });
          for (const index of order.slice(early)) {
            await recordCallEvent(client, { ...target(name), ...events[index] });
          }
          expect(canonical(await expectWhole(id))).toBe(expected);
        }
        const name = freshName();
        const [call] = await Promise.all([
          upserted(client, { references: [session(name)] }),
          ...events.map((each) => recordCallEvent(client, { ...target(name), ...each })),
        ]);
        expect(canonical(await expectWhole(call.id))).toBe(expected);
      }),
      { numRuns: 6 },
    );
  });

  it('with equal times counts by arrival, which an event keeps while it waits', async () => {
    const group = { kind: 'case', key: freshName() };
    const name = freshName();
    const record = (target: object, a: number) =>
      recordCallEvent(client, { target, metadata: { a }, eventTime: at(0) });
    // Event 1 waits for the group's call, 2 for its session, and 3 is applied first.
    await record({ group }, 1);
    await record({ sessionId: name }, 2);
    const { id } = await upserted(client, { references: [other(name)] });
    await record({ call: { id } }, 3);
    await upserted(client, { references: [other(name), session(name)] });
    await upserted(client, { references: [other(name)], groups: [group] });
    expect(await expectWhole(id)).toEqual({ a: 3 });
    // A call that joins later gets them in the same order.
    await record({ group }, 4);
    const { id: joiner } = await upserted(client, { references: [other(freshName())], groups: [group] });
    expect(await expectWhole(joiner)).toEqual({ a: 4 });
    expect(await expectWhole(id)).toEqual({ a: 4 });
  });
});

/** One write of any kind that changes metadata. */
const write = fc.oneof(
  fc.record({ kind: fc.constant('merge' as const), metadata: metadataObject }),
  fc.record({ kind: fc.constant('upsert' as const), metadata: metadataObject }),
  fc.record({
    kind: fc.constantFrom('event' as const, 'group' as const),
    metadata: metadataObject,
    // Few, so that times collide; the last is ahead of the clock.
    time: fc.constantFrom(-3, -2, -1, 240_000),
  }),
  fc.record({ kind: fc.constant('join' as const) }),
);
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

async function perform(name: string, each: Write): Promise<void> {
  const group = { kind: 'case', key: name };
  const references = [session(name)];
  if (each.kind === 'join') {
    await upserted(client, { references, groups: [group] });
  } else if (each.kind === 'upsert') {
    await upserted(client, { references, metadata: each.metadata });
  } else if (each.kind === 'merge') {
    const { payload } = await client.ask(
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { payload: mergeCallMetadata(call: $call, metadata: $metadata) { errors { code } } }',
      { call: { reference: references[0] }, metadata: each.metadata },
    );
    expect(payload.errors).toEqual([]);
  } else {
    const target = each.kind === 'group' ? { group } : { sessionId: name };
    const eventTime = each.time < 0 ? at(each.time) : new Date(Date.now() + each.time).toISOString();
    await recordCallEvent(client, { target, metadata: each.metadata, eventTime });
  }
}

describe('a mix of merges, events and upserts', () => {
  it('results in the fold of the history by patchOrder, one after another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 8 }), async (writes) => {
        const name = freshName();
        const { id } = await upserted(client, { references: [session(name)] });
        for (const each of writes) {
          await perform(name, each);
          await expectWhole(id);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('results in the fold of the history by patchOrder, all at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 4, maxLength: 16 }), async (writes) => {
        const name = freshName();
        const { id } = await upserted(client, { references: [session(name)] });
        await Promise.all(writes.map((each) => perform(name, each)));
        await expectWhole(id);
      }),
      { numRuns: 6 },
    );
  });

  it('never shows an acknowledged merge as undone by an older patch', async () => {
    const name = freshName();
    const { id } = await upserted(client, { references: [session(name)] });
    await recordCallEvent(client, {
      target: { sessionId: name },
      metadata: { a: 'ahead' },
      eventTime: new Date(Date.now() + 200_000).toISOString(),
    });
    for (const value of [1, 2, 3]) {
      await perform(name, { kind: value === 2 ? 'upsert' : 'merge', metadata: { a: value } });
      expect((await withHistory(client, id)).metadata).toEqual({ a: value });
    }
    await expectWhole(id);
  });
});
