import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { by, other, past, readEvent, recordCallEvent, session, upserted } from '../../events/events.js';
import { foldOf } from '../../metadata/fold.js';
import { canonical, type Json } from '../../metadata/reference.js';
import { givenCall, mergeCallMetadata, readCall, replaceCallFlow } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { join } from './join.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'joiner' });
});
afterAll(() => gateway.close());

const merge = (call: Data, metadata: object) =>
  mergeCallMetadata(client, { call: { id: call.id }, metadata });
const event = (call: Data, seconds: number, metadata: object) =>
  recordCallEvent(client, { target: { call: { id: call.id } }, eventTime: past(seconds), metadata });

/** The metadata must be the fold of the history; returns the call. */
async function expectFold(id: string): Promise<Data> {
  const call = await readCall(client, id);
  expect(canonical(call.metadata)).toBe(canonical(foldOf(call.history.nodes)));
  return call;
}

describe('the metadata of joined calls', () => {
  it('is folded from the patches of both in their order, including removals', async () => {
    const call = await givenCall(client, { metadata: { a: 1, only: 'call', gone: 1 } });
    const duplicate = await givenCall(client, { metadata: { a: 2, nested: { d: 1 }, gone: 2 } });
    await merge(call, { nested: { c: 1 }, gone: null });
    await merge(duplicate, { nested: { d: 2 } });
    const joined = await join(client, call, duplicate);
    expect(joined.metadata).toEqual({ a: 2, only: 'call', nested: { c: 1, d: 2 } });
    const { history } = await expectFold(call.id);
    expect(history.nodes[0]).toMatchObject({
      kind: 'JOINED',
      patch: null,
      oldValues: { metadata: { a: 1, nested: { c: 1 } } },
      newValues: { metadata: { a: 2, nested: { c: 1, d: 2 } } },
    });
  });

  it('does not depend on the direction of the join', async () => {
    const made: Json[] = [];
    for (const isTurned of [false, true]) {
      const [one, two] = [await givenCall(client), await givenCall(client)];
      for (const [seconds, each] of [
        [50, one],
        [40, two],
        [30, one],
        [20, two],
      ] as [number, Data][]) {
        await event(each, seconds, { last: seconds, nested: { [`at${seconds}`]: { seconds } } });
      }
      const joined = await join(client, isTurned ? two : one, isTurned ? one : two);
      made.push(joined.metadata);
      await expectFold(joined.id);
    }
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).toMatchObject({ last: 20, nested: { at50: {}, at40: {}, at30: {}, at20: {} } });
  });

  it('applies late events at their own time, before and after the join', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    await event(call, 100, { c: 100, both: 'c100' });
    await event(duplicate, 60, { d: 60, both: 'd60' });
    await event(duplicate, 90, { d: 90, early: 'd90', both: 'd90' });
    await join(client, call, duplicate);
    for (const [seconds, target] of [
      [80, call],
      [50, duplicate],
      [70, duplicate],
      [110, call],
    ] as [number, Data][]) {
      const payload = await event(target, seconds, { c: seconds, d: seconds, both: `late${seconds}` });
      expect(payload).toMatchObject({ errors: [], event: { calls: { nodes: [{ id: call.id }] } } });
      await expectFold(call.id);
    }
    const after = await expectFold(call.id);
    expect(after.metadata).toEqual({ c: 50, d: 50, both: 'late50', early: 'd90' });
    await event(duplicate, 55, { early: null, d: 55 });
    expect((await expectFold(call.id)).metadata).toEqual({ c: 50, d: 50, both: 'late50' });
  });

  it('shows a later merge, even if the duplicate has a patch ahead of the clock', async () => {
    const call = await givenCall(client, { metadata: { a: 1 } });
    const duplicate = await givenCall(client);
    await event(duplicate, -200, { a: 'ahead' });
    expect((await join(client, call, duplicate)).metadata).toEqual({ a: 'ahead' });
    expect((await merge(call, { a: 'merged' })).call.metadata).toEqual({ a: 'merged' });
    await expectFold(call.id);
  });

  it('raises the revision only once if both are equal', async () => {
    const call = await givenCall(client, { metadata: { a: 1 } });
    const duplicate = await givenCall(client, { metadata: { a: 1 } });
    expect(await join(client, call, duplicate)).toMatchObject({ revision: 2, metadata: { a: 1 } });
    const [joined] = (await readCall(client, call.id)).history.nodes;
    expect(joined.newValues).not.toHaveProperty('metadata');
  });
});

