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
import type { Account } from '../db/account.js';
import { canonicalKey } from '../db/canonical-key.js';
import { jsonText } from '../db/json-text.js';
import { isDatabaseAway } from '../db/unavailable.js';
import { type Sight, sightOf, viewerOf } from '../identity/viewer.js';
import type { Answer, Subscription } from '../live/audience.js';
import type { Batch, Interest, LiveChange } from '../live/batch.js';
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
    const sight = sightOf(contextValue.viewer);
    const asked = { source, operation: operation.name?.value, variables: deciding(question, operation) };
    contextValue.stream.subscription = {
      ...stream.interest,
      organization: sight.organization.id,
      key: audienceKey({ sight, interest: stream.interest, asked }),
      after: stream.after,
      holder: contextValue.viewer.keyId,
      cost: contextValue.cost ?? 1,
      answer: (batch, changes) => answer({ question, context: contextValue, sight, written }, batch, changes),
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

/** All that decides what a subscriber is sent, and nothing else: who agrees in it has one audience. */
interface Decisive {
  sight: Sight;
  interest: Interest;
  asked: { source: string; operation: string | undefined; variables: Variables };
}

function audienceKey(decisive: Decisive): string {
  return createHash('sha256').update(canonicalKey(decisive)).digest('base64');
}

/**
 * The variables that decide what is sent: those that were given, as they were given, for null takes no default. Where a
 * subscriber begins decides nothing, so that those who come back from different places share the rest.
 */
function deciding({ document, variableValues }: Question, operation: OperationDefinitionNode): Variables {
  const start = startVariable(document, operation);
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names
      .filter((name) => name !== start && Object.hasOwn(variableValues, name))
      .map((name) => [name, variableValues[name]]),
  );
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

/** Of the first subscriber's context what all of its audience have in common. */
function sharedContext(first: Context, sight: Sight, account: Account, loaders: Loaders): Context {
  const { services, logCursors, newLoaders } = first;
  return { viewer: viewerOf(sight, account), services, logCursors, asked: null, loaders, newLoaders };
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

interface Asked {
  question: Question;
  context: Context;
  sight: Sight;
  written(result: ExecutionResult): Buffer;
}

async function answer(
  { question, context, sight, written }: Asked,
  batch: Batch,
  changes: LiveChange[],
): Promise<Answer[]> {
  // Each answer has an account of its own, or one that lasts long would be charged for all that came before.
  const account = context.viewer.account.anew();
  const contextValue = sharedContext(context, sight, account, loadersOf(batch, context));
  const results = await Promise.all(
    changes.map(async (rootValue) => execute({ ...question, rootValue, contextValue })),
  ).finally(() => account.release());
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
