import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { RequestedFields } from '../../db/loading/loader-set.js';
import { canonicalKey } from '../../foundation/canonical-key.js';
import type { AnonymousContext, Context } from '../../graphql/context.js';
import type { RequestSteps } from '../pipeline/request-steps.js';
import { fieldNamesIn, namesIn } from '../schema/field-names.js';
import { ArgumentVariables, withCoercedValues } from './argument-variables.js';
import { type Compilable, compilable, withoutConditions } from './compilable.js';

const MOST_OPERATIONS = 500;

const MOST_BYTES = 67_108_864;
const BYTES_OF_CHARACTER = 50;
const BYTES_OF_FIELD = 1_000;

const MOST_FORMS = 8;

type Values = Record<string, unknown>;
type Result = ExecutionResult<Values>;
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

type State = CompiledOperation | 'NEW' | 'UNFIT';

/**
 * Executes queries with code compiled by graphql-jit, several times as fast as graphql-js, which executes the rest.
 * Compiles an operation at its second request, so that one-time operations cost no more.
 */
export function compiledQueries(schema: GraphQLSchema, formatError: FormatError): RequestSteps {
  const compiling = withCoercedValues(schema);
  const states = new LRUCache<OperationDefinitionNode, State>({ max: MOST_OPERATIONS, maxSize: MOST_BYTES });
  const remember = (operation: OperationDefinitionNode, state: State) => {
    states.set(operation, state, { size: sizeOf(operation, state) });
    return state;
  };
  return {
    async responseForOperation({ document, operation, request, contextValue, response }) {
      if (operation?.operation !== 'query') return null;
      let state = states.get(operation);
      if (state === undefined) remember(operation, 'NEW');
      if (state === 'NEW') state = remember(operation, compile(compiling, document, operation) ?? 'UNFIT');
      const compiled = state instanceof CompiledOperation ? state : null;
      readOnly(contextValue, compiled?.requestedFields ?? fieldNamesIn(document, operation));
      if (compiled === null) return null;
      const result = await compiled.execute(contextValue, request.variables ?? {});
      if (result === null) return null;
      const { data, errors = [] } = result;
      // graphql-js omits failures after the complete answer, compiled code reports all: start anew with graphql-js.
      if (errors.length > 1) {
        readOnly(contextValue, compiled.requestedFields);
        return null;
      }
      const formatted = errors.map((error) => formatError(formattedByApollo(error), error));
      const singleResult = errors.length === 0 ? { data } : { data, errors: formatted };
      return { http: response.http, body: { kind: 'single' as const, singleResult } };
    },
  };
}

function readOnly(context: Context | AnonymousContext, requestedFields: RequestedFields): void {
  if (context.viewer !== null) context.reads.reset(requestedFields);
}

function sizeOf({ loc }: OperationDefinitionNode, state: State): number {
  const code = state instanceof CompiledOperation ? state.mostFields * BYTES_OF_FIELD : 0;
  return 1 + (loc?.source.body.length ?? 0) * BYTES_OF_CHARACTER + code;
}

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledOperation | null {
  try {
    return new CompiledOperation(schema, operation, compilable(schema, document, operation));
  } catch {
    return null;
  }
}

interface CompiledForm {
  argumentVariables: ArgumentVariables;
  query: CompiledQuery['query'];
}

class CompiledOperation {
  readonly requestedFields: ReadonlySet<string>;
  readonly #schema: GraphQLSchema;
  readonly #definitions: readonly VariableDefinitionNode[];
  readonly #compilable: Compilable;
  readonly #forms = new Map<string, CompiledForm | null>();

  constructor(schema: GraphQLSchema, operation: OperationDefinitionNode, compilable: Compilable) {
    this.#schema = schema;
    this.#definitions = operation.variableDefinitions ?? [];
    this.#compilable = compilable;
    this.requestedFields = namesIn(compilable.document.definitions);
  }

  get mostFields(): number {
    const { fields, conditions } = this.#compilable;
    return fields * Math.min(MOST_FORMS, 2 ** conditions.length);
  }

  execute(context: object, variables: Values): Promise<Result> | Result | null {
    const { coerced } = getVariableValues(this.#schema, this.#definitions, variables, { maxErrors: 1 });
    const form = coerced === undefined ? null : this.#formUnder(coerced);
    if (coerced === undefined || form === null) return null;
    const values = valuesOrNull(form.argumentVariables, coerced);
    return values === null ? null : form.query(undefined, context, values);
  }

  #formUnder(variables: Values): CompiledForm | null {
    const { document, conditions } = this.#compilable;
    const name = canonicalKey(conditions.map((condition) => variables[condition]));
    const known = this.#forms.get(name);
    if (known !== undefined || this.#forms.size === MOST_FORMS) return known ?? null;
    const form = compiledForm(this.#schema, document, variables);
    this.#forms.set(name, form);
    return form;
  }
}

function compiledForm(schema: GraphQLSchema, document: DocumentNode, variables: Values): CompiledForm | null {
  try {
    const argumentVariables = new ArgumentVariables(schema, withoutConditions(document, variables));
    const compiled = compileQuery(schema, argumentVariables.document, '', {
      disablingCapturingStackErrors: true,
    });
    return isCompiledQuery(compiled) ? { argumentVariables, query: compiled.query } : null;
  } catch {
    return null;
  }
}

function valuesOrNull(argumentVariables: ArgumentVariables, variables: Values): Values | null {
  try {
    return argumentVariables.values(variables);
  } catch {
    return null;
  }
}

export function formattedByApollo(error: GraphQLError): GraphQLFormattedError {
  const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = error.extensions ?? {};
  return { ...error.toJSON(), extensions: { ...extensions, code } };
}
