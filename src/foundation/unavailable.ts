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

/** "Try again later". SQLSTATEs: 53 is out of resources, 57P is shut down, crashed or starting up. */
const NOT_NOW = new Set([
  'POOL_TIMEOUT',
  '25006', // read-only, e.g. a server that became a standby
  '53100',
  '53200',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  'SB001', // the organization has just moved to another database
  '57014', // exceeded statement_timeout, e.g. waiting for a lock
]);

export function databaseErrorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}

export function isDatabaseAway(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code === undefined) return false;
  // Also a refused sign-in: while a password is rotated, the two sides differ for a moment.
  return isConnectionLost(error) || NOT_NOW.has(code) || code.startsWith('08');
}

export const READ_ONLY = '25006';
export const isReadOnly = (error: unknown): boolean => databaseErrorCode(error) === READ_ONLY;

export const isSignInRefused = (error: unknown): boolean =>
  ['28P01', '28000'].includes(databaseErrorCode(error) ?? '');

/** After FATAL and PANIC, Postgres ends the session. */
export function isConnectionLost(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('severity' in cause && (cause.severity === 'FATAL' || cause.severity === 'PANIC')) return true;
  }
  return NO_CONNECTION.has(databaseErrorCode(error) ?? '');
}
