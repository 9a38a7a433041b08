import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergePatch } from '../../src/metadata/merge-patch.js';
import { givenSender } from '../support/deliveries.js';
import { mergeCallMetadata } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import {
  assignCallEvent,
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

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const dismiss = async (id: string): Promise<Data> =>
  (
    await client.ask(
      'mutation ($id: ID!) { payload: dismissCallEvent(id: $id) { event { id match } errors { code path } } }',
      { id },
    )
  ).payload;

const foldOf = ({ history }: Data) =>
  history
    .filter(({ patch }: Data) => patch !== null)
    .toSorted((a: Data, b: Data) => (a.patchOrder < b.patchOrder ? -1 : 1))
    .reduce((metadata: unknown, { patch }: Data) => mergePatch(metadata, patch), {});

let names = 0;
const fresh = () => `dismissed-${++names}`;

describe('dismissCallEvent', () => {
  it('folds the metadata anew without an event in the middle, and logs what changed', async () => {
    const call = await upserted(client, { references: [session(fresh())], metadata: {} });
    const target = { call: { id: call.id } };
    await recordCallEvent(client, { target, eventTime: past(30), metadata: { a: 1, b: 1 } });
    const { event } = await recordCallEvent(client, {
      target,
      eventTime: past(20),
      metadata: { a: 2, c: { d: 1 } },
    });
    await recordCallEvent(client, { target, eventTime: past(10), metadata: { c: { e: 1 } } });
    expect(await dismiss(event.id)).toEqual({ event: { id: event.id, match: 'DISMISSED' }, errors: [] });
    const after = await withHistory(client, call.id);
    expect(after.metadata).toEqual({ a: 1, b: 1, c: { e: 1 } });
    expect(foldOf(after)).toEqual(after.metadata);
    expect(after.history.at(-1)).toMatchObject({
      ...{ kind: 'EVENT_DISMISSED', revision: after.revision, patch: null, event: { id: event.id } },
      oldValues: { metadata: { a: 2, c: { d: 1, e: 1 } } },
      newValues: { metadata: { a: 1, c: { e: 1 } } },
    });
    expect(await dismiss(event.id)).toMatchObject({ errors: [] });
    expect((await withHistory(client, call.id)).revision).toBe(after.revision);
  });

  it('never counts it again: not by a late event, a join, or the same event once more', async () => {
    const name = fresh();
    const call = await upserted(client, { references: [session(name)] });
    const input = { target: { sessionId: name }, eventId: name, eventTime: past(20), metadata: { a: 2 } };
    const { event } = await recordCallEvent(client, input);
    await dismiss(event.id);
    await recordCallEvent(client, {
      target: { sessionId: name },
      eventTime: past(30),
      metadata: { a: 1, b: 1 },
    });
    expect((await withHistory(client, call.id)).metadata).toEqual({ a: 1, b: 1 });
    expect((await recordCallEvent(client, input)).event).toMatchObject({ id: event.id, match: 'DISMISSED' });
    const duplicate = await upserted(client, { references: [other(name)], metadata: { c: 1 } });
    await joinCalls(client, { id: duplicate.id }, { id: call.id });
    const joined = await withHistory(client, duplicate.id);
    expect(joined.metadata).toEqual({ a: 1, b: 1, c: 1 });
    expect(foldOf(joined)).toEqual(joined.metadata);
  });

  it('ends the waiting of PENDING and AMBIGUOUS events', async () => {
    const name = fresh();
    const { matchRule } = await createMatchRule(client, { name, metadataPath: [name], callField: 'FROM' });
    const { event: named } = await recordCallEvent(client, {
      target: { sessionId: name },
      metadata: { a: 1 },
    });
    const { event: ruled } = await recordCallEvent(client, { metadata: { [name]: '+4930888001' } });
    const { event: grouped } = await recordCallEvent(client, {
      target: { group: { kind: 'case', key: name } },
      metadata: { g: 1 },
    });
    for (const value of ['one', 'two'])
      await upserted(client, { references: [other(name + value)], from: '+4930888002' });
    const { event: ambiguous } = await recordCallEvent(client, { metadata: { [name]: '+4930888002' } });
    expect(ambiguous.match).toBe('AMBIGUOUS');
    for (const { id } of [named, ruled, grouped, ambiguous])
      expect((await dismiss(id)).event.match).toBe('DISMISSED');
    const call = await upserted(client, {
      ...{ references: [session(name)], from: '+4930888001', groups: [{ kind: 'case', key: name }] },
    });
    expect(call.metadata).toEqual({});
    expect((await readEvent(client, named.id)).match).toBe('DISMISSED');
    await client.ask('mutation ($id: ID!) { deleteMatchRule(id: $id) { id } }', { id: matchRule.id });
  });

  it("withdraws a group's event from all its calls, and from those that join later", async () => {
    const groups = [{ kind: 'case', key: fresh() }];
    const calls = [fresh(), fresh()].map((value) => upserted(client, { references: [other(value)], groups }));
    const ids = (await Promise.all(calls)).map(({ id }) => id);
    const { event } = await recordCallEvent(client, { target: { group: groups[0] }, metadata: { g: 1 } });
    await dismiss(event.id);
    const late = await upserted(client, { references: [other(fresh())], groups });
    for (const id of [...ids, late.id]) expect((await withHistory(client, id)).metadata).toEqual({});
  });

  it('needs one statement, of a group too, and again', async () => {
    const group = { kind: 'case', key: fresh() };
    await upserted(client, { references: [other(fresh())], groups: [group] });
    const { event } = await recordCallEvent(client, { target: { group }, metadata: { g: 1 } });
    for (const _ of [1, 2]) {
      gateway.takeStatements();
      await dismiss(event.id);
      // The first is the query for the key.
      expect(gateway.takeStatements().slice(1)).toEqual([expect.stringContaining('dismiss_call_event(')]);
    }
  });

  it('is undone by assignCallEvent', async () => {
    const call = await upserted(client, { references: [other(fresh())], metadata: {} });
    const { event } = await recordCallEvent(client, {
      target: { call: { id: call.id } },
      metadata: { a: 1 },
    });
    await dismiss(event.id);
    expect((await assignCallEvent(client, event.id, { id: call.id })).event.match).toBe('MATCHED');
    const after = await withHistory(client, call.id);
    expect(after.metadata).toEqual({ a: 1 });
    expect(foldOf(after)).toEqual(after.metadata);
  });

  it('gives up what was not sent of it, and sends the new metadata', async () => {
    const own = await gateway.client();
    const account = await givenSender(gateway.database, own, { kinds: ['EVENT', 'METADATA'] });
    const call = await upserted(own, { references: [{ system: 'BURKI', name: 'id', value: '9' }] });
    const { event } = await recordCallEvent(own, { target: { call: { id: call.id } }, metadata: { a: 1 } });
    await own.ask('mutation ($id: ID!) { dismissCallEvent(id: $id) { errors { code } } }', { id: event.id });
    const { deliveries } = await own.ask('{ deliveries { nodes { kind state account { id } } } }');
    expect(deliveries.nodes).toContainEqual({ kind: 'EVENT', state: 'DISCARDED', account: { id: account } });
    expect(deliveries.nodes).toContainEqual({ kind: 'METADATA', state: 'PENDING', account: { id: account } });
  });

  it('an unknown event is NOT_FOUND', async () => {
    expect(await dismiss('call_event_01h2xcejqtf2nbrexx3vqjhp41')).toEqual({
      event: null,
      errors: [{ code: 'NOT_FOUND', path: ['id'] }],
    });
  });

  it('whatever came before and comes after, the metadata is the fold of what was not dismissed', async () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(null));
    const patch = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)), { maxKeys: 3 });
    const write = fc.record({ patch, seconds: fc.integer({ min: 0, max: 9 }), isEvent: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.array(write, { maxLength: 3 }),
        async (writes, dismissed, later) => {
          const call = await upserted(client, { references: [other(fresh())] });
          const events: string[] = [];
          const perform = async (all: typeof writes) => {
            for (const { patch: metadata, seconds, isEvent } of all) {
              const target = { call: { id: call.id } };
              if (!isEvent) await mergeCallMetadata(client, { call: { id: call.id }, metadata });
              else {
                const { event } = await recordCallEvent(client, {
                  target,
                  eventTime: past(60 + seconds),
                  metadata,
                });
                events.push(event.id);
              }
            }
          };
          await perform(writes);
          for (const which of dismissed) {
            const id = events[which % Math.max(1, events.length)];
            if (id !== undefined) await dismiss(id);
          }
          await perform(later);
          const after = await withHistory(client, call.id);
          expect(after.metadata).toEqual(foldOf(after));
          const gone = new Set(
            after.history
              .filter(({ kind }: Data) => kind === 'EVENT_DISMISSED')
              .map(({ event }: Data) => event.id),
          );
          const counting = after.history.filter(({ patch: each }: Data) => each !== null);
          expect(counting.some(({ event }: Data) => gone.has(event?.id))).toBe(false);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 12) },
    );
  });
});

