import fc from 'fast-check';
import { type GraphQLInputType, type ObjectValueNode, parse, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { FilterSize } from '../../../src/graphql-server/limits/filter-size.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { filterMembers } from '../../calls/call-arbitraries.js';

const TYPE = publicSchema().getType('CallFilter') as GraphQLInputType;
const MOST = 1_000;
const NONE = new Map();

const ofLiteral = (text: string, variables = {}, defaults = NONE) =>
  new FilterSize(MOST, variables, defaults).of(parseLiteral(text), TYPE);
const ofVariable = (f: unknown) => new FilterSize(MOST, { f }, NONE).of(parseLiteral('$f'), TYPE);

function parseLiteral(text: string) {
  const { definitions } = parse(`{ a(b: ${text}) }`);
  const [operation] = definitions as unknown as [
    { selectionSet: { selections: [{ arguments: [{ value: ObjectValueNode }] }] } },
  ];
  return operation.selectionSet.selections[0].arguments[0].value;
}

/** As in a document. Words without quotes there are quoted here, which counts the same. */
function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalOf).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${key}: ${literalOf(member)}`)
    .join(' ')} }`;
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the size of a filter', () => {
  it.each<[unknown, number]>([
    [null, 0],
    [{}, 1],
    [{ status: null, tags: null, metadata: null }, 1],
    [{ from: 'x' }, 2],
    [{ status: ['RINGING', 'COMPLETED'] }, 4],
    [{ status: 'RINGING' }, 2],
    [{ tags: { anyOf: ['a', 'b'], allOf: ['c'] } }, 7],
    [{ createdAt: { from: '2024-01-15T10:00:00Z' }, hasVoiceCall: true }, 4],
    [{ metadata: { hasKeys: ['a', 'b', 'c'] } }, 6],
    [{ metadata: { contains: { customer_id: 'cust_abc123' } } }, 4],
    [{ metadata: { contains: { a: null, b: { c: null } } } }, 6],
    [{ metadata: { contains: { a: [] } } }, 4],
    [{ metadata: { contains: { a: [1, 'b', null] } } }, 4 + 30],
    [{ metadata: { contains: { a: { b: [{ c: [1], d: 2 }, 3] } } } }, 5 + 10 * 5],
    [{ metadata: { anyOf: [{ a: 1 }, { a: 2, b: 3 }] } }, 3 + 2 + 3],
    [{ metadata: { anyOf: { a: [1] } } }, 4 + 10],
    [{ metadata: { anyOf: [{ a: [1] }] } }, 5 + 10],
  ])('of %j is %i, in the document and as a variable', (filter, size) => {
    expect([ofVariable(filter), ofLiteral(literalOf(filter))]).toEqual([size, size]);
  });

  it('is that of the values of variables within it, and of their defaults', () => {
    const text = '{ status: $s, metadata: { contains: { a: $list, b: [$list] }, hasKeys: $keys } }';
    const fixed = 1 + 1 + 1 + 1;
    expect(ofLiteral(text)).toBe(fixed);
    const variables = { s: ['RINGING'], list: [1, 2], keys: null };
    expect(ofLiteral(text, variables)).toBe(fixed + 2 + (1 + 20) + (10 + 20));
    const defaults = new Map([
      ['s', parseValue('[RINGING, COMPLETED]')],
      ['list', parseValue('[1]')],
      ['keys', parseValue('["a"]')],
    ]);
    expect(ofLiteral(text, {}, defaults)).toBe(fixed + 3 + (1 + 10) + (10 + 10) + 2);
    expect(ofLiteral(text, variables, defaults)).toBe(ofLiteral(text, variables));
    // An explicit null takes no default.
    expect(ofLiteral('$s', { s: null }, new Map([['s', parseValue('{ from: "x" }')]]))).toBe(0);
    expect(ofLiteral('$constructor', {}, new Map([['constructor', parseValue('{ from: "x" }')]]))).toBe(2);
  });

  it('is the same in the document and as a variable, whatever the filter', () => {
    const time = fc.constant('2024-01-15T10:00:00Z');
    const filter = fc.record(filterMembers({ createdAt: time, updatedAt: time }), { requiredKeys: [] });
    fc.assert(
      fc.property(filter, (given) => {
        const [literal, variable] = [ofLiteral(literalOf(given)), ofVariable(given)];
        expect(Math.min(literal, MOST + 1)).toBe(Math.min(variable, MOST + 1));
      }),
      { numRuns: 500 },
    );
  });

  function counted(value: unknown, reads: { count: number }): unknown {
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, key) {
        reads.count += 1;
        return counted(Reflect.get(target, key), reads);
      },
    });
  }

  it.each<[string, unknown]>([
    ['a long list', { metadata: { contains: { a: range(1_000_000) } } }],
    [
      'many keys',
      { metadata: { contains: Object.fromEntries(range(100_000).map((key) => [`k${key}`, key])) } },
    ],
    ['many objects', { metadata: { anyOf: range(100_000).map((a) => ({ a })) } }],
    ['many tags', { tags: { anyOf: range(100_000).map(String) } }],
    [
      'deep JSON',
      { metadata: { contains: JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) } },
    ],
  ])('stops counting soon above the limit: %s', (_, filter) => {
    const reads = { count: 0 };
    expect(ofVariable(counted(filter, reads))).toBeGreaterThan(MOST);
    expect(reads.count).toBeLessThan(4 * MOST);
  });
});
