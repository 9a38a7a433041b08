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
import { canonicalKey } from '../db/canonical-key.js';
import type { Asked } from '../db/loader-set.js';
import { type Compilable, compilable, withoutConditions } from './compilable.js';
import type { AnonymousContext, Context } from './context.js';
import { fieldNamesIn, namesIn } from './field-names.js';
import { GivenArguments, withGivenValues } from './given-arguments.js';
import type { RequestSteps } from './request-steps.js';

/** How many operations are known; the one that was not asked for longest is forgotten first. */
const MOST_KNOWN = 500;

/** What they and their documents may take together, in bytes, by rough measures of a character and of a field's code. */
const MOST_BYTES = 67_108_864;
const BYTES_OF_CHARACTER = 50;
const BYTES_OF_FIELD = 1_000;

/** How many forms of one operation are compiled, in which its conditions hold or do not. */
const MOST_FORMS = 8;

type Values = Record<string, unknown>;
type Result = ExecutionResult<Values>;
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** An operation that is compiled, or is not to be: NEW when it was asked for once, UNFIT when it cannot be. */
type State = CompiledOperation | 'NEW' | 'UNFIT';

/**
 * Executes queries by code that is compiled for them (graphql-jit), several times as fast as graphql-js interprets them
 * and with the same answer. An operation is compiled when it is asked for a second time, so that a client who never
 * asks the same again costs no more than he did. graphql-js executes what is left: mutations, what `compilable` leaves
 * to it, whatever is wrong in variables or arguments, and what has failed in more than one place: its words stand.
 */
export function compiledQueries(schema: GraphQLSchema, formatError: FormatError): RequestSteps {
  const compiling = withGivenValues(schema);
  const known = new LRUCache<OperationDefinitionNode, State>({ max: MOST_KNOWN, maxSize: MOST_BYTES });
  const note = (operation: OperationDefinitionNode, state: State) => {
    known.set(operation, state, { size: sizeOf(operation, state) });
    return state;
  };
  return {
    async responseForOperation({ document, operation, request, contextValue, response }) {
      if (operation?.operation !== 'query') return null;
      let state = known.get(operation);
      if (state === undefined) note(operation, 'NEW');
      if (state === 'NEW') state = note(operation, compile(compiling, document, operation) ?? 'UNFIT');
      const compiled = state instanceof CompiledOperation ? state : null;
      readOnly(contextValue, compiled?.asked ?? fieldNamesIn(document, operation));
      if (compiled === null) return null;
      const result = await compiled.execute(contextValue, request.variables ?? {});
      if (result === null) return null;
      const { data, errors = [] } = result;
      // Of several failures graphql-js tells those that it meets before it knows the answer, and the compiled code tells all:
      // which they are depends on the order of the reads, so that graphql-js begins from nothing.
      if (errors.length > 1) {
        readOnly(contextValue, compiled.asked);
        return null;
      }
      const formatted = errors.map((error) => formatError(asApolloPuts(error), error));
      const singleResult = errors.length === 0 ? { data } : { data, errors: formatted };
      return { http: response.http, body: { kind: 'single' as const, singleResult } };
    },
  };
}

/** From here on reads what is asked for, and from nothing. */
function readOnly(context: Context | AnonymousContext, asked: Asked): void {
  if (context.viewer !== null) context.loaders = context.newLoaders(asked);
}

/** The bytes of an operation, with the document that it keeps alive. */
function sizeOf({ loc }: OperationDefinitionNode, state: State): number {
  const code = state instanceof CompiledOperation ? state.mostFields * BYTES_OF_FIELD : 0;
  return 1 + (loc?.source.body.length ?? 0) * BYTES_OF_CHARACTER + code;
}

/** Null for what is not to be compiled. */
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

/** The code of an operation under certain conditions. */
interface CompiledForm {
  given: GivenArguments;
  query: CompiledQuery['query'];
}

class CompiledOperation {
  /** The names of all fields in it. */
  readonly asked: ReadonlySet<string>;
  readonly #schema: GraphQLSchema;
  readonly #definitions: readonly VariableDefinitionNode[];
  readonly #compilable: Compilable;
  /** By the values of the conditions; null where there can be none. */
  readonly #forms = new Map<string, CompiledForm | null>();

  constructor(schema: GraphQLSchema, operation: OperationDefinitionNode, compilable: Compilable) {
    this.#schema = schema;
    this.#definitions = operation.variableDefinitions ?? [];
    this.#compilable = compilable;
    this.asked = namesIn(compilable.document.definitions);
  }

  /** Of all forms together. */
  get mostFields(): number {
    const { fields, conditions } = this.#compilable;
    return fields * Math.min(MOST_FORMS, 2 ** conditions.length);
  }

  /** Null when something is wrong with the variables, arguments or conditions. */
  execute(context: object, variables: Values): Promise<Result> | Result | null {
    const { coerced } = getVariableValues(this.#schema, this.#definitions, variables, { maxErrors: 1 });
    const form = coerced === undefined ? null : this.#formUnder(coerced);
    if (coerced === undefined || form === null) return null;
    const values = valuesOrNull(form.given, coerced);
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
    const given = new GivenArguments(schema, withoutConditions(document, variables));
    const compiled = compileQuery(schema, given.document, '', { disablingCapturingStackErrors: true });
    return isCompiledQuery(compiled) ? { given, query: compiled.query } : null;
  } catch {
    return null;
  }
}

function valuesOrNull(given: GivenArguments, variables: Values): Values | null {
  try {
    return given.values(variables);
  } catch {
    return null;
  }
}

/** As Apollo Server puts an error to `formatError`. */
export function asApolloPuts(error: GraphQLError): GraphQLFormattedError {
  const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = error.extensions ?? {};
  return { ...error.toJSON(), extensions: { ...extensions, code } };
}
