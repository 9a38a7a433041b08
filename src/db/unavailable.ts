/** postgres.js' own codes and the system's network errors: there is no connection, or none any more. */
const NO_CONNECTION = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
]);

/** What means: not now, but perhaps in a moment. SQLSTATEs, but for the first. */
const NOT_NOW = new Set([
  'POOL_TIMEOUT', // no connection of the pool was free in time
  '25006', // read-only, as a server that became a standby is
  '53100', // its disk is full
  '53200', // no room for more locks, which all transactions share
  '53300', // too many connections
  '57P01', // shut down by an administrator
  '57P02', // crash of another backend
  '57P03', // still starting up
  '57014', // took longer than statement_timeout, which a wait for a lock does too
]);

/** The SQLSTATE or system code of a database error, also behind Drizzle's wrapper; undefined for other errors. */
export function databaseErrorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}

/** True when the database could not be reached or turned us away, so that the same request may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code === undefined) return false;
  // A sign-in that is refused is fatal, too: a password is changed in two places, one after the other.
  return isConnectionLost(error) || NOT_NOW.has(code) || code.startsWith('08');
}

/** True when the server takes no writes. Another one may, to which the same name leads by now. */
export const isReadOnly = (error: unknown): boolean => databaseErrorCode(error) === '25006';

/** True when the server knows the role or the password otherwise. */
export const isSignInRefused = (error: unknown): boolean =>
  ['28P01', '28000'].includes(databaseErrorCode(error) ?? '');

/** True when the connection that failed is closed, or about to be: after FATAL and PANIC Postgres ends the session. */
export function isConnectionLost(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('severity' in cause && (cause.severity === 'FATAL' || cause.severity === 'PANIC')) return true;
  }
  return NO_CONNECTION.has(databaseErrorCode(error) ?? '');
}