describe('the events of joined calls', () => {
  const group = { kind: 'case', key: 'g' };

  it('move to the call, each only once', async () => {
    const call = await givenCall(client, { groups: [group] });
    const duplicate = await givenCall(client, { groups: [group] });
    const { event: common } = await recordCallEvent(client, { target: { group }, metadata: { g: 1 } });
    const { event: own } = await event(duplicate, 10, { d: 1 });
    await join(client, call, duplicate);
    const { call: after } = await client.ask(
      'query ($id: ID!) { call(id: $id) { events { totalCount nodes { id } } } }',
      { id: call.id },
    );
    expect(after.events).toEqual({ totalCount: 2, nodes: [{ id: own.id }, { id: common.id }] });
    for (const { id } of [common, own]) {
      expect((await readEvent(client, id)).calls).toEqual({ totalCount: 1, nodes: [{ id: call.id }] });
    }
    await expectFold(call.id);
  });

  it('of a group reach the call once after the join, and not again by an upsert', async () => {
    const call = await givenCall(client, { references: [other('c')], groups: [group] });
    const duplicate = await givenCall(client, {
      references: [other('d')],
      groups: [group, { kind: 'case', key: 'only' }],
    });
    await join(client, call, duplicate);
    for (const [index, key] of ['g', 'only'].entries()) {
      const payload = await recordCallEvent(client, {
        target: { group: { kind: 'case', key } },
        metadata: { [key]: 1 },
      });
      expect(payload.event).toMatchObject({
        match: 'MATCHED',
        calls: { totalCount: 1, nodes: [{ id: call.id }] },
      });
      expect(await readCall(client, call.id)).toMatchObject({ revision: 3 + index });
    }
    const again = await upserted(client, { references: [other('d')], groups: [group] });
    expect(again).toMatchObject({ id: call.id, metadata: { g: 1, only: 1 }, revision: 4 });
  });

  it('that wait are admitted by values that the join fills, under the revision of the join', async () => {
    await client.ask(
      `mutation { createMatchRule(input: { name: "by both", metadataPath: ["caller"], callField: CUSTOMER_NUMBER }) { errors { code } } }`,
    );
    const call = await givenCall(client, { from: '+14155550148' });
    const duplicate = await givenCall(client, { direction: 'INBOUND' });
    const { event: waiting } = await recordCallEvent(client, { metadata: { caller: '+14155550148', a: 1 } });
    expect(waiting.match).toBe('PENDING');
    const joined = await join(client, call, duplicate);
    expect(joined).toMatchObject({ revision: 2, metadata: { caller: '+14155550148', a: 1 } });
    expect(await readEvent(client, waiting.id)).toMatchObject({
      match: 'MATCHED',
      calls: { nodes: [{ id: call.id }] },
    });
    const { history } = await readCall(client, call.id);
    expect(history.nodes.slice(0, 2)).toMatchObject([
      { kind: 'EVENT_APPLIED', revision: 2 },
      { kind: 'JOINED', revision: 2 },
    ]);
  });

  it('that name the duplicate’s session or id find the call', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client, { references: [session('s1')] });
    await join(client, call, duplicate);
    for (const target of [{ sessionId: 's1' }, { call: { id: duplicate.id } }, { call: by(session('s1')) }]) {
      const payload = await recordCallEvent(client, { target, metadata: { a: JSON.stringify(target) } });
      expect(payload.event).toMatchObject({ match: 'MATCHED', calls: { nodes: [{ id: call.id }] } });
    }
    expect((await expectFold(call.id)).revision).toBe(5);
  });
});

