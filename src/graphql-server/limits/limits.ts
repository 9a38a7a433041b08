import { GraphQLError } from 'graphql';
import type { Config } from '../../config/config.js';
import { limits as settings } from '../../config/tables/limits.js';

const REFUSALS = {
  graphqlMaxDocumentBytes: ['DOCUMENT_TOO_LARGE', 'The document has', 'bytes'],
  graphqlMaxTokens: ['TOO_MANY_TOKENS', 'The document has', 'tokens'],
  graphqlMaxDefinitions: ['TOO_MANY_DEFINITIONS', 'The document has', 'operations, variables and fragments'],
  graphqlMaxFields: ['TOO_MANY_FIELDS', 'With its fragments expanded the document has', 'fields'],
  graphqlMaxComparisons: ['TOO_MANY_REPEATED_FIELDS', 'Merging repeated fields takes', 'comparisons'],
  graphqlMaxDepth: ['OPERATION_TOO_DEEP', 'The operation has', 'levels of fields'],
  graphqlMaxAliases: ['TOO_MANY_ALIASES', 'The operation has', 'aliases'],
  graphqlMaxRootFields: ['TOO_MANY_ROOT_FIELDS', 'The operation has', 'root fields'],
  graphqlMaxDirectives: ['TOO_MANY_DIRECTIVES', 'The operation has', 'directives'],
  graphqlMaxIntrospectionDepth: ['INTROSPECTION_TOO_DEEP', 'The introspection has', 'nested lists'],
  graphqlMaxCost: ['OPERATION_TOO_COSTLY', 'The operation may cost', 'points'],
  graphqlMaxFilterNodes: ['FILTER_TOO_LARGE', 'The argument filter comes to', 'nodes'],
  graphqlMaxVariablesSize: ['VARIABLES_TOO_LARGE', 'The variables have', 'characters'],
  graphqlMaxVariablesItems: ['LIST_TOO_LONG', 'A list in the variables has', 'items'],
  graphqlMaxVariablesDepth: ['VARIABLES_TOO_DEEP', 'The variables have', 'levels'],
} as const satisfies Partial<
  Record<keyof typeof settings, readonly [code: string, subject: string, unit: string]>
>;

export type GraphqlLimit = keyof typeof REFUSALS;

export type GraphqlLimits = Pick<
  Config,
  GraphqlLimit | 'graphqlMaxErrors' | 'graphqlIntrospection' | 'rateLimit' | 'rateBurst'
>;

/** `found` is exact, or the count at which counting stopped. */
export function overLimit(limits: GraphqlLimits, limit: GraphqlLimit, found: number): GraphQLError {
  const [code, subject, unit] = REFUSALS[limit];
  const { variable } = settings[limit];
  const shown = Math.min(found, Number.MAX_SAFE_INTEGER);
  const most = limits[limit];
  return refusal(code, `${subject} ${shown} ${unit}; at most ${most} are allowed (${variable}).`, {
    limit: most,
    found: shown,
    variable,
  });
}

export function refusal(
  code: string,
  message: string,
  extensions: Record<string, unknown> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions, http: { status: 400 } } });
}
