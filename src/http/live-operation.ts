import type { ApolloServer } from '@apollo/server';
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Account } from '../db/account.js';
import type { AnonymousContext, Context, Stream } from '../graphql/context.js';
import { asApolloPuts, type FormatError } from '../graphql/executor.js';
import type { GraphqlLimits } from '../graphql/limits.js';
import type { Seen } from '../graphql/seen.js';
import { noteErrors } from '../graphql/seen-steps.js';
import { sourceRefusal } from '../graphql/source-limits.js';
import type { Viewer } from '../identity/viewer.js';
import type { Subscription } from '../live/audience.js';
import { type Admission, noteOverload, TOO_MUCH } from './admission.js';
import type { ContextOf } from './request-context.js';

/** A document as a client sends it, not yet looked at. */
export interface Operation {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
}

/** Whose subscription to what. */
export interface Followed {
  viewer: Viewer;
  subscription: Subscription;
}

/** The one answer, and what is to be released when it was sent. */
export interface Answered {
  result: FormattedExecutionResult;
  subscription: null;
  account: Account | undefined;
}

/** Either the answer, or the subscription that the document asks for. */
export type Outcome = Answered | Followed;

/** Whose operation it is: the Authorization that it came with, and the network address. */
export interface Sender {
  authorization: string | undefined;
  address: string | undefined;
}

export interface OperationRunner {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  formatError: FormatError;
  limits: GraphqlLimits;
  admission: Admission;
}

/**
 * Runs a document as /graphql would, with the same answers and the same words of refusal; a subscription up to where it
 * is ready to be followed. Never rejects.
 */
export async function runOperation(
  runner: OperationRunner,
  { authorization, address }: Sender,
  operation: Operation,
  isReadOnly: boolean,
  seen: Seen,
): Promise<Outcome> {
  const { admission, contextOf } = runner;
  const arrival = admission.askers.arrivalOf(authorization, address);
  const leave = await admission.enter(arrival);
  if (leave === null) {
    noteOverload(seen);
    return { result: { errors: [OVERLOADED] }, subscription: null, account: undefined };
  }
  try {
    return await runAdmitted(
      runner,
      () => contextOf(authorization, seen, arrival),
      operation,
      isReadOnly,
      seen,
    );
  } finally {
    leave();
  }
}

const OVERLOADED = { message: TOO_MUCH, extensions: { code: 'OVERLOADED' } };

async function runAdmitted(
  { apollo, formatError, limits }: OperationRunner,
  newContext: () => ReturnType<ContextOf>,
  operation: Operation,
  isReadOnly: boolean,
  seen: Seen,
): Promise<Outcome> {
  let account: Account | undefined;
  try {
    const request = readOperation(operation, limits);
    const stream: Stream = { isReadOnly, subscription: null };
    const contextValue = { ...(await newContext()), stream };
    account = contextValue.viewer?.account;
    const { body } = await apollo.executeOperation(request, { contextValue });
    if (body.kind !== 'single') throw new Error('an answer came in parts');
    if (stream.subscription === null || contextValue.viewer === null) {
      return { result: body.singleResult, subscription: null, account };
    }
    account?.release();
    return { viewer: contextValue.viewer, subscription: stream.subscription };
  } catch (error) {
    const errors = shownErrors(formatError, error);
    noteErrors(seen, errors);
    return { result: { errors }, subscription: null, account };
  }
}

/** What a client sees of an error; its status is HTTP's own affair. */
export function shownErrors(formatError: FormatError, error: unknown): GraphQLFormattedError[] {
  const known = error instanceof GraphQLError ? error : new GraphQLError('Internal server error');
  const { extensions, ...shown } = formatError(asApolloPuts(known), error);
  const { http: _http, ...codes } = extensions ?? {};
  return [{ ...shown, extensions: codes }];
}

function readOperation({ query, variables, operationName }: Operation, limits: GraphqlLimits) {
  if (typeof query !== 'string') throw badRequest('A GraphQL document is due as `query`.');
  const refused = sourceRefusal(query, limits);
  if (refused !== null) throw refused;
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw badRequest('`variables` must be an object.');
  }
  if (operationName != null && typeof operationName !== 'string') {
    throw badRequest('`operationName` must be a string.');
  }
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    // Empty is none: clients that have no name to send send this.
    operationName: operationName || undefined,
  };
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
