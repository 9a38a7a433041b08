import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { Config } from './config.js';
import { databaseErrorCode, isReadOnly } from './db/unavailable.js';

/** Why the start fails, in one line that says all: what is wrong, with which variable, and what helps. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * What went wrong at the start, in one line that names the variable to change. Never holds a password: of DATABASE_URL
 * it repeats host, port and database only.
 */
export function explainStartError(error: unknown, config?: Config): string {
  const cause = rootOf(error);
  const message = oneLine(cause.message);
  if (!config) return message;
  if ('syscall' in cause && cause.syscall === 'listen')
    return explainListenError(cause as NodeJS.ErrnoException, config);
  if (config.databaseUrl) {
    const remedy = isReadOnly(cause) ? ' (it is read-only: DATABASE_URL has to lead to the primary)' : '';
    return databaseErrorCode(cause)
      ? `${describeDatabase(config.databaseUrl)}: ${message}${remedy}`
      : message;
  }
  return message;
}

function explainListenError(error: NodeJS.ErrnoException, { host, port }: Config): string {
  if (error.code === 'EADDRINUSE') {
    return `PORT ${port} on ${host} is taken: set PORT to another one, or to 0 for any that is free`;
  }
  if (error.code === 'EACCES') return `PORT ${port} may not be used by this user: set PORT to one above 1023`;
  return `HOST ${host} cannot be listened on: ${oneLine(error.message)}`;
}

function describeDatabase(url: string): string {
  const { host, pathname } = new URL(url);
  return `DATABASE_URL: Postgres at ${host}${pathname} cannot be used`;
}

/**
 * Drizzle's wrapper repeats the statement; what the driver said is its cause. A name with two addresses that both refuse
 * is an AggregateError without a message.
 */
export function rootOf(error: unknown): Error {
  if (error instanceof DrizzleQueryError && error.cause) return rootOf(error.cause);
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return rootOf(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, '; ');
