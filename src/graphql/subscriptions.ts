import { createHash } from 'node:crypto';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { jsonText } from '../db/json-text.js';
import { isDatabaseAway } from '../db/unavailable.js';
import type { Answer, Subscription } from '../live/audience.js';
import type { Batch, LiveChange } from '../live/batch.js';
import { jsonSize, type KnownSizes } from '../live/json-size.js';
import { AwaitedChanges } from './awaited-changes.js';
import type { Context, Loaders } from './context.js';
import { asApolloPuts, type FormatError } from './executor.js';
import type { OperationRequest, RequestSteps } from './request-steps.js';

type Variables = Record<string, unknown>;

/** What is executed for each change. */
interface Question {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | null | undefined;
  variableValues: Variables;
}

/**
 * Takes subscriptions as far as the first event: the request passes all that queries pass, and what is wrong with it is
 * answered as theirs. The transport finds in its context what to subscribe to.
 */
export function subscriptionSteps(
  schema: GraphQLSchema,
  formatError: FormatError,
  mostBytes: number,
): RequestSteps {
  const written = (result: ExecutionResult) => writtenOut(result, formatError, mostBytes);
  const begin = async ({
    document,
    operation,
    request,
    contextValue,
    response,
    source,
  }: OperationRequest) => {
    if (contextValue.viewer === null || contextValue.stream === undefined) return null;
    const { operationName } = request;
    const variableValues = declaredOf(operation, request.variables ?? {});
    const question = { schema, document, operationName, variableValues };
    const stream = await createSourceEventStream({ ...question, contextValue });
    if (!(stream instanceof AwaitedChanges)) {
      const { errors = [] } = stream as { errors?: GraphQLError[] };
      const told = errors.map(ofVariable).map((error) => formatError(asApolloPuts(error), error));
      return { http: response.http, body: single({ errors: told }) };
    }
    contextValue.stream.subscription = {
      ...stream.interest,
      organization: contextValue.viewer.organization.id,
      key: keyOf(contextValue, source, question, operation),
      after: stream.after,
      holder: contextValue.viewer.keyId,
      cost: contextValue.cost ?? 1,
      answer: (batch, changes) => answer(question, contextValue, written, batch, changes),
    } satisfies Subscription;
    return { http: response.http, body: single({ data: null }) };
  };
  return {
    responseForOperation: (request) =>
      request.operation?.operation === 'subscription' ? begin(request) : null,
  };
}

/** Those that the operation declares: they are kept as long as it is subscribed to. */
function declaredOf({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])),
  );
}

/** What is wrong with a variable is the client's fault; Apollo Server says so of all but subscriptions. */
function ofVariable(error: GraphQLError): GraphQLError {
  if (error.nodes?.[0]?.kind !== Kind.VARIABLE_DEFINITION) return error;
  const { nodes, originalError } = error;
  return new GraphQLError(error.message, { nodes, originalError, extensions: { code: 'BAD_USER_INPUT' } });
}

const single = (singleResult: FormattedExecutionResult) => ({ kind: 'single' as const, singleResult });

/**
 * The same for those who ask for the same and may see the same. Where they begin is no part of it, so that those who come
 * back from different places share the rest.
 */
function keyOf(
  { viewer }: Context,
  source: string,
  { document, operationName, variableValues }: Question,
  operation: OperationDefinitionNode,
): string {
  const start = startVariable(document, operation);
  const variables = (operation.variableDefinitions ?? [])
    .map(({ variable }) => variable.name.value)
    .filter((name) => name !== start)
    .map((name) => [name, variableValues[name]]);
  const asked = [viewer.scopes.toSorted(), source, operationName ?? null, variables];
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64');
}

/** The variable that says where to begin, if it says nothing else. */
function startVariable(document: DocumentNode, operation: OperationDefinitionNode): string | null {
  const [field] = operation.selectionSet.selections;
  const after =
    field?.kind === Kind.FIELD ? field.arguments?.find(({ name }) => name.value === 'after') : undefined;
  if (after?.value.kind !== Kind.VARIABLE) return null;
  const name = after.value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => {
      if (variable.name.value === name) uses += 1;
    },
  });
  return uses === 1 ? name : null;
}

const loadersByBatch = new WeakMap<Batch, Loaders>();

/** One set for all that is asked about a batch, with the calls that it knows already. */
function loadersOf(batch: Batch, { newLoaders }: Context): Loaders {
  let loaders = loadersByBatch.get(batch);
  if (loaders === undefined) {
    loaders = newLoaders(null, batch.account);
    for (const [id, call] of batch.calls) loaders.callById.prime(id, call);
    loadersByBatch.set(batch, loaders);
  }
  return loaders;
}

async function answer(
  question: Question,
  context: Context,
  written: (result: ExecutionResult) => Buffer,
  batch: Batch,
  changes: LiveChange[],
): Promise<Answer[]> {
  // Each answer has an account of its own, or one that lasts long would be charged for all that came before.
  const viewer = { ...context.viewer, account: context.viewer.account.anew() };
  const contextValue: Context = { ...context, viewer, loaders: loadersOf(batch, context) };
  const results = await Promise.all(
    changes.map(async (rootValue) => execute({ ...question, rootValue, contextValue })),
  ).finally(() => viewer.account.release());
  const errors = results.flatMap((result) => result.errors ?? []);
  const away = errors.find(({ originalError }) => isDatabaseAway(originalError));
  // What is asked again is answered in full: a subscriber misses nothing because the database was away.
  if (away !== undefined) throw away.originalError;
  return results.map((result) => () => written(result));
}

/** What objects of answers come to: rows are shared by all that is asked about a batch, and repeated in one answer. */
const sizes: KnownSizes = new WeakMap();

/** The answer to one change. Its size is known before it is put together, for that may take more memory than there is. */
function writtenOut({ data, errors }: ExecutionResult, formatError: FormatError, most: number): Buffer {
  const told = errors?.map((error) => formatError(asApolloPuts(error), error));
  const size = jsonSize(data, most, sizes);
  const payload = size > most ? null : Buffer.from(jsonText({ data, errors: told }));
  if (payload !== null && payload.length <= most) return payload;
  throw new GraphQLError(`The answer to a change has more than ${most} bytes (LIVE_FRAME_LIMIT).`, {
    extensions: { code: 'ANSWER_TOO_LARGE', limit: most, variable: 'LIVE_FRAME_LIMIT' },
  });
}
