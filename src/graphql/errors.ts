import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { CursorLost } from '../changes/cursor-lost.js';
import { AnswersFull, AnswerTooLarge } from '../db/connection/answers.js';
import { TookTooLong } from '../db/lists/bounded.js';
import { Forbidden, Refusal, type UserErrorData } from '../foundation/refusal.js';
import { isDatabaseAway } from '../foundation/unavailable.js';
import { encodeId } from './ids.js';
import { withoutSecrets } from './withheld-values.js';

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

export function settled<T extends object>(outcome: T | Refusal): Partial<T> & { errors: UserErrorData[] } {
  if (!(outcome instanceof Refusal)) return { ...outcome, errors: [] };
  const errors = outcome.errors.map(withPublishedDetails);
  return { ...outcome.present, errors } as unknown as Partial<T> & { errors: UserErrorData[] };
}

function withPublishedDetails(error: UserErrorData): UserErrorData {
  const { details } = error;
  if (details === undefined || !('calls' in details)) return error;
  return { ...error, details: { calls: details.calls.map((id) => encodeId('call', id)) } };
}

export const databaseAway = (): GraphQLError => unavailable(DATABASE_AWAY);

export function forbidden({ message }: Forbidden): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 403 } } });
}

export function unavailable(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } } });
}

/**
 * Masks all errors but those made for clients: a driver's message contains SQL, parameters and host names. Without
 * `suggests`, graphql-js's hints at names of the schema go too.
 */
export function errorFormatter(log: Logger, { suggests = true } = {}) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { locations, path } = formatted;
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    const code = formatted.extensions?.code;
    if (cause instanceof Forbidden) {
      return { message: cause.message, locations, path, extensions: { code: 'FORBIDDEN' } };
    }
    if (cause instanceof CursorLost) {
      return { message: cause.message, locations, path, extensions: { code: 'CURSOR_LOST' } };
    }
    if (cause instanceof TookTooLong) {
      return { message: cause.message, locations, path, extensions: { code: 'BAD_USER_INPUT' } };
    }
    const refused = answerRefusal(cause);
    if (refused !== null) return { ...refused, locations, path };
    if (isDatabaseAway(cause)) {
      log.warn({ err: cause }, 'the database is away');
      return { message: DATABASE_AWAY, locations, path, extensions: { code: 'SERVICE_UNAVAILABLE' } };
    }
    const whole = suggests ? formatted.message : withoutSuggestion(formatted.message);
    const message = shortened(withoutSecrets(whole, error));
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

const OF_VALUES: ReadonlySet<string> = new Set([Kind.VARIABLE, Kind.OBJECT, Kind.LIST]);

/** Validation passes a nullable variable with a default; graphql-js refuses its null only during execution. */
function isOfArgument(cause: unknown): boolean {
  return (
    cause instanceof GraphQLError &&
    OF_VALUES.has(cause.nodes?.[0]?.kind ?? '') &&
    cause.extensions.code === undefined
  );
}

/** graphql-js attaches this message to no variable, so Apollo Server would call it an internal error. */
const TOO_MANY_IN_VARIABLES = 'Too many errors processing variables, error limit reached. Execution aborted.';

const MESSAGE_LENGTH = 1_000;
const STRING_LENGTH = 200;

/** graphql-js repeats a refused value in full. One pass, because the client controls the text. */
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
