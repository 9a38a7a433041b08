import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { AnswersFull, AnswerTooLarge } from '../db/answers.js';
import { isDatabaseAway } from '../db/unavailable.js';
import { Forbidden, Refusal, type UserErrorData } from '../refusal.js';

/** A mutation's payload: what `run` answers with, or else the refusal's errors and what stands beside them. */
export async function settle<T extends object>(
  run: () => Promise<T>,
): Promise<Partial<T> & { errors: UserErrorData[] }> {
  try {
    return settled(await run());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return settled<T>(error);
  }
}

/** The payload that shows an outcome. */
export function settled<T extends object>(outcome: T | Refusal): Partial<T> & { errors: UserErrorData[] } {
  if (!(outcome instanceof Refusal)) return { ...outcome, errors: [] };
  return { ...outcome.present, errors: outcome.errors } as Partial<T> & { errors: UserErrorData[] };
}

/** The refusal of a request that found no database before its execution: 503, and a good time to try again. */
export const databaseAway = (): GraphQLError => unavailable(DATABASE_AWAY);

/** Likewise of whatever else a request needs before its execution. */
export function unavailable(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } } });
}

/**
 * What a client sees of an error. Errors that were made for clients pass; everything else is masked, with an id under
 * which the log has the cause: a driver's message would hold SQL, parameters and host names. Where the schema is not shown,
 * graphql-js is not to suggest names of it either.
 */
export function errorFormatter(log: Logger, { suggests = true } = {}) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { locations, path } = formatted;
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    const code = formatted.extensions?.code;
    if (cause instanceof Forbidden) {
      return { message: cause.message, locations, path, extensions: { code: 'FORBIDDEN' } };
    }
    const refused = answerRefusal(cause);
    if (refused !== null) return { ...refused, locations, path };
    if (isDatabaseAway(cause)) {
      log.warn({ err: cause }, 'the database is away');
      return { message: DATABASE_AWAY, locations, path, extensions: { code: 'SERVICE_UNAVAILABLE' } };
    }
    const message = shortened(suggests ? formatted.message : withoutSuggestion(formatted.message));
    if (code === 'GRAPHQL_VALIDATION_FAILED' && formatted.extensions?.scalar === true) {
      return { message, locations, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (message === TOO_MANY_IN_VARIABLES) return { message, extensions: { code: 'BAD_USER_INPUT' } };
    if (code !== undefined && code !== 'INTERNAL_SERVER_ERROR') return { ...formatted, message };
    if (isOfArgument(cause)) return { message, locations, path, extensions: { code: 'BAD_USER_INPUT' } };
    const id = randomUUID();
    log.error({ err: cause, errorId: id, path }, 'a request failed');
    return {
      message: 'Internal server error',
      locations,
      path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', id },
    };
  };
}

/** What a client is told of an answer that is too large, or that there is no room for; null for any other error. */
export function answerRefusal(error: unknown): GraphQLFormattedError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { message } = cause;
    if (cause instanceof AnswersFull) return { message, extensions: { code: 'OVERLOADED' } };
    if (!(cause instanceof AnswerTooLarge)) continue;
    const { limit, variable } = cause;
    return { message, extensions: { code: 'ANSWER_TOO_LARGE', limit, variable } };
  }
  return null;
}

/**
 * Whether graphql-js could not use the value of an argument: a variable is null that stands where null must not. Only a
 * request shows it, for the variable's default lets the document pass.
 */
function isOfArgument(cause: unknown): boolean {
  return (
    cause instanceof GraphQLError &&
    cause.nodes?.[0]?.kind === Kind.VARIABLE &&
    cause.extensions.code === undefined
  );
}

/** graphql-js says so of no variable in particular, and Apollo Server takes it for a fault. */
const TOO_MANY_IN_VARIABLES = 'Too many errors processing variables, error limit reached. Execution aborted.';

const MESSAGE_LENGTH = 1_000;
const STRING_LENGTH = 200;

/**
 * graphql-js repeats a refused value whole: a message keeps the beginning of a long string in it, and of itself the
 * beginning and the end. In one pass, for a client chooses what stands there.
 */
function shortened(message: string): string {
  if (message.length <= STRING_LENGTH) return message;
  const parts: string[] = [];
  for (let at = 0; at < message.length; ) {
    const end = message[at] === '"' ? endOfString(message, at) : endOfPlain(message, at);
    const part = message.slice(at, end);
    parts.push(part[0] === '"' && part.length > STRING_LENGTH ? `${part.slice(0, 60)}…"` : part);
    at = end;
  }
  const short = parts.join('');
  if (short.length <= MESSAGE_LENGTH) return short;
  // The end says where the value stands, and what is wrong with it.
  return `${short.slice(0, MESSAGE_LENGTH / 2)}…${short.slice(-MESSAGE_LENGTH / 2)}`;
}

const SUGGESTION = ' Did you mean ';

function withoutSuggestion(message: string): string {
  const start = message.endsWith('?') ? message.lastIndexOf(SUGGESTION) : -1;
  return start === -1 ? message : message.slice(0, start);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function endOfPlain(text: string, start: number): number {
  const quote = text.indexOf('"', start);
  return quote === -1 ? text.length : quote;
}

const DATABASE_AWAY = 'The database is not available at the moment; try again';
