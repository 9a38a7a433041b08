import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinCalls, recordCallEvent, session, upserted } from '../../events/events.js';
import { foldOf } from '../../metadata/fold.js';
import { mergeCallsMetadata } from '../../metadata/merges.js';
import { canonical } from '../../metadata/reference.js';
import {
  createVoiceCall,
  givenCall,
  hangUpCall,
  mergeCallMetadata,
  patchVoiceCall,
  readCall,
  replaceCallFlow,
} from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { upsertCalls } from '../upserts.js';
import { VOICE_CALL } from '../voice-calls.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** Another order of requests in each round, but the same in each run. */
function shuffled<T>(things: T[], seed: number): T[] {
  const place = (index: number) => (index * 7919 + seed * 104_729) % 997;
  return things
    .map((thing, index) => ({ thing, at: place(index + 1) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ thing }) => thing);
}

/** The call's own rows count its revisions without a gap, and its metadata is the fold of all rows. */
async function expectNothingLost(id: string): Promise<Data> {
  const call = await readCall(client, id);
  const own = await gateway.database.db.execute<{ revision: number }>(
    sql`select distinct revision from call_changes where call_id = ${uuidIn(call.id)} and revision is not null order by revision`,
  );
  expect(own.map(({ revision }) => revision)).toEqual(numbers(call.revision).map((index) => index + 1));
  expect(canonical(call.metadata)).toBe(canonical(foldOf(call.history.nodes)));
  return call;
}

describe('a join loses nothing', () => {
  it('of merges, events, upserts, flows, voice calls and a hang-up that run against both ids', async () => {
    for (const round of numbers(6)) {
      const name = (record: string) => session(`${record} ${round}`);
      const group = (record: string) => ({ kind: record, key: String(round) });
      const [call, duplicate] = [
        await givenCall(client, { references: [name('c')], groups: [group('c')], status: 'RINGING' }),
        await givenCall(client, { references: [name('d')], groups: [group('d')], status: 'RINGING' }),
      ];
      const voiceCall = { ...VOICE_CALL, sourceId: `s${round}`, externalUuid: `e${round}` };
      const made = await createVoiceCall(client, {
        call: { id: duplicate.id },
        input: { ...voiceCall, status: 'INCOMING_CALL' },
      });
      const ofBoth = (write: (record: Data, letter: string) => Promise<unknown>) =>
        [write(call, 'c'), write(duplicate, 'd')] as const;
      const writes: (() => Promise<Data> | readonly Promise<unknown>[])[] = [
        () => joinCalls(client, { id: call.id }, { id: duplicate.id }),
        ...numbers(3).map(
          (index) => () =>
            ofBoth((record, letter) =>
              mergeCallMetadata(client, {
                call: index % 2 ? { id: record.id } : { reference: name(letter) },
                metadata: { [`merge ${letter}${index}`]: 1 },
              }),
            ),
        ),
        () =>
          mergeCallsMetadata(client, [
            { call: { id: duplicate.id }, metadata: { 'batch d': 1 } },
            { call: { id: call.id }, metadata: { 'batch c': 1 } },
          ]),
        () =>
          ofBoth((_, letter) =>
            recordCallEvent(client, {
              target: { sessionId: `${letter} ${round}` },
              metadata: { [`event ${letter}`]: 1 },
              eventTime: new Date(Date.now() - 1000 * round).toISOString(),
            }),
          ),
        () =>
          ofBoth((_, letter) =>
            recordCallEvent(client, {
              target: { group: group(letter) },
              metadata: { [`group event ${letter}`]: 1 },
            }),
          ),
        () =>
          ofBoth((_, letter) =>
            upserted(client, { references: [name(letter)], metadata: { [`upsert ${letter}`]: 1 } }),
          ),
        () =>
          upsertCalls(client, [
            { references: [name('d')], metadata: { 'item d': 1 } },
            { references: [name('c')], metadata: { 'item c': 1 } },
          ]),
        () =>
          ofBoth((record) =>
            replaceCallFlow(client, { call: { id: record.id }, commands: [{ ringing: {} }] }),
          ),
        () =>
          patchVoiceCall(client, {
            voiceCall: { id: made.voiceCall.id },
            input: { callSummary: `r${round}` },
          }),
      ];
      const answers = await Promise.all(shuffled(writes, round).flatMap((write) => write()));
      const payloads: Data[] = answers.flat();
      expect(payloads.flatMap(({ errors = [] }) => errors)).toEqual([]);

      const after = await expectNothingLost(duplicate.id);
      expect(after.id).toBe(call.id);
      const letters = ['c', 'd'];
      const keys = letters.flatMap((letter) => [
        ...numbers(3).map((index) => `merge ${letter}${index}`),
        ...['batch', 'event', 'group event', 'upsert', 'item'].map((write) => `${write} ${letter}`),
      ]);
      expect(Object.keys(after.metadata).toSorted()).toEqual(keys.toSorted());
      expect(after.callFlows.nodes.map(({ revision, status }: Data) => [revision, status])).toEqual([
        [2, 'ACTIVE'],
        [1, 'SUPERSEDED'],
      ]);
      expect(after).toMatchObject({
        voiceCall: { id: made.voiceCall.id, callSummary: `r${round}`, revision: 2 },
        groups: [group('c'), group('d')],
      });
    }
  });

  it('of a hang-up by the duplicate’s id: one of the two records has it in its history', async () => {
    for (const round of numbers(8)) {
      const call = await givenCall(client, { status: 'RINGING' });
      const duplicate = await givenCall(client, { status: 'RINGING' });
      const [hungUp] = await Promise.all(
        shuffled(
          [
            () => hangUpCall(client, { id: duplicate.id }),
            () => joinCalls(client, { id: call.id }, { id: duplicate.id }),
          ],
          round,
        ).map((write) => write()),
      );
      expect(hungUp.errors).toEqual([]);
      const after = await expectNothingLost(call.id);
      const kinds = after.history.nodes.map(({ kind }: Data) => kind);
      expect(kinds.filter((kind: string) => kind === 'HUNG_UP')).toHaveLength(1);
    }
  });

  it('of concurrent children and parents by reference', async () => {
    for (const round of numbers(8)) {
      const reference = session(`parent ${round}`);
      const call = await givenCall(client);
      const duplicate = await givenCall(client);
      const writes = [
        () => joinCalls(client, { id: call.id }, { id: duplicate.id }),
        () => givenCall(client, { parent: { id: duplicate.id } }),
        () => givenCall(client, { parent: { reference } }),
        () => upserted(client, { references: [...duplicate.references, reference] }),
      ];
      const answers: Data[] = await Promise.all(shuffled(writes, round).map((write) => write()));
      expect(answers.flatMap(({ errors = [] }) => errors)).toEqual([]);
      const { call: after } = await client.ask(
        'query ($id: ID!) { call(id: $id) { id references { value } children { totalCount } } }',
        { id: duplicate.id },
      );
      expect(after).toMatchObject({ id: call.id, children: { totalCount: 2 } });
      expect(after.references).toHaveLength(3);
      await expectNothingLost(call.id);
    }
  });
});

