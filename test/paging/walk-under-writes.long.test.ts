import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upsertCalls } from '../intake/upserts.js';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { type List, pageOf } from './walk.js';

const CALLS = 24;
const RUNS = 2;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

/** What other clients do meanwhile. `call` chooses one of the existing calls. */
interface Write {
  kind: 'new' | 'update' | 'merge' | 'flow' | 'voice call';
  call: number;
  duration: number | null;
  startedAt: string | null;
}

const values = {
  duration: fc.option(fc.constantFrom(0, 1, 2, 3, 600)),
  startedAt: fc.option(
    fc.constantFrom(1, 2, 3, 28).map((day) => `2024-02-${String(day).padStart(2, '0')}T00:00:00Z`),
  ),
};
const write = fc.record<Write>({
  kind: fc.constantFrom('new', 'update', 'merge', 'flow', 'voice call'),
  call: fc.nat(CALLS - 1),
  ...values,
});

const MERGE = `mutation ($id: ID!, $value: Int!) {
  mergeCallMetadata(call: { id: $id }, metadata: { value: $value }) { errors { message } }
}`;
const FLOW =
  'mutation ($id: ID!) { replaceCallFlow(call: { id: $id }, commands: [{ hangup: {} }]) { errors { message } } }';
const VOICE_CALL = `mutation ($id: ID!, $name: String!, $duration: Int) {
  createVoiceCall(call: { id: $id }, input: {
    staffUid: "s", clientUid: "c", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
    status: MISSED, rate: "0", provider: VONAGE, duration: $duration, sourceId: $name, externalUuid: $name
  }) { errors { message } }
}`;

type Field = 'CREATED_AT' | 'STARTED_AT' | 'UPDATED_AT' | 'DURATION';
/** The orders in which a write may move an existing call. */
const MOVES: Record<Write['kind'], Field[]> = {
  new: [],
  update: ['STARTED_AT', 'UPDATED_AT', 'DURATION'],
  merge: ['UPDATED_AT'],
  flow: ['UPDATED_AT'],
  'voice call': ['UPDATED_AT', 'DURATION'],
};

async function perform(client: Client, { kind, duration, startedAt }: Write, id: string): Promise<void> {
  if (kind === 'new') await givenCall(client, { duration, startedAt });
  if (kind === 'update') {
    const references = [{ system: 'OTHER', name: 'own', value: id }];
    await client.ask(
      'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { message } } }',
      {
        input: { references, duration, startedAt },
      },
    );
  }
  if (kind === 'merge') await client.ask(MERGE, { id, value: Math.floor(Math.random() * 1e9) });
  if (kind === 'flow') await client.ask(FLOW, { id });
  if (kind === 'voice call') await client.ask(VOICE_CALL, { id, name: id, duration });
}

/** Reads the whole list page by page, each page during writes, and returns the ids in order. */
async function walk(
  client: Client,
  list: List,
  way: string,
  size: number,
  during: (page: number) => Promise<unknown>,
): Promise<string[]> {
  const ids: string[] = [];
  const isForward = way === 'forward';
  let cursor: string | null = null;
  for (let number = 0; ; number += 1) {
    const args: Variables = isForward ? { first: size, after: cursor } : { last: size, before: cursor };
    const [page] = await Promise.all([pageOf(client, list, args), during(number)]);
    const nodes = page.nodes.map(({ id }) => id);
    ids.push(...(isForward ? nodes : nodes.toReversed()));
    const { hasNextPage, hasPreviousPage, endCursor, startCursor } = page.pageInfo;
    if (!(isForward ? hasNextPage : hasPreviousPage)) return ids;
    cursor = isForward ? endCursor : startCursor;
  }
}

async function makeCalls(client: Client): Promise<string[]> {
  const inputs = fc.sample(fc.record(values), { seed: 3, numRuns: CALLS }).map((input, index) => ({
    ...input,
    references: [{ system: 'OTHER', name: 'number', value: `${index}` }],
  }));
  const made = await upsertCalls(client, inputs);
  const ids: string[] = made.map(({ call }) => call.id);
  const named = inputs.map(({ references }, index) => ({
    references: [...references, { system: 'OTHER', name: 'own', value: ids[index] }],
  }));
  const payloads = await upsertCalls(client, named);
  expect(payloads.map(({ call }) => call.id)).toEqual(ids);
  expect(new Set(ids).size).toBe(CALLS);
  return ids;
}

describe.each(['CREATED_AT', 'STARTED_AT', 'UPDATED_AT', 'DURATION'] as const)(
  'a walk in the order %s',
  (field) => {
    it.each([
      ['ASC', 'forward'],
      ['ASC', 'backward'],
      ['DESC', 'forward'],
      ['DESC', 'backward'],
    ])('%s, %s, gives each call that does not move meanwhile exactly once', async (direction, way) => {
      const client = await gateway.client();
      const ids = await makeCalls(client);
      const list = { field: 'calls', orderBy: { field, direction } };
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 6 }),
          fc.array(fc.array(write, { maxLength: 4 }), { minLength: 2, maxLength: 12 }),
          async (size, batches) => {
            const before: string[] = (
              await client.ask('{ calls(first: 200) { nodes { id } } }')
            ).calls.nodes.map(({ id }: { id: string }) => id);
            const moved = new Set<string>();
            const during = (page: number) =>
              Promise.all(
                (batches[page] ?? []).map((each) => {
                  const id = ids[each.call] ?? '';
                  if (MOVES[each.kind].includes(field)) moved.add(id);
                  return perform(client, each, id);
                }),
              );
            const seen = await walk(client, list, way, size, during);
            const times = new Map<string, number>();
            for (const id of seen) times.set(id, (times.get(id) ?? 0) + 1);
            const wrong = before.filter((id) => !moved.has(id) && times.get(id) !== 1);
            expect(wrong).toEqual([]);
            if (field === 'CREATED_AT') expect(new Set(seen).size).toBe(seen.length);
          },
        ),
        // A failing run's writes remain, so a smaller example would start from another state.
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  },
);
