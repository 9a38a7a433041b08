import { getIntrospectionQuery, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as benchmark from '../../../bench/compare/documents.js';
import { DEFAULTS } from '../../../src/config/config.js';
import { documentRefusal } from '../../../src/graphql-server/limits/document-limits.js';
import { sourceRefusal } from '../../../src/graphql-server/limits/source-limits.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');
const nested = (levels: number) => `${'parent { '.repeat(levels)}id${' }'.repeat(levels)}`;

type Refused = { message: string } & Record<string, unknown>;

function refusalOf(source: string, limits = DEFAULTS) {
  const refused = sourceRefusal(source, limits) ?? documentRefusal(parse(source), limits);
  return refused && ({ message: refused.message, ...refused.extensions } as Refused);
}

describe('the defaults let pass', () => {
  const whole = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };
  it.each([
    ...Object.entries(benchmark),
    ['the whole schema', getIntrospectionQuery(whole)],
    ['the schema as code generators ask for it', getIntrospectionQuery({ ...whole, typeDepth: 15 })],
    ['metadata in the document, 32 levels', `{ a(b: ${'{a:'.repeat(32)}1${'}'.repeat(32)}) }`],
    ['a batch of 500 in the document', `{ nodes(ids: [${times(500, (n) => `"${n}"`)}]) { id } }`],
  ])('%s', (_, source) => {
    expect(refusalOf(source)).toBeNull();
  });
});

describe('the limit passes, and one more is refused:', () => {
  const limits = {
    ...DEFAULTS,
    graphqlMaxDocumentBytes: 3_000,
    graphqlMaxTokens: 300,
    graphqlMaxDefinitions: 5,
    graphqlMaxFields: 20,
    graphqlMaxComparisons: 10,
    graphqlMaxDepth: 4,
    graphqlMaxAliases: 3,
    graphqlMaxRootFields: 4,
    graphqlMaxDirectives: 3,
    graphqlMaxIntrospectionDepth: 1,
  };
  const F = 'fragment F on Query { a b }';
  it.each([
    ['DOCUMENT_TOO_LARGE', 3_000, (n: number) => `{ a }${' '.repeat(n - 5)}`],
    ['DOCUMENT_TOO_LARGE', 3_000, (n: number) => `{ a }#${'ю'.repeat((n - 6) / 2)}${n % 2 ? '.' : ''}`],
    ['TOO_MANY_TOKENS', 300, (n: number) => `{ a(b: [${'1,'.repeat(n - 9)}]) }`],
    ['TOO_MANY_TOKENS', 300, (n: number) => `{ a }${'#\n'.repeat(n - 3)}`],
    ['TOO_MANY_TOKENS', 300, (n: number) => `{ a(b: ["""{{"\\"""[""" ${'"\\"{" '.repeat(n - 10)}]) }`],
    ['TOO_MANY_DEFINITIONS', 5, (n: number) => times(n, (index) => `query q${index} { a }`)],
    ['TOO_MANY_DEFINITIONS', 5, (n: number) => `query (${times(n - 1, (index) => `$a${index}: Int`)}) { a }`],
    ['TOO_MANY_FIELDS', 20, (n: number) => `{ a { ${times(n - 1, (index) => `f${index}`)} } }`],
    [
      'TOO_MANY_FIELDS',
      20,
      (n: number) =>
        `{ a { ...F } b { ...F } ${n > 20 ? 'c' : ''} } fragment F on Q { ${times(6, (index) => `f${index}`)} }`,
    ],
    ['TOO_MANY_REPEATED_FIELDS', 10, (n: number) => `{ ${'a '.repeat(n > 10 ? 6 : 5)} }`],
    ['TOO_MANY_REPEATED_FIELDS', 10, (n: number) => `{ ...F a a a a ${n > 10 ? 'b' : ''} } ${F}`],
    ['OPERATION_TOO_DEEP', 4, (n: number) => `{ ${nested(n - 1)} }`],
    [
      'OPERATION_TOO_DEEP',
      4,
      (n: number) => `{ a { ... { ...F } } } fragment F on Call { ${nested(n - 2)} }`,
    ],
    ['TOO_MANY_ALIASES', 3, (n: number) => `{ ${times(n, (index) => `a${index}: a`)} }`],
    [
      'TOO_MANY_ALIASES',
      3,
      (n: number) => `{ x: a ...F } fragment F on Query { ${times(n - 1, (index) => `a${index}: a`)} }`,
    ],
    ['TOO_MANY_ROOT_FIELDS', 4, (n: number) => `{ ...F ${times(n - 2, (index) => `f${index}`)} } ${F}`],
    ['TOO_MANY_DIRECTIVES', 3, (n: number) => `query ($a: Int @d) @d { a ${'@d '.repeat(n - 2)} }`],
    [
      'TOO_MANY_DIRECTIVES',
      3,
      (n: number) => `{ ...F @d ... @d { a } } fragment F on Query { ${times(n - 2, () => 'a @d')} }`,
    ],
    [
      'INTROSPECTION_TOO_DEEP',
      1,
      (n: number) =>
        `{ __schema { types { ${n > 1 ? 'fields { type { inputFields { name } } }' : 'fields { name }'} } } }`,
    ],
  ])('%s at %i', (code, limit, source) => {
    expect(refusalOf(source(limit), limits)).toBeNull();
    const refused = refusalOf(source(limit + 1), limits);
    expect(refused).toMatchObject({ code, limit, variable: expect.stringMatching(/^GRAPHQL_MAX_/) });
    expect(refused?.message).toContain(String(refused?.found));
    expect(Number(refused?.found)).toBeGreaterThan(limit);
  });

  it.each(['\ud800', '\udc00', 'a\ud800b'])('a document with a lone surrogate is refused: %j', (half) => {
    for (const source of [`{ a(b: "${half}") }`, `{ a } # ${half}`, `{ a } # ${'x'.repeat(10_000)}${half}`]) {
      expect(refusalOf(source)).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
    }
    expect(refusalOf('{ a(b: "\ud83d\ude00\ufffd") }')).toBeNull();
  });

  it.each([
    ['{ ...A } fragment A on Query { ...A }'],
    ['{ a } fragment A on Query { b { ... { ...B } } } fragment B on Query { ...A }'],
    ['{ a } fragment A on Query { a } fragment A on Query { ...A }'],
  ])('FRAGMENT_CYCLE: %s', (source) => {
    expect(refusalOf(source)?.code).toBe('FRAGMENT_CYCLE');
  });

  it('each of two fragments with one name is checked', () => {
    const source = `{ a } fragment A on Query { ${'a '.repeat(200)} } fragment A on Query { a }`;
    expect(refusalOf(source)?.code).toBe('TOO_MANY_REPEATED_FIELDS');
  });
});

