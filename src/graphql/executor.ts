import type { ApolloServerPlugin, GraphQLRequestContextResponseForOperation } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { AnonymousContext, Context } from './context.js';
import { GivenArguments, withGivenValues } from './given-arguments.js';

/** How many operations are kept compiled; the one that was not asked for longest is thrown out first. */
const MOST_COMPILED = 500;

type Values = Record<string, unknown>;
type Result = ExecutionResult<Values>;
type Request = GraphQLRequestContextResponseForOperation<Context | AnonymousContext>;
type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** An operation that is compiled, or is not to be: NEW when it was asked for once, UNFIT when it cannot be. */
type Known = CompiledOperation | 'NEW' | 'UNFIT';

/**
 * Executes queries by code that is compiled for them (graphql-jit), several times as fast as graphql-js interprets them
 * and with the same answer. An operation is compiled when it is asked for a second time, so that a client who never
 * asks the same again costs no more than he did. graphql-js executes what is left: mutations, and whatever is wrong in
 * its variables or arguments, for which its words stand.
 */
export function compiledQueries(
  schema: GraphQLSchema,
  formatError: FormatError,
): ApolloServerPlugin<Context | AnonymousContext> {
  const compiling = withGivenValues(schema);
  const known = new LRUCache<OperationDefinitionNode, Known>({ max: MOST_COMPILED });
  const hooks = {
    async responseForOperation({ document, operation, request, contextValue, response }: Request) {
      if (operation?.operation !== 'query') return null;
      const state = known.get(operation);
      if (state === 'UNFIT') return null;
      if (state === undefined) {
        known.set(operation, 'NEW');
        return null;
      }
      const compiled = state === 'NEW' ? compile(compiling, document, operation) : state;
      if (compiled !== state) known.set(operation, compiled ?? 'UNFIT');
      if (compiled != null && contextValue.viewer !== null) {
        contextValue.loaders = contextValue.newLoaders(compiled.asked);
      }
      const result = await compiled?.execute(contextValue, request.variables ?? {});
      if (result == null) return null;
      const { data } = result;
      const errors = result.errors?.map((error) => formatError(formatted(error), error));
      return { http: response.http, body: { kind: 'single' as const, singleResult: { data, errors } } };
    },
  };
  return { requestDidStart: async () => hooks };
}

/** Null for what graphql-jit cannot compile. */
function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledOperation | null {
  try {
    const given = new GivenArguments(schema, document, operation);
    const query = compileQuery(schema, given.document, operation.name?.value ?? '', {
      disablingCapturingStackErrors: true,
    });
    return isCompiledQuery(query) ? new CompiledOperation(schema, operation, given, query) : null;
  } catch {
    return null;
  }
}

function fieldNames(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Field: ({ name }) => void names.add(name.value) });
  return names;
}

class CompiledOperation {
  /** The names of all fields in it. */
  readonly asked: ReadonlySet<string>;
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #given: GivenArguments;
  readonly #query: CompiledQuery;

  constructor(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: GivenArguments,
    query: CompiledQuery,
  ) {
    this.#schema = schema;
    this.#operation = operation;
    this.#given = given;
    this.#query = query;
    this.asked = fieldNames(given.document);
  }

  /** Null when something is wrong with the variables or arguments. */
  execute(context: object, variables: Values): Promise<Result> | Result | null {
    const values = this.#valuesOf(variables);
    return values === null ? null : this.#query.query(undefined, context, values);
  }

  #valuesOf(variables: Values): Values | null {
    const definitions = this.#operation.variableDefinitions ?? [];
    try {
      const { coerced } = getVariableValues(this.#schema, definitions, variables, { maxErrors: 1 });
      return coerced === undefined ? null : this.#given.values(coerced);
    } catch {
      return null;
    }
  }
}

/** As Apollo Server puts an error to `formatError`. */
function formatted(error: GraphQLError): GraphQLFormattedError {
  const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = error.extensions ?? {};
  return { ...error.toJSON(), extensions: { ...extensions, code } };
}