describe('concurrent joins', () => {
  it('in opposite directions leave exactly one record', async () => {
    for (const round of numbers(8)) {
      const [one, two] = [await givenCall(client, { metadata: { one: 1 } }), await givenCall(client)];
      const payloads: Data[] = await Promise.all([
        joinCalls(client, { id: one.id }, { id: two.id }),
        joinCalls(client, { id: two.id }, { id: one.id }),
        mergeCallMetadata(client, { call: { id: one.id }, metadata: { round } }),
      ]);
      expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
      const { nodes } = await client.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: [one.id, two.id],
      });
      expect(nodes[0].id).toBe(nodes[1].id);
      expect(new Set(payloads.slice(0, 2).map(({ call }) => call.id)).size).toBe(1);
      const after = await expectNothingLost(nodes[0].id);
      expect(after).toMatchObject({ metadata: { one: 1, round } });
      const joins = after.history.nodes.filter(({ kind }: Data) => kind === 'JOINED');
      expect(joins).toHaveLength(1);
    }
  });

  it('of one record into many, in chains and in cycles leave one call of each family', async () => {
    for (const round of numbers(6)) {
      const records: Data[] = [];
      for (const index of numbers(5))
        records.push(await givenCall(client, { metadata: { [`k${index}`]: round } }));
      const pairs = numbers(5).map((index) => [records[index], records[(index + 1 + (round % 3)) % 5]]);
      const payloads = await Promise.all([
        ...pairs.map(([into, from]) => joinCalls(client, { id: into.id }, { id: from.id })),
        ...records.map(({ id }, index) =>
          mergeCallMetadata(client, { call: { id }, metadata: { [`m${index}`]: 1 } }),
        ),
        ...[records, records.toReversed()].map((order, index) =>
          mergeCallsMetadata(
            client,
            order.map(({ id }) => ({ call: { id }, metadata: { [`b${index}`]: id } })),
          ),
        ),
      ]);
      expect(payloads.flat().flatMap(({ errors }) => errors)).toEqual([]);
      const { nodes } = await client.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: records.map(({ id }) => id),
      });
      expect(new Set(nodes.map(({ id }: Data) => id)).size).toBe(1);
      const after = await expectNothingLost(nodes[0].id);
      expect(Object.keys(after.metadata)).toHaveLength(12);
      expect(after.references).toHaveLength(5);
    }
  });
});

describe('merges by the id of a record that was joined', () => {
  it('never deadlock with a join of its call', async () => {
    for (const _round of numbers(6)) {
      const [call, between, first] = [
        await givenCall(client),
        await givenCall(client),
        await givenCall(client),
      ];
      await joinCalls(client, { id: between.id }, { id: first.id });
      gateway.takeStatements();
      const payloads: Data[] = await Promise.all([
        joinCalls(client, { id: call.id }, { id: between.id }),
        ...numbers(32).map((index) =>
          mergeCallMetadata(client, { call: { id: first.id }, metadata: { [`k${index}`]: 1 } }),
        ),
      ]);
      expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
      // A transaction that was rolled back and retried would be counted twice.
      const statements = gateway.takeStatements();
      expect(statements.filter((each) => each.includes('merge_call_metadata'))).toHaveLength(32);
      expect(statements.filter((each) => each.includes('pg_advisory_xact_lock('))).toHaveLength(1);
      expect(Object.keys((await expectNothingLost(first.id)).metadata)).toHaveLength(32);
    }
  });

  it('never deadlock with batches that name it and its call', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    const payloads = await Promise.all(
      numbers(80).map((index): Promise<Data> => {
        const metadata = { [`k${index}`]: 1 };
        if (index % 2) return mergeCallMetadata(client, { call: { id: duplicate.id }, metadata });
        const calls = [call, duplicate].map(({ id }) => ({ call: { id }, metadata }));
        return mergeCallsMetadata(client, calls);
      }),
    );
    expect(payloads.flat().flatMap(({ errors }) => errors)).toEqual([]);
    expect(Object.keys((await expectNothingLost(call.id)).metadata)).toHaveLength(80);
  });
});