describe('the history of joined calls', () => {
  const HISTORY = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    call(id: $id) { history(first: $first, after: $after, last: $last, before: $before) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { id cursor kind revision newValues call { id } } } } } }`;
  const page = async (id: string, args: object) => (await client.ask(HISTORY, { id, ...args })).call.history;

  /** Three records, changed in turns and joined into one. */
  async function family(): Promise<{ id: string; records: Data[] }> {
    const records = [await givenCall(client), await givenCall(client), await givenCall(client)];
    for (let round = 0; round < 4; round += 1) {
      for (const record of records) await merge(record, { [`k${round}`]: record.id });
    }
    const [one, two, three] = records;
    await join(client, two, one);
    await merge(two, { between: 1 });
    await join(client, three, two);
    await replaceCallFlow(client, { call: { id: three.id }, commands: [{ ringing: {} }] });
    return { id: three.id, records };
  }

  it('contains and counts the rows of all records, newest first, each with the call', async () => {
    const { id } = await family();
    const whole = await page(id, { first: 200 });
    expect(whole.totalCount).toBe(3 + 12 + 1 + 2 + 1);
    expect(whole.edges).toHaveLength(whole.totalCount);
    const nodes = whole.edges.map(({ node }: Data) => node);
    expect(nodes.map(({ call }: Data) => call.id)).toEqual(Array(nodes.length).fill(id));
    const cursors = nodes.map(({ cursor }: Data) => cursor);
    expect(new Set(cursors).size).toBe(cursors.length);
    expect(nodes.slice(0, 2).map(({ kind }: Data) => kind)).toEqual(['CALL_FLOW_REPLACED', 'JOINED']);
    const recorded = (await readCall(client, id)).history.nodes.map(({ recordedAt }: Data) => recordedAt);
    expect(recorded).toEqual(recorded.toSorted().toReversed());
    const ids = nodes.map((node: Data) => node.id);
    const { nodes: each } = await client.ask(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CallChange { id call { id } } } }',
      { ids },
    );
    expect(each).toEqual(ids.map((change: string) => ({ id: change, call: { id } })));
  });

  it('is in the order of revision within each record', async () => {
    const { id, records } = await family();
    const { edges } = await page(id, { first: 200 });
    const rows = await Promise.all(
      records.map(async (record) => {
        const values = edges.filter(
          ({ node }: Data) => Object.values(node.newValues.metadata ?? {})[0] === record.id,
        );
        return values.map(({ node }: Data) => node.revision);
      }),
    );
    expect(rows).toEqual(Array(3).fill([5, 4, 3, 2]));
    const joins = edges.filter(({ node }: Data) => node.kind === 'JOINED');
    expect(joins.map(({ node }: Data) => [node.revision, node.newValues.duplicate])).toEqual([
      [6, { id: records[1].id }],
      [6, { id: records[0].id }],
    ]);
  });

  it.each([1, 2, 5, 7])('is read completely by pages of %i, forward and backward', async (size) => {
    const { id, records } = await family();
    const whole = (await page(id, { first: 200 })).edges;
    const forward: Data[] = [];
    for (let after: string | null = null; ; ) {
      const part: Data = await page(records[0].id, { first: size, after });
      forward.push(...part.edges);
      expect(part.edges.length).toBeLessThanOrEqual(size);
      expect(part.pageInfo.hasNextPage).toBe(forward.length < whole.length);
      if (!part.pageInfo.hasNextPage) break;
      after = part.pageInfo.endCursor;
    }
    expect(forward).toEqual(whole);
    const back: Data[] = [];
    for (let before: string | null = null; ; ) {
      const part: Data = await page(id, { last: size, before });
      back.unshift(...part.edges);
      if (!part.pageInfo.hasPreviousPage) break;
      before = part.pageInfo.startCursor;
    }
    expect(back).toEqual(whole);
  });
});
