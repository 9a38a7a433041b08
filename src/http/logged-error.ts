import { databaseErrorCode } from '../db/unavailable.js';

/** What the log has of an error. */
interface LoggedError {
  type: string;
  message: string;
  /** SQLSTATE or the system's code. */
  code?: string;
  /** The statement, in which parameters are numbers. */
  statement?: string;
  constraint?: string;
  /** Where it was thrown; without the message, which stands above. */
  stack: string;
}

/**
 * An error for the log without what clients have sent. Drizzle's message repeats all parameters; Postgres repeats values
 * in `detail` and `where`, which are left out, and in some messages, between quotes.
 */
export function loggedError(error: unknown): LoggedError | { type: string } {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = rootOf(error);
  const code = databaseErrorCode(error);
  const statement = textOf(error, 'query') ?? textOf(cause, 'query');
  const constraint = textOf(cause, 'constraint_name');
  return {
    type: cause.name,
    message: repeatsValues(cause, code) ? cause.message.replace(/["'`].*["'`]/s, '"…"') : cause.message,
    ...(code !== undefined && { code }),
    ...(statement !== undefined && { statement }),
    ...(constraint !== undefined && { constraint }),
    stack: (cause.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim())
      .join('\n'),
  };
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** Data exceptions (class 22) and what functions raise (P0) quote the value; so does JSON.parse. */
function repeatsValues(error: Error, code: string | undefined): boolean {
  return error instanceof SyntaxError || /^(?:22|P0|XX)/.test(code ?? '');
}

function textOf(error: Error, name: string): string | undefined {
  const value = (error as unknown as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
