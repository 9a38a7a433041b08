import fc from 'fast-check';
import {
  type GraphQLInputType,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { expect, it } from 'vitest';
import { variableReader } from '../../../src/graphql-server/execution/variable-reader.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';

const LEAVES: Record<string, unknown[]> = {
  ID: ['call_01h2xcejqtf2nbrexx3vqjhp41', 7],
  String: ['text', ''],
  Int: [0, 300],
  Float: [1.5],
  Boolean: [true, false],
  DateTime: ['2026-03-01T10:00:00.000Z'],
  Decimal: ['1.20', '0'],
  JSONObject: [{}, { lead: { score: 1, __proto__: null } }],
  URL: ['https://example.com/a'],
  PhoneNumber: ['+14155550148', 'anonymous'],
};

const WRONG = fc.constantFrom<unknown>(null, 'wrong', 1.5, -1, true, [], {}, [null], { wrong: 1 });

/** What is right, with something wrong in it here and there. */
function drawn(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: rightValue(type, depth) }, { weight: 1, arbitrary: WRONG });
}

function rightValue(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return rightValue(type.ofType, depth);
  if (isListType(type)) {
    const item = drawn(type.ofType, depth);
    return fc.oneof(
      { weight: 4, arbitrary: fc.array(item, { maxLength: 3 }) },
      { weight: 1, arbitrary: item },
    );
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (!isInputObjectType(type)) return fc.constantFrom(...(LEAVES[type.name] ?? []));
  if (depth === 0) return fc.constant({});
  const fields = Object.values(type.getFields());
  if (type.isOneOf) {
    const one = fc.constantFrom(...fields);
    return one.chain((field) => drawn(field.type, depth - 1).map((value) => ({ [field.name]: value })));
  }
  const members = Object.fromEntries(fields.map((field) => [field.name, drawn(field.type, depth - 1)]));
  const requiredKeys = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
  return fc.record(members, { requiredKeys });
}

const schema = publicSchema();
const inputs = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type));

function outcomeOf(read: () => unknown): string {
  try {
    return JSON.stringify(read());
  } catch {
    return 'wrong';
  }
}

const definitionsOf = (definition: string) => {
  const { definitions } = parse(`query (${definition}) { viewer { id } }`);
  const operation = definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  return (operation as OperationDefinitionNode).variableDefinitions ?? [];
};

it.each(inputs.map((type) => [type.name, type] as const))('reads $0 as graphql-js does', (name, type) => {
  const definitions = definitionsOf(`$one: ${name}! $list: [${name}!]`);
  const read = variableReader(schema, definitions);
  const one = drawn(type, 3);
  fc.assert(
    fc.property(one, fc.option(fc.array(one, { maxLength: 2 }), { nil: undefined }), (given, list) => {
      const variables = { one: given, list };
      const expected = outcomeOf(() => {
        const { coerced, errors } = getVariableValues(schema, definitions, variables);
        if (errors !== undefined) throw new Error('wrong');
        return coerced;
      });
      // The order of the members too: errors and statements follow it.
      expect(outcomeOf(() => read(variables))).toBe(expected);
    }),
    { numRuns: 60 },
  );
});

it('knows a value for every scalar that is asked for', () => {
  const scalars = new Set(
    inputs.flatMap((type) =>
      Object.values(type.getFields()).map(({ type: of }) => `${of}`.replace(/[[\]!]/g, '')),
    ),
  );
  const leaves = [...scalars].filter((name) => {
    const type = schema.getType(name);
    return isInputType(type) && !isInputObjectType(type) && !isEnumType(type);
  });
  expect(leaves.filter((name) => !(name in LEAVES))).toEqual([]);
});

it.each([
  ['$first: Int = 5', {}, { first: 5 }],
  ['$first: Int = 5', { first: null }, { first: null }],
  ['$first: Int', {}, {}],
  ['$first: Int', { first: undefined }, { first: null }],
])('of %s and %j makes %j', (definition, given, expected) => {
  const definitions = definitionsOf(definition);
  expect(variableReader(schema, definitions)(given)).toEqual(expected);
  expect(getVariableValues(schema, definitions, given).coerced).toEqual(expected);
});
