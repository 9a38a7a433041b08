import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { JsonText } from '../foundation/json-text.js';
import { scalarError } from './string-scalar.js';

export type JsonObject = Record<string, unknown>;
type Variables = Record<string, unknown> | null | undefined;
interface Slot<Source> {
  source: Source;
  put: (value: unknown) => void;
}

/** Assignment to `__proto__` would set the prototype. */
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
      const { value: name } = node.name;
      return variables != null && Object.hasOwn(variables, name) ? jsonOf(variables[name]) : undefined;
    }
    case Kind.ENUM:
      throw scalarError(`${node.value.slice(0, 60)} is not JSON: strings need quotes.`, node);
    default:
      return null;
  }
}

type Part<Source> = { value: unknown } | { items: readonly Source[] } | { members: [string, Source][] };

/** Iterative, because the stack must not bound the nesting. */
function built<Source>(root: Source, read: (source: Source) => Part<Source>): unknown {
  let result: unknown;
  const slots: Slot<Source>[] = [
    {
      source: root,
      put: (value) => {
        result = value;
      },
    },
  ];
  for (const { source, put } of slots) {
    const part = read(source);
    if ('value' in part) put(part.value);
    else if ('items' in part) {
      const list: unknown[] = part.items.map(() => null);
      put(list);
      for (const [index, item] of part.items.entries()) {
        slots.push({
          source: item,
          put: (value) => {
            list[index] = value ?? null;
          },
        });
      }
    } else {
      const object = {};
      put(object);
      for (const [key, member] of part.members) {
        slots.push({ source: member, put: (value) => value !== undefined && setOwn(object, key, value) });
      }
    }
  }
  return result;
}

const jsonOf = (root: unknown): unknown =>
  built(root, (source) => {
    if (typeof source !== 'object' || source === null) return { value: source };
    if (source instanceof Date) return { value: source.toISOString() };
    return Array.isArray(source) ? { items: source } : { members: Object.entries(source) };
  });

const fromLiteral = (root: ValueNode, variables: Variables): unknown =>
  built(root, (node) => {
    if (node.kind === Kind.LIST) return { items: node.values };
    if (node.kind !== Kind.OBJECT) return { value: leafOf(node, variables) };
    return { members: node.fields.map(({ name, value }) => [name.value, value]) };
  });

/** What is wrong with a value as a JSON object, in words that follow its name; null if nothing is. */
export function jsonObjectProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object, not a list, string, number or boolean';
  }
  const values: unknown[] = [value];
  for (const each of values) {
    if (typeof each === 'number') {
      if (!Number.isFinite(each)) return 'contains a number that is too large';
      if (Number.isInteger(each) && !Number.isSafeInteger(each)) {
        return 'contains an integer beyond ±(2^53−1), which would be rounded: write it as a string';
      }
    } else if (typeof each === 'object' && each !== null) {
      for (const member of Object.values(each)) values.push(member);
    } else if (typeof each !== 'string' && typeof each !== 'boolean' && each !== null) {
      return `cannot hold a ${typeof each}`;
    }
  }
  return null;
}

function checked(value: unknown, node?: ValueNode): JsonObject {
  const problem = jsonObjectProblem(value);
  if (problem !== null) throw scalarError(`JSONObject ${problem}.`, node);
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
