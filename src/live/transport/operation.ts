import type { ApolloServer } from '@apollo/server';
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Account } from '../../db/connection/account.js';
import { OVERLOADED } from '../../foundation/overload.js';
import { type AnonymousContext, type Context, endOperation, type Stream } from '../../graphql/context.js';
import type { RequestRecord } from '../../graphql/request-record.js';
import { type FormatError, formattedByApollo } from '../../graphql-server/execution/executor.js';
import type { GraphqlLimits } from '../../graphql-server/limits/limits.js';
import { sourceRefusal } from '../../graphql-server/limits/source-limits.js';
import { withDocumentId } from '../../graphql-server/persisted/document-id.js';
import { withoutEmptyName } from '../../graphql-server/pipeline/absent-parameters.js';
import { recordErrors } from '../../graphql-server/pipeline/request-record-steps.js';
import { type Admission, recordOverload } from '../../http/admission.js';
import type { ContextOf } from '../../http/request-context.js';
import type { Sender } from '../../http/sender.js';
import type { Viewer } from '../../identity/viewer.js';
import type { AnyHandle } from '../subscription-handle.js';

export interface Operation {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
  extensions?: unknown;
  documentId?: unknown;
}

export interface Followed {
  viewer: Viewer;
  subscription: AnyHandle;
}

export interface Answered {
  result: FormattedExecutionResult;
  subscription: null;
  account: Account | undefined;
}

export type OperationResult = Answered | Followed;

export interface OperationRunner {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  formatError: FormatError;
  limits: GraphqlLimits;
  admission: Admission;
}

/** Runs a subscription only up to its start. Never rejects. */
export async function runOperation(
  runner: OperationRunner,
  sender: Sender,
  operation: Operation,
  isReadOnly: boolean,
  requestRecord: RequestRecord,
): Promise<OperationResult> {
  const { admission, contextOf } = runner;
  const leave = await admission.enter(admission.clients.clientOf(sender));
  if (leave === null) {
    recordOverload(requestRecord);
    return { result: { errors: [REFUSAL] }, subscription: null, account: undefined };
  }
  try {
    return await runAdmitted(
      runner,
      () => contextOf(sender, requestRecord),
      operation,
      isReadOnly,
      requestRecord,
    );
  } finally {
    leave();
  }
}

const REFUSAL = { message: OVERLOADED, extensions: { code: 'OVERLOADED' } };

async function runAdmitted(
  { apollo, formatError, limits }: OperationRunner,
  newContext: () => ReturnType<ContextOf>,
  operation: Operation,
  isReadOnly: boolean,
  requestRecord: RequestRecord,
): Promise<OperationResult> {
  let context: Context | AnonymousContext | undefined;
  try {
    const request = readOperation(operation, limits);
    const stream: Stream = { isReadOnly, subscription: null };
    const contextValue = { ...(await newContext()), stream };
    context = contextValue;
    const account = contextValue.viewer?.account;
    const { body } = await apollo.executeOperation(request, { contextValue });
    if (body.kind !== 'single') throw new Error('Apollo Server returned an incremental result');
    if (stream.subscription === null || contextValue.viewer === null) {
      return { result: body.singleResult, subscription: null, account };
    }
    account?.release();
    return { viewer: contextValue.viewer, subscription: stream.subscription };
  } catch (error) {
    const errors = shownErrors(formatError, error);
    recordErrors(requestRecord, errors);
    return { result: { errors }, subscription: null, account: context?.viewer?.account };
  } finally {
    endOperation(context);
  }
}

export function shownErrors(formatError: FormatError, error: unknown): GraphQLFormattedError[] {
  const shownError = error instanceof GraphQLError ? error : new GraphQLError('Internal server error');
  const { extensions, ...shown } = formatError(formattedByApollo(shownError), error);
  const { http: _http, ...codes } = extensions ?? {};
  return [{ ...shown, extensions: codes }];
}

function readOperation(operation: Operation, limits: GraphqlLimits) {
  const { query, variables, operationName, documentId, ...rest } = withoutEmptyName(operation) as Operation;
  const extensions = withDocumentId(rest.extensions, documentId);
  const hasId = extensions?.persistedQuery !== undefined || documentId !== undefined;
  // The protocol of WebSockets demands a text, so that an empty one stands for none.
  const isWithout = hasId && (query === undefined || query === '');
  if (!isWithout) {
    if (typeof query !== 'string') throw badRequest('A GraphQL document is required as `query`.');
    const refused = sourceRefusal(query, limits);
    if (refused !== null) throw refused;
  }
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw badRequest('`variables` must be an object.');
  }
  if (operationName != null && typeof operationName !== 'string') {
    throw badRequest('`operationName` must be a string.');
  }
  return {
    ...(!isWithout && { query: query as string }),
    ...(extensions && { extensions }),
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: operationName ?? undefined,
  };
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
