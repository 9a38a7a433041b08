import fc from 'fast-check';
import { type GraphQLLeafType, isEnumType, isIntrospectionType, isLeafType, isScalarType } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { openLiveClient, TRANSPORTS } from './transports.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ graphqlMaxFilterNodes: 100_000, graphqlMaxDefinitions: 1000 });
  client = await gateway.client();
});
afterAll(() => gateway?.close());

const digits = fc.stringMatching(/^[1-9][0-9]{3}$/);
const instant = fc.date({ min: new Date(0), max: new Date('2030-01-01'), noInvalidDate: true });
/**
 * JSON with numbers that JSONObject accepts. It refuses those that would be rounded; null members would be removed by
 * the merge.
 */
const exact = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (_key, value) => {
    if (value === null) return undefined;
    return typeof value === 'number' ? value % 1e6 : value;
  });

const SCALARS: Record<string, fc.Arbitrary<unknown>> = {
  String: fc.string(),
  ID: fc.oneof(fc.string(), fc.integer()),
  Int: fc.integer(),
  Float: fc.integer().map((eighths) => eighths / 8),
  Boolean: fc.boolean(),
  DateTime: fc.oneof(
    instant.map((date) => date.toISOString()),
    instant.map((date) => `${date.toISOString().slice(0, 19)}+02:00`),
  ),
  Decimal: fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}00`),
  PhoneNumber: digits.map((number) => `+1555123${number}`),
  URL: digits.map((number) => `https://EXAMPLE.com/${number}`),
  JSONObject: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
    .map(exact),
};

const LEAVES = Object.values(publicSchema().getTypeMap()).filter(
  (type): type is GraphQLLeafType => isLeafType(type) && !isIntrospectionType(type),
);

function valuesOf(type: GraphQLLeafType): fc.Arbitrary<unknown> {
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  const values = SCALARS[type.name];
  if (values === undefined) throw new Error(`No values are drawn for ${type.name}.`);
  return values;
}

/** A variable with two values: alone, in lists, or in lists of lists. */
const variable = fc.constantFrom(...LEAVES).chain((type) => {
  const value = valuesOf(type);
  const item = fc.option(value, { freq: 8 });
  const [list, lists] = [
    fc.array(item, { maxLength: 3 }),
    fc.array(fc.array(item, { maxLength: 2 }), { maxLength: 2 }),
  ];
  return fc.oneof(
    ...(
      [
        [type.name, value],
        [`[${type.name}]`, list],
        [`[[${type.name}]]`, lists],
      ] as const
    ).map(([name, values]) => fc.record({ type: fc.constant(name), values: fc.tuple(values, values) })),
  );
});
type Variable = { type: string; values: [unknown, unknown] };

type Node = Variable | Node[] | { [key: string]: Node };
const isVariable = (node: Node): node is Variable => 'type' in node && typeof node.type === 'string';

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    variable,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-d]{1,2}$/), tie('node'), { minKeys: 1, maxKeys: 3 }),
  ),
}));
const literal = fc.dictionary(fc.stringMatching(/^k[a-d]{1,2}$/), node, { minKeys: 1, maxKeys: 3 });

function written(from: Node, found: Variable[]): string {
  if (isVariable(from)) return `$v${found.push(from) - 1}`;
  if (Array.isArray(from)) return `[${from.map((item) => written(item, found)).join(', ')}]`;
  return `{ ${Object.entries(from)
    .map(([key, member]) => `${key}: ${written(member, found)}`)
    .join(', ')} }`;
}

let number = 0;

it('a variable in a JSON literal means the same in a mutation, a query and a live filter', async () => {
  await fc.assert(
    fc.asyncProperty(literal, fc.constantFrom(...TRANSPORTS), async (drawn, transport) => {
      const found: Variable[] = [];
      const json = written(drawn, found);
      const head = found.map(({ type }, index) => `$v${index}: ${type}`).join(', ');
      const given = (which: 0 | 1) =>
        Object.fromEntries(found.map(({ values }, index) => [`v${index}`, values[which]]));
      const group = `${++number}`;
      const filter = `filter: { group: { kind: "run", key: "${group}" }, metadata: { contains: ${json} } }`;
      const { changeCursor } = await client.ask('{ changeCursor }');
      const live = openLiveClient(transport, gateway.url, client.token);
      try {
        const changes = live.iterate({
          query: `subscription (${head}) { callsChanged(after: "${changeCursor}", ${filter}) { call { id } matches } }`,
          variables: given(0),
        });
        const upsert = async (value: string, which: 0 | 1) => {
          const { upsertCall } = await client.ask(
            `mutation (${head}) {
              upsertCall(input: {
                references: [{ system: OTHER, name: "run", value: "${group} ${value}" }]
                groups: [{ kind: "run", key: "${group}" }]
                metadata: ${json}
              }) { call { id } errors { message } }
            }`,
            given(which),
          );
          expect(upsertCall.errors).toEqual([]);
          return upsertCall.call.id as string;
        };
        const other = await upsert('other', 1);
        const same = await upsert('same', 0);
        // Compiled from the second time on.
        const finds = async () => {
          const { calls } = await client.ask(
            `query (${head}) { calls(${filter}) { nodes { id } } }`,
            given(0),
          );
          return calls.nodes.map(({ id }: { id: string }) => id).toReversed();
        };
        const listed = await finds();
        expect(listed).toContain(same);
        expect([await finds(), await finds()]).toEqual([listed, listed]);
        const delivered: string[] = [];
        // The same change is the last to arrive.
        while (delivered.at(-1) !== same) {
          const { value } = await changes.next();
          const { call, matches } = (value as { data: Delivered }).data.callsChanged;
          expect(matches).toBe(true);
          delivered.push(call.id);
        }
        expect(delivered).toEqual(listed);
        expect([[same], [other, same]]).toContainEqual(listed);
      } finally {
        await live.close();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

interface Delivered {
  callsChanged: { call: { id: string }; matches: boolean };
}

it('random variables cover every scalar', () => {
  expect(
    LEAVES.filter(isScalarType)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(Object.keys(SCALARS).toSorted());
});
