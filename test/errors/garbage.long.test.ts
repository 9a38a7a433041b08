import fc from 'fast-check';
import { isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { makeWorld, type Names } from '../identity/world.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { EXAMPLES, type Example } from './examples.js';
import { documentOf, focusOn, locationsOf, put } from './locations.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  // An import that a test starts would change while it looks.
  gateway = await openTestGateway({ vendors: false });
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
afterAll(() => gateway.close());

const RUNS = { numRuns: 40 };

/** Any JSON, with keys and strings of all characters, lone surrogates and NUL included. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '\udfff',
    '__proto__',
    'constructor',
    'a'.repeat(5000),
    'BURKI',
    '1e400',
  ),
);
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 2 ** 31, 2 ** 53, 1e308, Number.MIN_VALUE, -0),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Any answer in GraphQL's format, but not an internal error. */
function expectNoFault(answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  expect(JSON.stringify(answer)).not.toContain('INTERNAL_SERVER_ERROR');
  expect(answer.data !== undefined || (answer.errors?.length ?? 0) > 0).toBe(true);
}

const isStorable = (value: unknown): boolean => {
  if (typeof value === 'string') return !/\0|\p{Cs}/u.test(value);
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member));
};

const UPSERT =
  'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { call { id metadata } errors { code path } } }';
const MERGE = `mutation ($id: ID!, $metadata: JSONObject!) {
  mergeCallMetadata(call: { id: $id }, metadata: $metadata) { call { metadata } errors { code path } }
}`;

describe('garbage', () => {
  it('as the input of upsertCall is refused without a fault', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (input) => expectNoFault(await client.send(UPSERT, { input }))),
      RUNS,
    );
  });

  it('as fields of upsertCall is refused or accepted without a fault', async () => {
    const type = publicSchema().getType('UpsertCallInput');
    const fields = isInputObjectType(type) ? Object.keys(type.getFields()) : [];
    const references = [{ system: 'OTHER', name: 'case', value: 'garbage' }];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...fields), json, { maxKeys: 3 }), async (input) =>
        expectNoFault(await client.send(UPSERT, { input: { references, ...input } })),
      ),
      RUNS,
    );
  });

  it('as metadata is stored and read back unchanged, or refused without a fault', async () => {
    const object = fc
      .array(fc.tuple(text, json), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries));
    await fc.assert(
      fc.asyncProperty(object, async (metadata) => {
        const answer = await client.send(MERGE, { id: names.call, metadata });
        expectNoFault(answer);
        const { errors, call } = answer.data?.mergeCallMetadata ?? { errors: ['none'], call: null };
        expect(errors.length === 0).toBe(isStorable(JSON.parse(JSON.stringify(metadata))));
        expect(call === null).toBe(errors.length > 0);
      }),
      RUNS,
    );
  });

  it('as any metadata argument causes no fault', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (metadata) =>
        expectNoFault(await client.send(MERGE, { id: names.call, metadata })),
      ),
      RUNS,
    );
  });

  const mutated: fc.Arbitrary<{ example: Example; seed: number; value: unknown }> = fc.record({
    example: fc.constantFrom(...EXAMPLES),
    seed: fc.nat(),
    value: json,
  });

  it('at any one location in any request causes no fault', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async ({ example, seed, value }) => {
        const args = example.args(names);
        const locations = locationsOf(example, args);
        const { path } = locations[seed % locations.length] ?? expect.fail();
        const small: Variables = focusOn(example, args, path);
        expectNoFault(await client.send(documentOf(example, small), put(small, path, value)));
      }),
      { numRuns: 90 },
    );
  });

  it('as the document causes no fault', async () => {
    const words = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      '$',
      '!',
      '@',
      '...',
      'query',
      'mutation',
      'calls',
      '"',
      '"""',
      '#',
      'id',
      '1',
      'null',
      '\n',
      'fragment',
      'on',
      'Call',
      '__typename',
    );
    const documents = fc.oneof(
      fc.array(words, { maxLength: 30 }).map((each) => each.join(' ')),
      text,
    );
    await fc.assert(
      fc.asyncProperty(documents, async (document) => expectNoFault(await client.send(document))),
      RUNS,
    );
  });

  it('as any member of the body causes no fault', async () => {
    const body = fc.record(
      { query: json, variables: json, operationName: json, extensions: json },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, json), async (given) => {
        const response = await fetch(gateway.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
          body: JSON.stringify(given),
        });
        expectNoFault({ status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) });
      }),
      RUNS,
    );
  });
});

it('afterwards the gateway has logged no fault, and the call is as readable as before', async () => {
  expect(gateway.log).toEqual([]);
  const { call } = await client.ask(
    'query ($id: ID!) { call(id: $id) { id metadata history { totalCount } } }',
    {
      id: names.call,
    },
  );
  expect(call.id).toBe(names.call);
});
