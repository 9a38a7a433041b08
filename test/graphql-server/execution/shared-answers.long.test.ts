import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCalls } from '../../paging/many-calls.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../../support/gateway.js';
import { NEAR_FILTERS, NEAR_JSON } from '../../support/near-equal.js';
import { type Answered, anew, type Question, type Send, sender } from './both-ways.js';

let gateway: TestGateway;
/** The keys of two organizations with equal data: two keys that may read everything, and one that may not. */
let sends: Send[];
let ids: string[];
let cursors: string[];

const CALLS = NEAR_JSON.map((a) => (a === undefined ? {} : { a }));
const UPSERT =
  'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { message } } }';

async function makeOrganization(organization: string): Promise<Client[]> {
  const owner = await gateway.client({ organization });
  const made = await makeCalls(owner, 4);
  const inputs = CALLS.map((metadata, index) => ({
    references: [{ system: 'OTHER', name: 'near', value: String(index) }],
    status: index % 2 === 0 ? 'COMPLETED' : 'RINGING',
    metadata,
  }));
  await owner.ask(UPSERT, { inputs });
  ids.push(...made.slice(0, 2));
  const { calls } = await owner.ask('{ calls(first: 2) { edges { cursor } } }');
  cursors.push(...calls.edges.map(({ cursor }: { cursor: string }) => cursor));
  return [
    owner,
    await gateway.client({ organization }),
    await gateway.client({ organization, scopes: ['CALLS_READ'] }),
  ];
}

beforeAll(async () => {
  gateway = await openTestGateway();
  [ids, cursors] = [[], []];
  const clients = [...(await makeOrganization('near-one')), ...(await makeOrganization('near-two'))];
  sends = clients.flatMap(({ token }) => [sender(gateway.url, token), sender(gateway.url, token, 'GET')]);
});
afterAll(() => gateway.close());

const FIELDS = [
  'id',
  'status',
  'metadata',
  'from',
  'revision',
  'tags',
  'duration',
  'groups { key }',
  'parent { id status }',
];

const values = (): Record<string, unknown[]> => ({
  f: NEAR_FILTERS,
  m: CALLS,
  any: [null, [], [{}], [{ a: null }], { a: null }, [{ a: 1 }], [{ a: '1' }], [{ a: 1 }, { a: '1' }]],
  n: [null, 1, 2, 3, 0, -0, 1.5, '1', 201],
  k: [1, 2, 3],
  on: [true, false, null, 'true', 1],
  o: [
    null,
    { field: 'CREATED_AT' },
    { field: 'DURATION' },
    { field: 'DURATION', direction: 'ASC' },
    { field: 'UPDATED_AT' },
  ],
  after: [null, '', ...cursors],
  id: [null, '', ...ids],
  ids: [null, [], ids[0], ids.slice(0, 1), ids.slice(0, 2), ids.toReversed(), [ids[0], ids[0]], [null]],
  status: [null, [], 'MISSED', ['MISSED'], ['INCOMING_CALL'], [null]],
  match: [null, [], 'PENDING', ['PENDING'], ['MATCHED', 'PENDING']],
});

interface Template {
  variables: string[];
  document: (fields: string) => string;
}

