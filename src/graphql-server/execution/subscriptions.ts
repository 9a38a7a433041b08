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
import type { Account, Asker } from '../../db/connection/account.js';
import { canonicalKey } from '../../foundation/canonical-key.js';
import { jsonText } from '../../foundation/json-text.js';
import { isDatabaseAway } from '../../foundation/unavailable.js';
import { AwaitedChanges } from '../../graphql/awaited-changes.js';
import { AwaitedImport } from '../../graphql/awaited-import.js';
import { AwaitedRows } from '../../graphql/awaited-rows.js';
import { EXTENSION } from '../../graphql/consistency.js';
import type { Context, Loaders } from '../../graphql/context.js';
import { Reads } from '../../graphql/reads.js';
import { type Visibility, viewerOf, visibilityOf } from '../../identity/viewer.js';
import type { ChangeBatch, Interest } from '../../live/change-batch.js';
import { jsonSize, type KnownSizes } from '../../live/json-size.js';
import type {
  Answer,
  FoundRowsHandle,
  ImportHandle,
  SubscriptionHandle,
} from '../../live/subscription-handle.js';
import type { OperationRequest, RequestSteps } from '../pipeline/request-steps.js';
import { type FormatError, formattedByApollo } from './executor.js';

type Variables = Record<string, unknown>;

const AWAITED = [AwaitedChanges, AwaitedImport, AwaitedRows];

interface Question {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | null | undefined;
  variableValues: Variables;
}

export function subscriptionSteps(
  schema: GraphQLSchema,
  formatError: FormatError,
  mostBytes: number,
  watchAnswer: WatchAnswer = () => null,
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
    if (!AWAITED.some((each) => stream instanceof each)) {
      const { errors = [] } = stream as { errors?: GraphQLError[] };
      const formatted = errors.map(ofVariable).map((error) => formatError(formattedByApollo(error), error));
      return { http: response.http, body: single({ errors: formatted }) };
    }
    const sight = visibilityOf(contextValue.viewer);
    const answering = { question, context: contextValue, sight, written, watchAnswer };
    const common = {
      organization: sight.organization.id,
      keyId: contextValue.viewer.keyId,
      cost: contextValue.cost ?? 1,
    };
    const accepted = { http: response.http, body: single({ data: null }) };
    if (stream instanceof AwaitedRows) {
      contextValue.stream.subscription = {
        ...common,
        ...stream.subject,
        answer: (rows) => answer(answering, contextValue.newLoaders, rows),
      } satisfies FoundRowsHandle;
      return accepted;
    }
    if (stream instanceof AwaitedImport) {
      contextValue.stream.subscription = {
        ...common,
        importId: stream.id,
        answer: (imports) => answer(answering, contextValue.newLoaders, imports),
      } satisfies ImportHandle;
      return accepted;
    }
    const { interest, after } = stream as AwaitedChanges;
    const query = { source, operation: operation.name?.value, variables: deciding(question, operation) };
    contextValue.stream.subscription = {
      ...common,
      ...interest,
      key: audienceKey({ sight, interest, query }),
      after,
      answer: (batch, changes) => answer(answering, () => loadersOf(batch, contextValue), changes),
    } satisfies SubscriptionHandle;
    return accepted;
  };
  return {
    responseForOperation: (request) =>
      request.operation?.operation === 'subscription' ? begin(request) : null,
  };
}

function declaredOf({ variableDefinitions = [] }: OperationDefinitionNode, variables: Variables): Variables {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(variables, name) ? [[name, variables[name]]] : [])),
  );
}

/** Apollo Server marks an invalid variable as the client's error, except in subscriptions. */
function ofVariable(error: GraphQLError): GraphQLError {
  if (error.nodes?.[0]?.kind !== Kind.VARIABLE_DEFINITION) return error;
  const { nodes, originalError } = error;
  return new GraphQLError(error.message, { nodes, originalError, extensions: { code: 'BAD_USER_INPUT' } });
}

const single = (singleResult: FormattedExecutionResult) => ({ kind: 'single' as const, singleResult });

interface Decisive {
  sight: Visibility;
  interest: Interest;
  query: { source: string; operation: string | undefined; variables: Variables };
}

function audienceKey(decisive: Decisive): string {
  return createHash('sha256').update(canonicalKey(decisive)).digest('base64');
}

/**
 * Variables as sent, because null does not take a default. Without the start cursor, so that subscribers that resume
 * from different positions share an audience.
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

function sharedContext(first: Context, sight: Visibility, account: Account, loaders: Loaders): Context {
  const { services, logCursors, consistency, newLoaders } = first;
  return {
    viewer: viewerOf(sight, account),
    services,
    logCursors,
    consistency,
    atEnd: [],
    reads: new Reads(() => loaders),
    newLoaders,
  };
}

const loadersByBatch = new WeakMap<ChangeBatch, Loaders>();

function loadersOf(batch: ChangeBatch, { newLoaders }: Context): Loaders {
  let loaders = loadersByBatch.get(batch);
  if (loaders === undefined) {
    loaders = newLoaders(batch.account);
    for (const [id, call] of batch.calls) loaders.callById.prime(id, call);
    loadersByBatch.set(batch, loaders);
  }
  return loaders;
}

/** Watches an answer to changes. What it gives is who asks for the statements. */
export type WatchAnswer = (asker: Asker | null) => { asker: Asker; end(isDone: boolean): void } | null;

interface AnswerOptions {
  question: Question;
  context: Context;
  sight: Visibility;
  written(result: ExecutionResult): Buffer;
  watchAnswer: WatchAnswer;
}

async function answer(
  { question, context, sight, written, watchAnswer }: AnswerOptions,
  loadersFor: (account: Account) => Loaders,
  roots: readonly object[],
): Promise<Answer[]> {
  // A new account per answer: otherwise a long subscription would be charged for all its earlier answers.
  const account = context.viewer.account.anew();
  const watched = watchAnswer(account.asker);
  if (watched !== null) account.asker = watched.asker;
  const contextValue = sharedContext(context, sight, account, loadersFor(account));
  const results = await Promise.all(
    roots.map(async (rootValue) => execute({ ...question, rootValue, contextValue })),
  ).finally(() => account.release());
  watched?.end(results.every((result) => result.errors === undefined));
  const errors = results.flatMap((result) => result.errors ?? []);
  const away = errors.find(({ originalError }) => isDatabaseAway(originalError));
  // The caller requests the whole answer again, so that an outage of the database loses nothing.
  if (away !== undefined) throw away.originalError;
  const token = await context.consistency?.seen(account);
  const extensions = token === undefined ? undefined : { [EXTENSION]: token };
  return results.map((result) => () => written({ ...result, ...(extensions && { extensions }) }));
}

const sizes: KnownSizes = new WeakMap();

/** Computes the size before the text, which may need more memory than there is. */
function writtenOut(
  { data, errors, extensions }: ExecutionResult,
  formatError: FormatError,
  most: number,
): Buffer {
  const formatted = errors?.map((error) => formatError(formattedByApollo(error), error));
  const size = jsonSize(data, most, sizes);
  const payload = size > most ? null : Buffer.from(jsonText({ data, errors: formatted, extensions }));
  if (payload !== null && payload.length <= most) return payload;
  throw new GraphQLError(`The answer to a change has more than ${most} bytes (LIVE_FRAME_LIMIT).`, {
    extensions: { code: 'ANSWER_TOO_LARGE', limit: most, variable: 'LIVE_FRAME_LIMIT' },
  });
}
