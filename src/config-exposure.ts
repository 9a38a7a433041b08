import { flag, integer, origins } from './config-values.js';

/**
 * What a stranger may ask for, with generous defaults: variable, default, least and most. What is refused says which
 * limit it was, by the name of its variable.
 */
export const LIMITS = {
  /** Bytes of a document. */
  graphqlMaxDocumentBytes: ['GRAPHQL_MAX_DOCUMENT_BYTES', 524_288, 1_000, 67_108_864],
  /** Lexical tokens of a document, comments too. Apollo Router's limit. */
  graphqlMaxTokens: ['GRAPHQL_MAX_TOKENS', 15_000, 10, 1_000_000],
  /** Operations, their variables, and fragments in a document. */
  graphqlMaxDefinitions: ['GRAPHQL_MAX_DEFINITIONS', 250, 1, 10_000],
  /** Fields of a document, those of a fragment as often as it is spread. */
  graphqlMaxFields: ['GRAPHQL_MAX_FIELDS', 10_000, 10, 1_000_000],
  /** Comparisons of fields that stand in one place: a field that is there 100 times takes 4,950. */
  graphqlMaxComparisons: ['GRAPHQL_MAX_COMPARISONS', 10_000, 10, 1_000_000],
  /** Levels of fields in an operation. */
  graphqlMaxDepth: ['GRAPHQL_MAX_DEPTH', 30, 1, 150],
  /** Aliases in an operation and the fragments that it uses. */
  graphqlMaxAliases: ['GRAPHQL_MAX_ALIASES', 100, 0, 100_000],
  /** Fields at the root of an operation. */
  graphqlMaxRootFields: ['GRAPHQL_MAX_ROOT_FIELDS', 64, 1, 100_000],
  /** Directives in an operation and the fragments that it uses. */
  graphqlMaxDirectives: ['GRAPHQL_MAX_DIRECTIVES', 50, 0, 100_000],
  /** Lists of fields, interfaces, possible types or input fields in one another, below __schema or __type. graphql-js allows 2. */
  graphqlMaxIntrospectionDepth: ['GRAPHQL_MAX_INTROSPECTION_DEPTH', 2, 1, 2],
  /** What an operation may come to: see cost-plan.ts. */
  graphqlMaxCost: ['GRAPHQL_MAX_COST', 200_000, 1, 1_000_000_000],
  /** Values, lists and objects of a filter; within a list of JSON each counts tenfold: see filter-size.ts. */
  graphqlMaxFilterNodes: ['GRAPHQL_MAX_FILTER_NODES', 1_000, 10, 1_000_000],
  /** Errors in one answer. */
  graphqlMaxErrors: ['GRAPHQL_MAX_ERRORS', 50, 1, 10_000],
  /** Characters of all variables, about as their JSON has them. */
  graphqlMaxVariablesSize: ['GRAPHQL_MAX_VARIABLES_SIZE', 4_194_304, 100, 1_073_741_824],
  /** Items of one list in variables; metadata is not looked into. */
  graphqlMaxVariablesItems: ['GRAPHQL_MAX_VARIABLES_ITEMS', 10_000, 10, 10_000_000],
  /** Levels of lists and objects in variables; metadata has a limit of its own, and is not looked into. */
  graphqlMaxVariablesDepth: ['GRAPHQL_MAX_VARIABLES_DEPTH', 50, 1, 500],
  /** Seconds that a client has to send a request whole, and only its headers. */
  requestTimeout: ['REQUEST_TIMEOUT', 30, 1, 3_600],
  headersTimeout: ['HEADERS_TIMEOUT', 15, 1, 3_600],
  /** Seconds that a connection is kept open after an answer, for the next request. */
  keepAliveTimeout: ['KEEP_ALIVE_TIMEOUT', 72, 1, 3_600],
  /** Seconds after which a connection on which nothing happens is cut, whatever it waits for. */
  connectionTimeout: ['CONNECTION_TIMEOUT', 120, 1, 3_600],
  /**
   * Cost that one API key may ask for in a second, and save up at most (0: ten seconds of it). Five times what operations of
   * the highest cost come to, and several times what a busy client gets done. 0: as much as it likes.
   */
  rateLimit: ['RATE_LIMIT', 1_000_000, 0, 1_000_000_000],
  rateBurst: ['RATE_BURST', 0, 0, 1_000_000_000],
} as const satisfies Record<string, readonly [name: string, value: number, least: number, most: number]>;

export type Limit = keyof typeof LIMITS;
export type Limits = Readonly<Record<Limit, number>>;

/** What can be set of how the gateway meets strangers. */
export interface ExposureConfig extends Limits {
  /** GRAPHQL_INTROSPECTION: whether the schema is shown; if not, no error suggests a name of it either. Default true. */
  readonly graphqlIntrospection: boolean;
  /** CORS_ORIGINS: the origins whose pages may ask, separated by commas. Default none but the gateway's own. */
  readonly corsOrigins: readonly string[];
}

const NAMES = Object.keys(LIMITS) as Limit[];

/** The variables, as cleanEnv takes them. */
export const exposureVariables = {
  GRAPHQL_INTROSPECTION: flag({ default: true }),
  CORS_ORIGINS: origins({ default: [] }),
  ...(Object.fromEntries(
    NAMES.map((limit) => {
      const [name, value, least, most] = LIMITS[limit];
      return [name, integer(least, most)({ default: value })];
    }),
  ) as Record<(typeof LIMITS)[Limit][0], ReturnType<ReturnType<typeof integer>>>),
};

type Clean = { GRAPHQL_INTROSPECTION: boolean; CORS_ORIGINS: readonly string[] } & Record<
  (typeof LIMITS)[Limit][0],
  number
>;

export function exposureOf(clean: Clean): ExposureConfig {
  const limits = Object.fromEntries(NAMES.map((limit) => [limit, clean[LIMITS[limit][0]]]));
  return {
    ...(limits as Limits),
    graphqlIntrospection: clean.GRAPHQL_INTROSPECTION,
    corsOrigins: clean.CORS_ORIGINS,
  };
}

/** What holds when nothing else is said. */
export const EXPOSURE_DEFAULTS: ExposureConfig = {
  ...(Object.fromEntries(NAMES.map((limit) => [limit, LIMITS[limit][1]])) as Limits),
  graphqlIntrospection: true,
  corsOrigins: [],
};
