import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { other } from '../../events/events.js';
import { readCall, readCalls, upsertCall } from '../../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { callOf, upsertCalls } from '../upserts.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** Few values, so that items collide. */
const reference = fc.constantFrom('a', 'b', 'c', 'd').map(other);
const group = fc.constantFrom('z', 'y', 'x').map((key) => ({ kind: 'k', key }));
const key = fc.constantFrom('m', 'n', '__proto__');
const metadata = fc
  .array(fc.tuple(key, fc.constantFrom(1, 2, null, [null], 1.5)), { maxLength: 2 })
  .map((entries): object => Object.fromEntries(entries))
  .chain((flat) => fc.constantFrom(flat, { nested: flat }));
const upsert = fc.record(
  {
    references: fc.uniqueArray(reference, { minLength: 1, maxLength: 2 }),
    groups: fc.array(group, { maxLength: 2 }),
    parent: fc.oneof(
      { weight: 4, arbitrary: reference.map((each) => ({ reference: each })) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    status: fc.constantFrom('RINGING', 'COMPLETED', 'FAILED'),
    vendorStatus: fc.constantFrom('ringing', 'completed', 'odd', null),
    direction: fc.constantFrom('INBOUND', 'OUTBOUND'),
    from: fc.constantFrom('+1', '+2', null),
    customerNumber: fc.constantFrom('+3', null),
    duration: fc.constantFrom(0, 5, -1, null),
    vendorUpdatedAt: fc.constantFrom('2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z', null),
    metadata,
    tags: fc.constantFrom(['t'], [], null),
    hangup: fc.constantFrom({ causeCode: 1, source: null }, { causeCode: 1 }, {}, null),
    cost: fc.constantFrom({ total: '0.50' }, { total: '0.5' }),
    callFlow: fc.constantFrom([{ ringing: {} }], [{ hangup: {} }]),
  },
  { requiredKeys: ['references'] },
);

/** Replaces ids of calls by their positions, and removes all other ids and times. */
function comparable(value: Data, calls: string[]): Data {
  const text = JSON.stringify(value, (name, member) =>
    ['createdAt', 'updatedAt', 'recordedAt', 'effectiveAt', 'patchOrder'].includes(name) ? undefined : member,
  );
  return JSON.parse(
    text.replaceAll(
      /\b[a-z_]+_[0-9a-hjkmnp-tv-z]{26}\b/g,
      (id) => `<${id.startsWith('call_0') ? calls.indexOf(id) : 'id'}>`,
    ),
  );
}

/** The payloads, and every call with its history in the order of its patches. */
async function valueOrRefusal(asked: Client, payloads: Data[]): Promise<Data> {
  const calls = (await readCalls(asked)).toReversed();
  const ids = calls.map(({ id }) => id);
  const orders = calls.map(({ history }) =>
    history.nodes
      .map(({ patchOrder }: Data, index: number) => [patchOrder, index])
      .filter(([order]: Data) => order !== null)
      .toSorted()
      .map(([, index]: Data) => index),
  );
  const shown = payloads.map(({ created, errors, call }) => ({
    created,
    errors: errors.map(({ path, ...error }: Data) => ({
      ...error,
      path: path.slice(path[0] === 'inputs' ? 2 : 1),
    })),
    call: call && {
      ...Object.fromEntries(
        [
          'id',
          'direction',
          'status',
          'vendorStatus',
          'from',
          'customerNumber',
          'tags',
          'duration',
          'vendorUpdatedAt',
          'metadata',
          'revision',
        ].map((field) => [field, call[field]]),
      ),
      parent: call.parent?.id ?? null,
    },
  }));
  return { ...comparable({ shown, calls }, ids), orders };
}

describe('a batch', () => {
  it('has the same result as the same upserts one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(upsert, { minLength: 1, maxLength: 8 }), async (inputs: Variables[]) => {
        const [together, apart] = [await gateway.client(), await gateway.client()];
        const singles = [];
        for (const input of inputs) singles.push(await upsertCall(apart, input));
        const batch = await upsertCalls(together, inputs);
        expect(await valueOrRefusal(together, batch)).toEqual(await valueOrRefusal(apart, singles));
      }),
      {
        numRuns: 20,
        examples: [
          [['z', 'y', 'x'].map((name) => ({ references: [other('a')], groups: [{ kind: 'k', key: name }] }))],
        ],
      },
    );
  });

  it('needs as many statements for 500 items as for 2', async () => {
    const statementsOf = async (name: string, count: number) => {
      const items = (more: object) =>
        numbers(count).map((index) => ({
          references: [other(`${name} ${index}`), other(`${name} ${index} more`)],
          groups: [{ kind: name, key: String(index) }],
          parent: { reference: other(`${name} ${(index + 1) % count} parent`) },
          metadata: { index },
          ...more,
        }));
      const counts: number[] = [];
      const run = async (inputs: Variables[]) => {
        gateway.takeStatements();
        const { data, errors } = await client.send(
          'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { created errors { code } } }',
          { inputs },
        );
        counts.push(gateway.takeStatements().filter((statement) => !statement.includes('api_keys')).length);
        expect(errors).toBeUndefined();
        expect(data.upsertCalls.flatMap((payload: Data) => payload.errors)).toEqual([]);
      };
      await run(items({ callFlow: [{ ringing: {} }, { hangup: {} }] }));
      await run(items({ status: 'COMPLETED', tags: [name] }));
      await run(items({ status: 'COMPLETED', tags: [name] }));
      const parents = numbers(count).map((index) => ({ references: [other(`${name} ${index} parent`)] }));
      await run(parents);
      return counts;
    };
    // Created, changed, unchanged, and created as the awaited parents of all.
    expect(await statementsOf('few', 2)).toEqual([13, 11, 11, 10]);
    expect(await statementsOf('some', 60)).toEqual([13, 11, 11, 10]);
    // So many references take one lock instead of one each.
    expect(await statementsOf('many', 500)).toEqual([12, 10, 10, 10]);
  });

  it('loses nothing and does not deadlock with batches of the same calls in another order', async () => {
    const rounds = numbers(6);
    const names = numbers(40);
    const payloads = await Promise.all(
      rounds.map((round) => {
        const order = round % 2 ? names : names.toReversed();
        return upsertCalls(
          client,
          order.map((name) => ({
            references: [other(`shared ${name}`), other(`own ${name} ${round}`)],
            groups: [{ kind: 'shared', key: String(name % 7) }],
            metadata: { [`k${round}`]: name },
            ...(name > 0 && { parent: { reference: other(`shared ${name - 1}`) } }),
          })),
        );
      }),
    );
    expect(payloads.flat().flatMap(({ errors }) => errors)).toEqual([]);
    expect(payloads.flat().filter(({ created }) => created)).toHaveLength(40);
    for (const name of names) {
      const { id, references, metadata: merged } = await callOf(client, `shared ${name}`);
      expect(references).toHaveLength(7);
      expect(merged).toEqual(Object.fromEntries(rounds.map((round) => [`k${round}`, name])));
      const call = await readCall(client, id);
      const revisions = call.history.nodes.map(({ revision }: Data) => revision);
      expect(revisions).toEqual(numbers(call.revision).map((index) => call.revision - index));
    }
    expect(gateway.log.join('')).not.toContain('failed');
  });
});
