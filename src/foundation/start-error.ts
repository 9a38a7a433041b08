import { DrizzleQueryError } from 'drizzle-orm/errors';
import { oneLine } from './one-line.js';
import { parsePostgresUrl, placeOf } from './postgres-url.js';
import { databaseErrorCode, isDatabaseAway, isReadOnly } from './unavailable.js';

/** One line: what is wrong, which variable, and what helps. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Never contains a password. */
export function explainStartError(error: unknown): string {
  const cause = rootCauseOf(error);
  const missing = missingPackage(cause);
  return missing === null ? oneLine(cause.message) : `the package ${missing} is not installed: run npm ci`;
}

export function missingPackage(error: unknown): string | null {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND')
    return null;
  return /package '([^']+)'/.exec(error.message)?.[1] ?? null;
}

export function describeServer(variable: string, url: string): string {
  return `${variable}: Postgres at ${placeOf(url)}`;
}

export async function explainDatabaseError<T>(variable: string, url: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = rootCauseOf(error);
    if (cause instanceof StartError || !isOfDatabase(cause)) throw error;
    const message = `${describeServer(variable, url)} cannot be used: ${reasonOf(cause, variable, url)}`;
    throw new StartError(message, { cause: error });
  }
}

function reasonOf(cause: Error, variable: string, url: string): string {
  const { target_session_attrs: wanted } = parsePostgresUrl(url);
  if (databaseErrorCode(cause) === 'CONNECTION_DESTROYED' && wanted !== 'any') {
    return `no host is ${wanted} (target_session_attrs)`;
  }
  const remedy = isReadOnly(cause) ? ` (it is read-only: ${variable} has to lead to the primary)` : '';
  return `${oneLine(cause.message)}${remedy}`;
}

function isOfDatabase(error: Error): boolean {
  const { syscall, code = '' } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return NETWORK.has(syscall);
  return (
    error.name === 'PostgresError' || isDatabaseAway(error) || READ_BY_DRIVER.test(code) || isReadOnly(error)
  );
}

const NETWORK: ReadonlySet<string> = new Set(['connect', 'getaddrinfo', 'read', 'write']);
const READ_BY_DRIVER =
  /^(?:SASL_|AUTH_|ERR_(?:TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_)/;

/** @throws StartError that names the variable at fault */
export async function explainListenError<T>(
  { host, port }: { host: string; port: number },
  listening: Promise<T>,
): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const { code, syscall, message } = rootCauseOf(error) as NodeJS.ErrnoException;
    if (syscall !== 'listen' && syscall !== 'getaddrinfo' && syscall !== 'bind') throw error;
    if (code === 'EADDRINUSE') {
      throw new StartError(
        `PORT ${port} on ${host} is taken: set PORT to another one, or to 0 for any that is free`,
      );
    }
    if (code === 'EACCES')
      throw new StartError(`PORT ${port} may not be used by this user: set PORT to one above 1023`);
    throw new StartError(`HOST ${host} cannot be listened on: ${oneLine(message)}`);
  }
}

/**
 * Drizzle's wrapper repeats the statement. If both addresses of a name refuse, Node's AggregateError has no message.
 */
export function rootCauseOf(error: unknown): Error {
  if (error instanceof DrizzleQueryError && error.cause) return rootCauseOf(error.cause);
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return rootCauseOf(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}
