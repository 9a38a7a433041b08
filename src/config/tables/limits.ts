import { flag, integer } from '../parsers.js';
import { settings } from '../setting.js';

export const limits = settings({
  graphqlMaxCost: {
    variable: 'GRAPHQL_MAX_COST',
    default: 200_000,
    parse: integer(1, 1_000_000_000),
    description: 'Points that an operation may cost.',
    details:
      'It costs 1, and 1 for each thing with an id that the answer may hold (`first` or `last`, else 50, multiplied through nested pages; `ids`, `inputs` and `items` by their length; other lists as 10), 50 for a `totalCount` or `totalCountIsEstimate`, 10 for a write, and the nodes of its filters. Figures (`callStatistics`, `callFacet`) cost 100, and 100 for each day that the filter leaves, up to 20,000.',
  },
  graphqlMaxFilterNodes: {
    variable: 'GRAPHQL_MAX_FILTER_NODES',
    default: 1_000,
    parse: integer(10, 1_000_000),
    description: 'Nodes that a filter may have: its values, lists and objects.',
    details:
      'Each counts 1, or 10 within a list in `contains` or `anyOf`, because it is looked for among all items of the other list.',
  },
  graphqlMaxDocumentBytes: {
    variable: 'GRAPHQL_MAX_DOCUMENT_BYTES',
    default: 524_288,
    parse: integer(1_000, 67_108_864),
    description: 'Bytes that a document may have, including comments.',
  },
  graphqlMaxTokens: {
    variable: 'GRAPHQL_MAX_TOKENS',
    default: 15_000,
    parse: integer(10, 1_000_000),
    description: 'Lexical tokens that a document may have, including comments.',
  },
  graphqlMaxDefinitions: {
    variable: 'GRAPHQL_MAX_DEFINITIONS',
    default: 250,
    parse: integer(1, 10_000),
    description: 'Number of operations, their variables, and fragments in a document.',
  },
  graphqlMaxFields: {
    variable: 'GRAPHQL_MAX_FIELDS',
    default: 10_000,
    parse: integer(10, 1_000_000),
    description: 'Number of fields in a document, those of a fragment as often as it is spread.',
  },
  graphqlMaxComparisons: {
    variable: 'GRAPHQL_MAX_COMPARISONS',
    default: 10_000,
    parse: integer(10, 1_000_000),
    description: 'Number of comparisons of fields that are repeated in one place, each with each.',
    details: 'The default allows the same field 141 times.',
  },
  graphqlMaxDepth: {
    variable: 'GRAPHQL_MAX_DEPTH',
    default: 30,
    parse: integer(1, 150),
    description: 'Levels of fields in an operation with its fragments.',
  },
  graphqlMaxAliases: {
    variable: 'GRAPHQL_MAX_ALIASES',
    default: 100,
    parse: integer(0, 100_000),
    description: 'Number of aliases in an operation with its fragments.',
  },
  graphqlMaxRootFields: {
    variable: 'GRAPHQL_MAX_ROOT_FIELDS',
    default: 64,
    parse: integer(1, 100_000),
    description: 'Number of fields at the root of an operation with its fragments.',
  },
  graphqlMaxDirectives: {
    variable: 'GRAPHQL_MAX_DIRECTIVES',
    default: 50,
    parse: integer(0, 100_000),
    description: 'Number of directives in an operation with its fragments.',
  },
  // graphql-js itself allows 2.
  graphqlMaxIntrospectionDepth: {
    variable: 'GRAPHQL_MAX_INTROSPECTION_DEPTH',
    default: 2,
    parse: integer(1, 2),
    description:
      'Levels of lists of fields, input fields, interfaces or possible types that an introspection may nest.',
  },
  graphqlMaxVariablesSize: {
    variable: 'GRAPHQL_MAX_VARIABLES_SIZE',
    default: 4_194_304,
    parse: integer(100, 1_073_741_824),
    description: 'Characters that all variables may have, about as in their JSON.',
  },
  graphqlMaxVariablesItems: {
    variable: 'GRAPHQL_MAX_VARIABLES_ITEMS',
    default: 10_000,
    parse: integer(10, 10_000_000),
    description: 'Number of items in one list of the variables, outside metadata.',
  },
  graphqlMaxVariablesDepth: {
    variable: 'GRAPHQL_MAX_VARIABLES_DEPTH',
    default: 50,
    parse: integer(1, 500),
    description: 'Levels of lists and objects in the variables, outside metadata.',
  },
  graphqlMaxErrors: {
    variable: 'GRAPHQL_MAX_ERRORS',
    default: 50,
    parse: integer(1, 10_000),
    description: 'Number of errors in one answer.',
  },
  graphqlIntrospection: {
    variable: 'GRAPHQL_INTROSPECTION',
    default: true,
    parse: flag,
    description: 'Whether clients may read the schema; with `false`, no error suggests a name either.',
  },
  // Five times the highest cost that the limits allow.
  rateLimit: {
    variable: 'RATE_LIMIT',
    default: 1_000_000,
    parse: integer(0, 1_000_000_000),
    description: 'Points of cost that one key may ask for in a second on one gateway; 0 is unlimited.',
    details: 'More is answered with 429 and `Retry-After`.',
  },
  rateBurst: {
    variable: 'RATE_BURST',
    default: 0,
    parse: integer(0, 1_000_000_000),
    description: 'Points of cost that one key may save up; 0 stands for ten seconds of `RATE_LIMIT`.',
  },
});
