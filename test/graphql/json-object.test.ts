import { Kind, type ObjectValueNode, parseValue, type ValueNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { JSONObject } from '../../src/graphql/json-object.js';

const literal = (source: string, variables?: Record<string, unknown>) =>
  JSONObject.parseLiteral(parseValue(source), variables);

const DEPTH = 10_000;

/** A literal as deep as given; parsing one would overflow the stack. */
function deepLiteral(depth: number): ObjectValueNode {
  let node: ObjectValueNode = { kind: Kind.OBJECT, fields: [] };
  for (let level = 1; level < depth; level += 1) {
    node = {
      kind: Kind.OBJECT,
      fields: [{ kind: Kind.OBJECT_FIELD, name: { kind: Kind.NAME, value: 'a' }, value: node }],
    };
  }
  return node;
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let each = value; each !== undefined; each = (each as { a?: unknown }).a) depth += 1;
  return depth;
}

describe('JSONObject', () => {
  it('accepts an object of anything, and returns it', () => {
    const value = { a: [1, 'two', null, { b: false }], c: 0.1, d: Number.MAX_SAFE_INTEGER, '': {} };
    expect(JSONObject.parseValue(value)).toBe(value);
    expect(JSONObject.serialize(value).value).toEqual(value);
  });

  it('reads a literal as it reads JSON', () => {
    expect(literal('{ a: [1, "two", null, { b: false }], c: -0.5, d: 9007199254740991, e: {} }')).toEqual({
      a: [1, 'two', null, { b: false }],
      c: -0.5,
      d: Number.MAX_SAFE_INTEGER,
      e: {},
    });
  });

  it('substitutes variables in a literal; without a value a key is absent and an item null', () => {
    const at = new Date('2024-01-15T10:00:00Z');
    const variables = { name: 'x', list: [1], at };
    const source = '{ a: $name, b: { c: $list }, at: $at, gone: $none, items: [$none, $name] }';
    const node = { kind: Kind.OBJECT, fields: objectWithVariables(source) } as ValueNode;
    expect(JSONObject.parseLiteral(node, variables)).toEqual({
      a: 'x',
      b: { c: [1] },
      at: at.toISOString(),
      items: [null, 'x'],
    });
    expect(JSONObject.parseLiteral(node, undefined)).toEqual({ b: {}, items: [null, null] });
  });

  it('reads a variable of any input type as JSON, and leaves the variable unchanged', () => {
    const at = new Date('2024-01-15T10:00:00Z');
    const deep = { list: [at, [{ at }], undefined], none: undefined, ['__proto__']: 1 };
    const read = JSONObject.parseLiteral(
      { kind: Kind.OBJECT, fields: objectWithVariables('{ a: $deep }') },
      { deep },
    );
    const text =
      '{"list":["2024-01-15T10:00:00.000Z",[{"at":"2024-01-15T10:00:00.000Z"}],null],"__proto__":1}';
    expect(JSON.stringify(read)).toBe(`{"a":${text}}`);
    expect(read).toEqual({ a: JSON.parse(text) });
    expect(deep.list[0]).toBe(at);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'takes the variable $%s for absent where it has no value',
    (name) => {
      const fields = objectWithVariables(`{ a: $${name}, b: [$${name}] }`);
      expect(JSONObject.parseLiteral({ kind: Kind.OBJECT, fields }, {})).toEqual({ b: [null] });
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'keeps %s as a key of its own',
    (key) => {
      const fromLiteral = literal(`{ ${key}: { polluted: true } }`);
      expect(Object.keys(fromLiteral)).toEqual([key]);
      expect(JSON.stringify(fromLiteral)).toBe(`{"${key}":{"polluted":true}}`);
      expect(Object.getPrototypeOf(fromLiteral)).toBe(Object.prototype);

      const fromVariable = JSONObject.parseValue(JSON.parse(`{"${key}":{"polluted":true}}`));
      expect(Object.keys(fromVariable)).toEqual([key]);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it.each([[[]], ['text'], [1], [true], [null], [undefined]])('refuses %j', (value) => {
    expect(() => JSONObject.parseValue(value)).toThrow('must be an object');
  });

  it.each(['[]', '"text"', '1', 'true', 'WORD'])('refuses the literal %s', (source) => {
    expect(() => literal(source)).toThrow(
      expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', scalar: true } }),
    );
  });

  it.each([
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '1e20',
    '123456789012345678901234567890',
  ])('refuses the integer %s rather than round it', (number) => {
    expect(() => JSONObject.parseValue(JSON.parse(`{"a":[${number}]}`))).toThrow('2^53');
    expect(() => literal(`{ a: [${number}] }`)).toThrow('2^53');
  });

  it('refuses a number that has no double', () => {
    expect(() => JSONObject.parseValue(JSON.parse('{"a":{"b":1e400}}'))).toThrow('too large');
    expect(() => literal('{ a: { b: -1e400 } }')).toThrow('too large');
  });

  it('refuses a word without quotes, NaN above all', () => {
    expect(() => literal('{ a: NaN }')).toThrow('NaN is not JSON');
  });

  it(`survives ${DEPTH} levels, for depth is judged elsewhere`, () => {
    expect(depthOf(JSONObject.parseLiteral(deepLiteral(DEPTH), {}))).toBe(DEPTH);
    const json = `${'{"a":'.repeat(DEPTH - 1)}{}${'}'.repeat(DEPTH - 1)}`;
    expect(depthOf(JSONObject.parseValue(JSON.parse(json)))).toBe(DEPTH);
  });

  it('survives a list of a million items', () => {
    expect(() => JSONObject.parseValue({ a: new Array(1_000_000).fill(1) })).not.toThrow();
  });
});

function objectWithVariables(source: string): ObjectValueNode['fields'] {
  const node = parseValue(source);
  return node.kind === Kind.OBJECT ? node.fields : [];
}
