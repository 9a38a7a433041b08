/** postgres.js' own codes, the system's network errors and SQLSTATEs that mean: not now, but perhaps in a moment. */
const AWAY = new Set([
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
  '53300', // too many connections
  '57P01', // shut down by an administrator
  '57P02', // crash of another backend
  '57P03', // still starting up
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
  return code !== undefined && (AWAY.has(code) || code.startsWith('08'));
}
