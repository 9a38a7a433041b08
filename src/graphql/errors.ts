import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../db/unavailable.js';
import { Forbidden, Refusal, type UserErrorData } from '../refusal.js';

/** A mutation's payload: what `run` answers with, or else the refusal's errors and what stands beside them. */
export async function settle<T extends object>(
  run: () => Promise<T>,
): Promise<Partial<T> & { errors: UserErrorData[] }> {
  try {
    return { ...(await run()), errors: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...error.present, errors: error.errors } as Partial<T> & { errors: UserErrorData[] };
  }
}

/** The refusal of a request that found no database before its execution: 503, and a good time to try again. */
export function databaseAway(): GraphQLError {
  return new GraphQLError(DATABASE_AWAY, {
    extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } },
  });
}

/**
 * What a client sees of an error. Errors that were made for clients pass; everything else is masked, with an id under
 * which the log has the cause: a driver's message would hold SQL, parameters and host names.
 */
export function errorFormatter(log: Logger) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { locations, path } = formatted;
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    const code = formatted.extensions?.code;
    if (cause instanceof Forbidden) {
      return { message: cause.message, locations, path, extensions: { code: 'FORBIDDEN' } };
    }
    if (isDatabaseAway(cause)) {
      log.warn({ err: cause }, 'the database is away');
      return { message: DATABASE_AWAY, locations, path, extensions: { code: 'SERVICE_UNAVAILABLE' } };
    }
    const message = shortened(formatted.message);
    if (code === 'GRAPHQL_VALIDATION_FAILED' && formatted.extensions?.scalar === true) {
      return { message, locations, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (code !== undefined && code !== 'INTERNAL_SERVER_ERROR') return { ...formatted, message };
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

/** graphql-js repeats a refused value whole; a message keeps the beginning of a long string. */
function shortened(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.){200,}"/gs, (quoted) => `${quoted.slice(0, 60)}…"`);
}

const DATABASE_AWAY = 'The database is not available at the moment; try again';