describe('through the gateway', () => {
  let open: TestGateway;
  let gateway: TestGateway;
  let client: Client;
  beforeAll(async () => {
    open = await openTestGateway();
    gateway = await openTestGateway({
      graphqlIntrospection: false,
      graphqlMaxErrors: 3,
      graphqlMaxVariablesSize: 2_000,
      graphqlMaxVariablesDepth: 3,
      graphqlMaxVariablesItems: 10,
    });
    client = await gateway.client();
  });
  afterAll(() => Promise.all([open.close(), gateway.close()]));

  const refuse = async (query: string, variables?: Record<string, unknown>) => {
    const { status, data, errors } = await client.send(query, variables);
    expect({ status, data: data ?? null, count: errors?.length }).toEqual({
      status: 400,
      data: null,
      count: 1,
    });
    return errors?.[0];
  };

  it('the answer says which limit it was, its value and what was found', async () => {
    expect(await refuse(`{ ${times(101, (n) => `a${n}: __typename`)} }`)).toEqual({
      message: 'The operation has 101 aliases; at most 100 are allowed (GRAPHQL_MAX_ALIASES).',
      extensions: { code: 'TOO_MANY_ALIASES', limit: 100, found: 101, variable: 'GRAPHQL_MAX_ALIASES' },
    });
  });

  it('variables have a size, a depth, and lists of a length', async () => {
    const document = 'query ($filter: CallFilter) { calls(filter: $filter) { totalCount } }';
    const large = await refuse(document, { filter: { from: 'x'.repeat(2_000) } });
    expect(large?.extensions).toMatchObject({ code: 'VARIABLES_TOO_LARGE', limit: 2_000 });
    const metadata = { contains: { text: 'x'.repeat(2_000) } };
    expect((await refuse(document, { filter: { metadata } }))?.extensions.code).toBe('VARIABLES_TOO_LARGE');
    const deep = await refuse(document, { filter: { tags: { anyOf: [[]] } } });
    expect(deep?.extensions).toMatchObject({ code: 'VARIABLES_TOO_DEEP', limit: 3, found: 4 });
    const long = await refuse(document, { filter: { tags: { anyOf: Array(11).fill('a') } } });
    expect(long?.extensions).toMatchObject({ code: 'LIST_TOO_LONG', limit: 10, found: 11 });
    expect((await refuse('{ __typename }', { nobody: [[[[]]]] }))?.extensions.code).toBe(
      'VARIABLES_TOO_DEEP',
    );
  });

  describe('a filter has a maximum number of nodes, wherever they are:', () => {
    const range = (count: number) => Array.from({ length: count }, (_, index) => index);
    const calls = 'query ($v: CallFilter) { calls(filter: $v) { totalCount } }';
    it.each<[string, string, (count: number) => unknown, number]>([
      ['contains', calls, (n) => ({ metadata: { contains: { a: range(n) } } }), 99],
      ['anyOf', calls, (n) => ({ metadata: { anyOf: range(100).map((a) => ({ a, b: range(n) })) } }), 0],
      [
        'hasKeys and tags',
        calls,
        (n) => ({ metadata: { hasKeys: range(50).map(String), contains: { a: range(n) } } }),
        94,
      ],
      [
        'variables within the filter',
        'query ($v: JSONObject!) { calls(filter: { metadata: { contains: $v } }) { totalCount } }',
        (n) => ({ a: range(n) }),
        99,
      ],
      [
        'the literal',
        'query ($v: [JSONObject!]) { calls(filter: { metadata: { contains: { a: [$v] } } }) { totalCount } }',
        (n) => range(n).map((a) => ({ a })),
        49,
      ],
      [
        'the default of a variable',
        `query ($w: CallFilter = { metadata: { contains: { a: [${range(90)}] } } }, $v: [String!]) {
          calls(filter: $w) { totalCount } callEvents(filter: { group: { kind: "a", key: "a" } }) { totalCount }
          voiceCalls(filter: { staffUid: $v }) { totalCount }
        }`,
        (n) => range(n).map(String),
        100,
      ],
    ])('%s', async (_, query, filterOf, most) => {
      const own = await open.client();
      const within = await own.send(query, { v: filterOf(most) });
      expect(within.errors).toBeUndefined();
      const { status, errors } = await own.send(query, { v: filterOf(most + 1_000) });
      expect([status, errors]).toEqual([
        400,
        [
          {
            message: expect.stringMatching(
              /^The argument filter comes to \d+ nodes; at most 1000 are allowed \(GRAPHQL_MAX_FILTER_NODES\)\.$/,
            ),
            extensions: {
              code: 'FILTER_TOO_LARGE',
              limit: 1_000,
              found: expect.any(Number),
              variable: 'GRAPHQL_MAX_FILTER_NODES',
            },
          },
        ],
      ]);
    });
  });

  it('metadata in variables may have any depth until its own item is refused', async () => {
    const metadata = JSON.parse(`${'{"a":'.repeat(100)}${'[1,2,3,4,5,6,7,8,9,10,11,12]'}${'}'.repeat(100)}`);
    const { mergeCallsMetadata } = await client.ask(
      `mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { code path } } }`,
      { items: [{ call: { id: 'call_01h455vb4pex5vsknk084sn02q' }, metadata }] },
    );
    expect(mergeCallsMetadata).toEqual([
      { errors: [{ code: 'LIMIT_EXCEEDED', path: ['items', '0', 'metadata'] }] },
    ]);
  });

  it('no more errors than the limit are reported, with their number', async () => {
    const { errors } = await client.send('{ a b c d e f }');
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([
      'GRAPHQL_VALIDATION_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'TOO_MANY_ERRORS',
    ]);
    const wrong = await client.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array(9).fill({}),
    });
    expect(wrong.status).toBe(400);
    expect(wrong.errors).toHaveLength(4);
    expect(gateway.log).toEqual([]);
  });

  it.each([
    '{ __schema { queryType { name } } }',
    '{ a: __type(name: "Call") { name } }',
    '{ ...F } fragment F on Query { __schema { description } }',
  ])('introspection is refused when it is disabled: %s', async (query) => {
    expect((await refuse(query))?.extensions.code).toBe('INTROSPECTION_DISABLED');
  });

  it.each([
    ['a field', '{ cals { totalCount } }'],
    ['a field of an interface', '{ node(id: "x") { status } }'],
    ['an argument', '{ call(idd: "x") { id } }'],
    ['a type', '{ node(id: "x") { ... on Cal { id } } }'],
    ['a value of an enum', '{ calls(filter: { status: [COMPLETE] }) { totalCount } }'],
    ['a member of an input', '{ calls(filter: { stattus: [] }) { totalCount } }'],
    [
      'a value in variables',
      'query ($s: [CallStatus!]) { calls(filter: { status: $s }) { totalCount } }',
      { s: ['COMPLETE'] },
    ],
    [
      'a member in variables',
      'query ($f: CallFilter) { calls(filter: $f) { totalCount } }',
      { f: { stattus: [] } },
    ],
  ])('then no error suggests %s', async (_, query, variables?: Record<string, unknown>) => {
    const { errors } = await client.send(query, variables);
    expect(errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean|COMPLETED/i);
    const suggesting = await (await open.client()).send(query, variables);
    expect(JSON.stringify(suggesting.errors)).toMatch(/Did you mean/);
  });
});