describe('an AMBIGUOUS event', () => {
  it('has its candidates, newest first and in pages, and the rule that finds them', async () => {
    const name = fresh();
    const { matchRule } = await createMatchRule(client, { name, metadataPath: [name], callField: 'FROM' });
    const ids: string[] = [];
    for (const value of ['1', '2', '3']) {
      const call = await upserted(client, { references: [other(name + value)], from: '+4930888003' });
      ids.unshift(call.id);
    }
    const { event } = await recordCallEvent(client, { metadata: { [name]: '+49 30 888003' } });
    const read = async (page: string): Promise<Data> =>
      (
        await client.ask(
          `query ($id: ID!) { node(id: $id) { ... on CallEvent { decidedBy { id } candidates(${page}) {
            totalCount nodes { id from } pageInfo { hasNextPage endCursor hasPreviousPage } } } } }`,
          { id: event.id },
        )
      ).node;
    const first = await read('first: 2');
    expect(first.decidedBy.id).toBe(matchRule.id);
    expect(first.candidates).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(first.candidates.nodes.map(({ id }: Data) => id)).toEqual(ids.slice(0, 2));
    const second = await read(`first: 2, after: "${first.candidates.pageInfo.endCursor}"`);
    expect(second.candidates.nodes).toEqual([{ id: ids[2], from: '+4930888003' }]);
    const last = await read('last: 1');
    expect(last.candidates.nodes.map(({ id }: Data) => id)).toEqual([ids[2]]);
    await assignCallEvent(client, event.id, { id: ids[0] });
    expect(await read('first: 2')).toMatchObject({
      decidedBy: null,
      candidates: { totalCount: 0, nodes: [] },
    });
    await client.ask('mutation ($id: ID!) { deleteMatchRule(id: $id) { id } }', { id: matchRule.id });
  });
});

