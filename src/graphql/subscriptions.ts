import { createHash } from 'node:crypto';
import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { canonicalKey } from '../db/canonical-key.js';
import { isDatabaseAway } from '../db/unavailable.js';
import { type Sight, sightOf, viewerOf } from '../identity/viewer.js';
import type { Subscription } from '../live/audience.js';
import type { Batch, Interest, LiveChange } from '../live/batch.js';
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
export function subscriptionSteps(schema: GraphQLSchema, formatError: FormatError): RequestSteps {
  const begin = async ({
    document,
    operation,
    request,
    contextValue,
    response,
    source,
  }: OperationRequest) => {
    if (contextValue.viewer === null || contextValue.stream === undefined) return null;
    const { operationName, variables: variableValues = {} } = request;
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
      answer: (batch, changes) =>
        answer(question, sharedContext(contextValue, sight), formatError, batch, changes),
    } satisfies Subscription;
    return { http: response.http, body: single({ data: null }) };
  };
  return {
    responseForOperation: (request) =>
      request.operation?.operation === 'subscription' ? begin(request) : null,
  };
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
function sharedContext({ services, loaders, newLoaders }: Context, sight: Sight): Context {
  return { viewer: viewerOf(sight), services, asked: null, loaders, newLoaders };
}

const loadersByBatch = new WeakMap<Batch, Loaders>();

/** One set for all that is asked about a batch, with the calls that it knows already. */
function loadersOf(batch: Batch, { newLoaders }: Context): Loaders {
  let loaders = loadersByBatch.get(batch);
  if (loaders === undefined) {
    loaders = newLoaders();
    for (const [id, call] of batch.calls) loaders.callById.prime(id, call);
    loadersByBatch.set(batch, loaders);
  }
  return loaders;
}

function answer(
  question: Question,
  context: Context,
  formatError: FormatError,
  batch: Batch,
  changes: LiveChange[],
): Promise<string[]> {
  const contextValue: Context = { ...context, loaders: loadersOf(batch, context) };
  return Promise.all(
    changes.map(async (change) => {
      const { data, errors } = await execute({ ...question, rootValue: change, contextValue });
      if (errors === undefined) return JSON.stringify({ data });
      const away = errors.find(({ originalError }) => isDatabaseAway(originalError));
      // What is asked again is answered in full: a subscriber misses nothing because the database was away.
      if (away !== undefined) throw away.originalError;
      return JSON.stringify({ data, errors: errors.map((error) => formatError(asApolloPuts(error), error)) });
    }),
  );
}
