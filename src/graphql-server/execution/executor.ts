import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { TookTooLong } from '../../db/lists/bounded.js';
import type { RequestedFields } from '../../db/loading/loader-set.js';
import { canonicalKey } from '../../foundation/canonical-key.js';
import { JsonText } from '../../foundation/json-text.js';
import { isDatabaseAway } from '../../foundation/unavailable.js';
import type { AnonymousContext, Context } from '../../graphql/context.js';
import type { RequestSteps } from '../pipeline/request-steps.js';
import { fieldNamesIn, namesIn } from '../schema/field-names.js';
import { type Compilable, compilable, withoutConditions } from './compilable.js';
import { NotPlain, Piece, Run, type Write } from './text-run.js';
import { TextWriters } from './text-writers.js';
import { variableReader } from './variable-reader.js';

const MOST_OPERATIONS = 500;

const MOST_BYTES = 67_108_864;
const BYTES_OF_CHARACTER = 50;
const BYTES_OF_FIELD = 1_000;

const MOST_FORMS = 8;

type Values = Record<string, unknown>;
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

type State = CompiledOperation | 'NEW' | 'UNFIT';

/**
 * Compiles queries, and mutations of one field, to functions that write the answer's JSON, several times as fast as
 * graphql-js, which executes the rest, and anew what has errors; a mutation's field is resolved once. Compiles an
 * operation at its second request, so that one-time operations cost no more.
 */
export function compiledOperations(schema: GraphQLSchema, mostBytes?: number): RequestSteps {
  const states = new LRUCache<OperationDefinitionNode, State>({ max: MOST_OPERATIONS, maxSize: MOST_BYTES });
  const remember = (operation: OperationDefinitionNode, state: State) => {
    states.set(operation, state, { size: sizeOf(operation, state) });
    return state;
  };
  return {
    async responseForOperation({ document, operation, request, contextValue, response }) {
      if (operation === undefined || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
      let state = states.get(operation);
      if (state === undefined) remember(operation, 'NEW');
      if (state === 'NEW') state = remember(operation, compile(schema, document, operation) ?? 'UNFIT');
      let failure: unknown = null;
      if (state instanceof CompiledOperation) {
        try {
          const data = await state.execute(contextValue, request.variables, mostBytes);
          if (data !== null) return { http: response.http, body: { kind: 'single', singleResult: { data } } };
        } catch (error) {
          failure = error;
        }
      }
      readOnly(contextValue, fieldNamesIn(document, operation));
      const isFinal = isDatabaseAway(failure) || failure instanceof TookTooLong;
      if (contextValue.viewer !== null && isFinal) contextValue.reads.fail(failure);
      return null;
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

interface Form {
  arguments: ((run: Run) => Values)[];
  fields: Map<string, Write>;
  requestedFields: RequestedFields;
}

class CompiledOperation {
  readonly #requestedFields: ReadonlySet<string>;
  readonly #schema: GraphQLSchema;
  readonly #isMutation: boolean;
  readonly #readVariables: (given: Values) => Values;
  readonly #compilable: Compilable;
  readonly #forms = new Map<string, Form | null>();

  constructor(schema: GraphQLSchema, operation: OperationDefinitionNode, compilable: Compilable) {
    this.#schema = schema;
    this.#isMutation = operation.operation === OperationTypeNode.MUTATION;
    this.#readVariables = variableReader(schema, operation.variableDefinitions ?? []);
    this.#compilable = compilable;
    this.#requestedFields = namesIn(compilable.document.definitions);
  }

  get mostFields(): number {
    const { fields, conditions } = this.#compilable;
    return fields * Math.min(MOST_FORMS, 2 ** conditions.length);
  }

  /**
   * Null if it is not fit for these variables.
   * @throws what failed; then graphql-js must execute it anew
   */
  async execute(
    context: Context | AnonymousContext,
    variables: Values = {},
    mostBytes = Number.POSITIVE_INFINITY,
  ): Promise<Values | null> {
    const values = this.#valuesOf(variables);
    const form = values === null ? null : this.#formUnder(values);
    if (values === null || form === null) return null;
    const run = new Run(context, values);
    run.attempt(() => {
      for (const argumentsOf of form.arguments) argumentsOf(run);
    });
    if (run.failure !== null) return null;
    readOnly(context, form.requestedFields);
    if (this.#isMutation && context.viewer !== null) context.resolved = {};
    const fields = Array.from(form.fields, ([name, write]): [string, Piece] => {
      const piece = new Piece(run);
      run.attempt(() => write(piece, undefined));
      return [name, piece];
    });
    await run.over();
    if (run.failure !== null) throw run.failure;
    // One text of it might not fit into the memory; graphql-js refuses it unwritten.
    if (fields.reduce((sum, [, piece]) => sum + piece.length, 0) > mostBytes) throw new NotPlain();
    return Object.fromEntries(fields.map(([name, piece]) => [name, JsonText.made(`${piece}`)]));
  }

  /** Null if graphql-js must say what is wrong with them. */
  #valuesOf(variables: Values): Values | null {
    try {
      return this.#readVariables(variables);
    } catch {
      return null;
    }
  }

  #formUnder(variables: Values): Form | null {
    const { document, conditions } = this.#compilable;
    const name = canonicalKey(conditions.map((condition) => variables[condition]));
    const known = this.#forms.get(name);
    if (known !== undefined || this.#forms.size === MOST_FORMS) return known ?? null;
    const form = formOf(this.#schema, document, variables, this.#requestedFields);
    this.#forms.set(name, form);
    return form;
  }
}

function formOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Values,
  names: ReadonlySet<string>,
): Form | null {
  try {
    const decided = withoutConditions(document, variables);
    const operation = decided.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
    const root = operation && schema.getRootType(operation.operation);
    if (operation === undefined || root == null) return null;
    const writers = new TextWriters(schema, decided, operation);
    const fields = writers.fields(root, [operation.selectionSet]);
    // Each field of a mutation waits for the one before it.
    if (operation.operation === OperationTypeNode.MUTATION && fields.size !== 1) return null;
    return {
      fields,
      arguments: writers.arguments,
      requestedFields: Object.assign(new Set(names), { shapes: writers.shapes }),
    };
  } catch {
    return null;
  }
}

export function formattedByApollo(error: GraphQLError): GraphQLFormattedError {
  const { code = 'INTERNAL_SERVER_ERROR', ...extensions } = error.extensions ?? {};
  return { ...error.toJSON(), extensions: { ...extensions, code } };
}