const TEMPLATES: Template[] = [
  {
    variables: ['f', 'n', 'o', 'after'],
    document: (
      fields,
    ) => `query ($f: CallFilter = { status: [COMPLETED] }, $n: Int = 2, $o: CallOrder, $after: String) {
      calls(filter: $f, first: $n, orderBy: $o, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
    }`,
  },
  {
    variables: ['m', 'any', 'on'],
    document: (
      fields,
    ) => `query ($m: JSONObject = { a: 1 }, $any: [JSONObject!] = [{}], $on: Boolean = true) {
      calls(filter: { metadata: { contains: $m, anyOf: $any } }, first: 5) {
        totalCount @include(if: $on) nodes { ${fields} ... @skip(if: $on) { direction } }
      }
    }`,
  },
  {
    variables: ['n', 'k', 'id', 'on'],
    document: (fields) => `query ($n: Int = 1, $k: Int = 1, $id: ID = "x", $on: Boolean! = false) {
      node(id: $id) @include(if: $on) { id ... on Call { history(first: $k) { nodes { kind } } } }
      calls(first: 30) {
        nodes {
          ${fields} a: children(first: $n) { nodes { id } totalCount } b: children(last: $k) { nodes { id } }
          history(last: $n) @skip(if: $on) { nodes { kind } } callFlows(first: 2) { nodes { revision commands { id } } }
        }
      }
    }`,
  },
  {
    variables: ['ids', 'on'],
    document: (fields) => `query ($ids: [ID!]! = [], $on: Boolean! = true) {
      nodes(ids: $ids) { id ... on Call @include(if: $on) { ${fields} } } matchRules { id } viewer { kind scopes }
    }`,
  },
  {
    variables: ['status', 'match', 'n'],
    document:
      () => `query ($status: [VoiceCallStatus!] = [INCOMING_CALL], $match: [CallEventMatch!], $n: Int) {
      voiceCalls(filter: { status: $status }, first: $n) { totalCount nodes { sourceId call { id } } }
      callEvents(filter: { match: $match }, last: $n) { totalCount nodes { id } }
    }`,
  },
];

interface Asked {
  key: number;
  question: Question;
}

interface Drawn {
  key: number;
  fields: string[];
  operationName: string | undefined;
  numbers: Record<string, number | undefined>;
}

function askedOf({ document, variables }: Template, { key, fields, operationName, numbers }: Drawn): Asked {
  const pools = values();
  const given: Variables = {};
  for (const name of variables) {
    const [pool = [], number] = [pools[name], numbers[name]];
    if (number !== undefined) given[name] = pool[number % pool.length];
  }
  const text = document(fields.join(' '));
  const named = `${text.replace('query', 'query A')} query B { viewer { name } }`;
  const question = { document: operationName === 'A' ? named : text, variables: given };
  return { key, question: operationName === undefined ? question : { ...question, operationName } };
}

const nearQuestions: fc.Arbitrary<Asked[]> = fc.constantFrom(...TEMPLATES).chain((template) => {
  const number = fc.option(fc.nat(), { nil: undefined, freq: 3 });
  const key = fc.nat();
  const fields = fc.shuffledSubarray(FIELDS, { minLength: 1, maxLength: 4 });
  const operationName = fc.constantFrom(undefined, undefined, '', 'A');
  const variable = fc
    .tuple(fc.constantFrom(...template.variables), number)
    .map(([name, value]) => ({ numbers: { [name]: value } }));
  const change: fc.Arbitrary<Partial<Drawn>> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ key }) },
    { weight: 2, arbitrary: fc.record({ fields }) },
    { weight: 1, arbitrary: fc.record({ operationName }) },
    { weight: 4, arbitrary: variable },
  );
  const numbers = fc.record(Object.fromEntries(template.variables.map((name) => [name, number])));
  return fc
    .tuple(
      fc.record({ key, fields, operationName, numbers }),
      fc.array(change, { minLength: 13, maxLength: 13 }),
    )
    .map(([first, changes]) =>
      [{}, ...changes].map((each: Partial<Drawn>) =>
        askedOf(template, { ...first, ...each, numbers: { ...first.numbers, ...each.numbers } }),
      ),
    );
});

const ask = ({ key, question }: Asked, own = question): Promise<Answered> =>
  (sends[key % sends.length] as Send)(own);

it('concurrent, nearly equal requests are each answered as if alone', async () => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(nearQuestions, async (questions) => {
      const alone: Answered[] = [];
      gateway.takeStatements();
      for (const each of questions) alone.push(await ask(each, anew(each.question)));
      const statements = gateway.takeStatements().length;
      // By graphql-js, then by the code compiled meanwhile.
      for (let round = 0; round < 2; round += 1) {
        const together = await Promise.all(questions.map((each) => ask(each)));
        for (const [index, answer] of together.entries()) {
          expect([questions[index], answer]).toEqual([questions[index], alone[index]]);
        }
      }
      // Alone, each has signed in and read separately.
      shared += 2 * statements - gateway.takeStatements().length;
    }),
    { numRuns: 20, endOnFailure: true },
  );
  expect(shared).toBeGreaterThan(50);
  expect(gateway.log).toEqual([]);
});
