/**
 * Known attacks on GraphQL servers, as sent by graphql-cop, GraphQL Armor's tests, InQL and CrackQL, and some that are
 * hard for graphql-js. Each number gives a different document, so that nothing is cached.
 */
export interface Attack {
  name: string;
  code: string;
  query: string;
  variables?: Record<string, unknown>;
  json?: string;
}

export function bodyOf({ query, variables = {}, json }: Attack): string {
  return `{"query":${JSON.stringify(query)},"variables":${json ?? JSON.stringify(variables)}}`;
}

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

const nested = (levels: number, field: string, inner = 'id'): string =>
  `${`${field} { `.repeat(levels)}${inner}${' }'.repeat(levels)}`;

const pages = (levels: number, first: number): string =>
  levels === 0 ? 'id' : `children(first: ${first}) { nodes { ${pages(levels - 1, first)} } }`;

const twins = (levels: number): string =>
  levels === 0 ? 'id' : `parent { ${twins(levels - 1)} } parent { ${twins(levels - 1)} }`;

export const attacks = (n: number): Attack[] => [
  {
    name: '101 aliases (graphql-cop)',
    code: 'TOO_MANY_ALIASES',
    query: `{ ${times(101, (index) => `a${n}_${index}: __typename`)} }`,
  },
  {
    name: '1,000 aliased look-ups (CrackQL)',
    code: 'TOO_MANY_ALIASES',
    query: `{ ${times(1_000, (index) => `a${n}_${index}: call(id: "call_${index}") { id }`)} }`,
  },
  {
    name: '1,000 aliased mutations',
    code: 'TOO_MANY_ALIASES',
    query: `mutation { ${times(1_000, (index) => `a${n}_${index}: deleteMatchRule(id: "${index}") { errors { code } }`)} }`,
  },
  {
    name: '100 fields at the root',
    code: 'TOO_MANY_ROOT_FIELDS',
    query: `query q${n} { ${times(100, (index) => `a${index}: viewer { name }`)} }`,
  },
  {
    name: '500 times the same field (graphql-cop)',
    code: 'TOO_MANY_REPEATED_FIELDS',
    query: `query q${n} { ${'__typename \n'.repeat(500)} }`,
  },
  {
    name: '3,000 times the same object',
    code: 'TOO_MANY_REPEATED_FIELDS',
    query: `query q${n} { ${'viewer { name } '.repeat(3_000)} }`,
  },
  {
    name: 'twins in twins',
    code: 'TOO_MANY_REPEATED_FIELDS',
    query: `query q${n} { call(id: "x") { ${twins(9)} } }`,
  },
  {
    name: '200 fragments in one place',
    code: 'TOO_MANY_REPEATED_FIELDS',
    query: `query q${n} { call(id: "x") { ${times(200, (index) => `...f${index}`)} } } ${times(200, (index) => `fragment f${index} on Call { id status }`)}`,
  },
  {
    name: 'directives, 10 (graphql-cop)',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: `query q${n} { __typename ${'@aa'.repeat(10)} }`,
  },
  {
    name: 'directives, 1,000',
    code: 'TOO_MANY_DIRECTIVES',
    query: `query q${n} { __typename ${'@include(if: true) '.repeat(1_000)} }`,
  },
  {
    name: 'unknown directives, 7,000',
    code: 'TOO_MANY_DIRECTIVES',
    query: `query q${n} { __typename ${'@aa '.repeat(7_000)} }`,
  },
  {
    name: '90 levels of objects',
    code: 'OPERATION_TOO_DEEP',
    query: `query q${n} { call(id: "x") { ${nested(90, 'parent')} } }`,
  },
  {
    name: '10,000 levels of objects',
    code: 'GRAPHQL_PARSE_FAILED',
    query: `query q${n} { call(id: "x") { ${nested(10_000, 'parent')} } }`,
  },
  {
    name: '100,000 open brackets in an argument',
    code: 'GRAPHQL_PARSE_FAILED',
    query: `query q${n} { nodes(ids: ${'['.repeat(100_000)}`,
  },
  {
    name: 'fragments in a circle (graphql-cop)',
    code: 'FRAGMENT_CYCLE',
    query: `query q${n} { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }`,
  },
  {
    name: 'a fragment in itself',
    code: 'FRAGMENT_CYCLE',
    query: `query q${n} { call(id: "x") { ...A } } fragment A on Call { parent { ...A } }`,
  },
  {
    name: 'fragments that double 60 times',
    code: 'TOO_MANY_FIELDS',
    query: `query q${n} { ...f0 } ${times(60, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f60 on Query { __typename }`,
  },
  {
    name: 'fragments that double the answer 25 times',
    code: 'TOO_MANY_FIELDS',
    query: `query q${n} { call(id: "x") { ...f0 } } ${times(25, (index) => `fragment f${index} on Call { a: parent { ...f${index + 1} } b: parent { ...f${index + 1} } }`)} fragment f25 on Call { id }`,
  },
  {
    name: '1,600 fragments in a chain',
    code: 'TOO_MANY_DEFINITIONS',
    query: `query q${n} { ...f0 } ${times(1_600, (index) => `fragment f${index} on Query { ...f${index + 1} }`)} fragment f1600 on Query { __typename }`,
  },
  {
    name: '900 operations over 500 fragments',
    code: 'TOO_MANY_DEFINITIONS',
    query: `${times(900, (index) => `query q${index} { ...f0 }`)} ${times(500, (index) => `fragment f${index} on Query { ...f${index + 1} }`)} fragment f500 on Query { __typename }`,
  },
  {
    name: 'types of fields of types (graphql-cop)',
    code: 'INTROSPECTION_TOO_DEEP',
    query: `query q${n} { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`,
  },
  {
    name: 'possible types of interfaces of types',
    code: 'INTROSPECTION_TOO_DEEP',
    query: `query q${n} { __type(name: "Node") { possibleTypes { interfaces { possibleTypes { name } } } } }`,
  },
  {
    name: '30 times the whole schema',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n} { ${times(30, (index) => `a${index}: __schema { types { name fields { name args { name } } inputFields { name } enumValues { name } } }`)} }`,
  },
  {
    name: 'pages of 200 in pages of 200 in pages of 200',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n} { calls(first: 200) { nodes { ${pages(2, 200)} } } }`,
  },
  {
    name: 'the same by variables',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n}($n: Int) { calls(first: $n) { nodes { children(last: $n) { nodes { history(first: $n) { nodes { id } } } } } } }`,
    variables: { n: 200 },
  },
  {
    name: 'pages nested without a size',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n} { calls { nodes { children { nodes { events { nodes { calls { totalCount } } } } } } } }`,
  },
  {
    name: 'totals of lists of lists',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n} { calls(first: 200) { nodes { callFlows(first: 100) { nodes { call { history { totalCount } } } } } } }`,
  },
  {
    name: '500 things by their ids, with pages of pages',
    code: 'OPERATION_TOO_COSTLY',
    query: `query q${n}($ids: [ID!]!) { nodes(ids: $ids) { ... on Call { children(first: 200) { nodes { children { nodes { id } } } } } } }`,
    variables: { ids: Array.from({ length: 500 }, (_, index) => `call_${index}`) },
  },
  {
    name: '10,000 things by their ids',
    code: 'BAD_USER_INPUT',
    query: `query q${n}($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    variables: { ids: Array.from({ length: 10_000 }, (_, index) => `call_${index}`) },
  },
  {
    name: '100,000 things by their ids',
    code: 'LIST_TOO_LONG',
    query: `query q${n}($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    variables: { ids: Array.from({ length: 100_000 }, (_, index) => `call_${index}`) },
  },
  {
    name: '14,000 things by their ids, in the document',
    code: 'BAD_USER_INPUT',
    query: `query q${n} { nodes(ids: [${'"call_x" '.repeat(14_000)}]) { id } }`,
  },
  {
    name: 'a filter of 5,000 tags',
    code: 'FILTER_TOO_LARGE',
    query: `query q${n}($tags: [String!]) { calls(filter: { tags: { anyOf: $tags } }) { totalCount } }`,
    variables: { tags: Array.from({ length: 5_000 }, (_, index) => `tag ${index}`) },
  },
  {
    name: 'a filter of 100,000 tags',
    code: 'LIST_TOO_LONG',
    query: `query q${n}($tags: [String!]) { calls(filter: { tags: { anyOf: $tags } }) { totalCount } }`,
    variables: { tags: Array.from({ length: 100_000 }, (_, index) => `tag ${index}`) },
  },
  {
    name: 'a filter of 50,000 pieces of metadata',
    code: 'LIST_TOO_LONG',
    query: `query q${n}($any: [JSONObject!]) { calls(filter: { metadata: { anyOf: $any } }) { totalCount } }`,
    variables: { any: Array.from({ length: 50_000 }, (_, index) => ({ a: index })) },
  },
  {
    name: '40,000 numbers to be found in a list, in reverse',
    code: 'FILTER_TOO_LARGE',
    query: `query q${n}($part: JSONObject!) { calls(filter: { metadata: { contains: $part } }) { nodes { id } } }`,
    variables: { part: { a: Array.from({ length: 40_000 }, (_, index) => 40_000 - index) } },
  },
  {
    name: 'the same filter 60 times',
    code: 'FILTER_TOO_LARGE',
    query: `query q${n}($any: [JSONObject!]) { ${times(60, (index) => `a${index}: calls(filter: { metadata: { anyOf: $any } }) { totalCount }`)} }`,
    variables: { any: Array.from({ length: 100 }, () => ({ a: [{ b: 1 }] })) },
  },
  {
    name: '20,000 tokens',
    code: 'TOO_MANY_TOKENS',
    query: `query q${n} { ${'a '.repeat(20_000)} }`,
  },
  {
    name: '100,000 comments',
    code: 'TOO_MANY_TOKENS',
    query: `query q${n} { __typename }\n${'#\n'.repeat(100_000)}`,
  },
  {
    name: 'a string of 3 MiB in the document',
    code: 'DOCUMENT_TOO_LARGE',
    query: `query q${n} { node(id: "${'x'.repeat(3_145_728)}") { id } }`,
  },
  {
    name: 'a name of 400,000 letters',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: `query q${n} { ${'x'.repeat(400_000)} }`,
  },
  {
    name: '4,000 unknown names',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: `query q${n} { call(id: "x") { ${times(4_000, (index) => `stat${index}s`)} } }`,
  },
  {
    name: '3,000 unused variables',
    code: 'TOO_MANY_DEFINITIONS',
    query: `query q${n}(${times(3_000, (index) => `$a${index}: Int`)}) { __typename }`,
  },
  {
    name: '300 values that are wrong',
    code: 'BAD_USER_INPUT',
    query: `query q${n}($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    variables: { ids: Array.from({ length: 300 }, () => ({})) },
  },
  {
    name: 'lists in lists, 5,000 levels, for a variable',
    code: 'VARIABLES_TOO_DEEP',
    query: `query q${n}($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    json: `{"ids":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  },
  {
    name: 'an undeclared variable, 5,000 levels',
    code: 'VARIABLES_TOO_DEEP',
    query: `query q${n} { __typename }`,
    json: `{"x":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  },
  {
    name: 'a NUL in the document',
    code: 'GRAPHQL_PARSE_FAILED',
    query: `query q${n} { __typename \u0000 }`,
  },
  {
    name: 'a lone surrogate in the document',
    code: 'GRAPHQL_PARSE_FAILED',
    query: `query q${n} { node(id: "\ud800") { id } }`,
  },
];