describe('updateMatchRule', () => {
  const update = async (id: string, input: object): Promise<Data> =>
    (
      await client.ask(
        `mutation ($id: ID!, $input: UpdateMatchRuleInput!) { payload: updateMatchRule(id: $id, input: $input) {
          matchRule { id name metadataPath callField callMetadataPath windowMinutes } errors { code path } } }`,
        { id, input },
      )
    ).payload;

  it('changes what is given, and applies the rule to the events that wait', async () => {
    const name = fresh();
    const { matchRule } = await createMatchRule(client, { name, metadataPath: ['none'], callField: 'FROM' });
    const call = await upserted(client, {
      references: [other(name)],
      from: '+4930888004',
      metadata: { crm: name },
    });
    const { event } = await recordCallEvent(client, { metadata: { [name]: '+4930888004' } });
    expect(event.match).toBe('PENDING');
    const { matchRule: changed } = await update(matchRule.id, { metadataPath: [name] });
    expect(changed).toEqual({
      ...{
        id: matchRule.id,
        name,
        metadataPath: [name],
        callField: 'FROM',
        callMetadataPath: null,
        windowMinutes: 1440,
      },
    });
    expect(await readEvent(client, event.id)).toMatchObject({
      match: 'MATCHED',
      calls: { nodes: [{ id: call.id }] },
    });
    const { event: other_ } = await recordCallEvent(client, { metadata: { key: name } });
    await update(matchRule.id, { callField: 'METADATA', callMetadataPath: ['crm'], metadataPath: ['key'] });
    expect((await readEvent(client, other_.id)).match).toBe('MATCHED');
    expect((await update(matchRule.id, { callField: 'TO' })).matchRule.callMetadataPath).toBeNull();
    await client.ask('mutation ($id: ID!) { deleteMatchRule(id: $id) { id } }', { id: matchRule.id });
    expect((await update(matchRule.id, { name: 'x' })).errors).toEqual([{ code: 'NOT_FOUND', path: ['id'] }]);
  });

  it('refuses what would make the rule wrong', async () => {
    const { matchRule } = await createMatchRule(client, {
      name: fresh(),
      metadataPath: ['a'],
      callField: 'FROM',
    });
    const path = ['input', 'callMetadataPath'];
    expect((await update(matchRule.id, { callField: 'METADATA' })).errors).toEqual([
      { code: 'INVALID', path },
    ]);
    expect((await update(matchRule.id, { callMetadataPath: ['a'] })).errors).toEqual([
      { code: 'INVALID', path },
    ]);
    expect((await update(matchRule.id, { name: null })).errors).toEqual([
      { code: 'INVALID', path: ['input', 'name'] },
    ]);
    await client.ask('mutation ($id: ID!) { deleteMatchRule(id: $id) { id } }', { id: matchRule.id });
  });
});
