import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { JsonText } from '../db/json-text.js';
import { scalarError } from './string-scalar.js';

export type JsonObject = Record<string, unknown>;
type Variables = Record<string, unknown> | null | undefined;
interface Place {
  node: ValueNode;
  put: (value: unknown) => void;
}

/** Sets an own key whatever its name: plain assignment to `__proto__` would set the prototype instead. */
function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function leafOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.VARIABLE: {
      const value = variables?.[node.name.value];
      return value instanceof Date ? value.toISOString() : value;
    }
    case Kind.ENUM:
      throw scalarError(`${node.value.slice(0, 60)} is no JSON: a string stands in quotes.`, node);
    default:
      return null;
  }
}

/**
 * What a literal in the document says. Nested values are visited from a list rather than by recursion: how deep an
 * object may be is for its field to judge, and must not depend on the size of the stack.
 */
function fromLiteral(root: ValueNode, variables: Variables): unknown {
  let result: unknown;
  const places: Place[] = [
    {
      node: root,
      put: (value) => {
        result = value;
      },
    },
  ];
  for (const { node, put } of places) {
    if (node.kind === Kind.OBJECT) {
      const object = {};
      put(object);
      for (const { name, value } of node.fields) {
        places.push({
          node: value,
          // A variable without a value is an absent key, as in any input object.
          put: (member) => member !== undefined && setOwn(object, name.value, member),
        });
      }
    } else if (node.kind === Kind.LIST) {
      const list: unknown[] = node.values.map(() => null);
      put(list);
      for (const [index, value] of node.values.entries()) {
        places.push({
          node: value,
          put: (item) => {
            list[index] = item ?? null;
          },
        });
      }
    } else put(leafOf(node, variables));
  }
  return result;
}

/** Answers with the value if it is an object all of whose numbers are exact; the walk is iterative, see above. */
function checked(value: unknown, node?: ValueNode): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw scalarError('JSONObject must be an object: no list, string, number or boolean.', node);
  }
  const values: unknown[] = [value];
  for (const each of values) {
    if (typeof each === 'number') {
      if (!Number.isFinite(each)) throw scalarError('JSONObject holds a number that is too large.', node);
      if (Number.isInteger(each) && !Number.isSafeInteger(each)) {
        throw scalarError(
          'JSONObject holds an integer beyond ±(2^53−1), which would be rounded: write it as a string.',
          node,
        );
      }
    } else if (typeof each === 'object' && each !== null) {
      for (const member of Object.values(each)) values.push(member);
    } else if (typeof each !== 'string' && typeof each !== 'boolean' && each !== null) {
      throw scalarError(`JSONObject cannot hold a ${typeof each}.`, node);
    }
  }
  return value as JsonObject;
}

export const JSONObject = new GraphQLScalarType<JsonObject, JsonText>({
  name: 'JSONObject',
  description:
    'Any JSON object, e.g. `{"customer_id": "cust_abc123"}`. Integers beyond ±(2^53−1) are refused rather than ' +
    'silently rounded: write them as strings.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => (value instanceof JsonText ? value : JsonText.of(value)),
  parseValue: (value) => checked(value),
  parseLiteral: (node, variables) => checked(fromLiteral(node, variables), node),
});
