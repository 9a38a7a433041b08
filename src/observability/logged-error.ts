import { databaseErrorCode } from '../foundation/unavailable.js';

interface LoggedError {
  type: string;
  message: string;
  code?: string;
  statement?: string;
  constraint?: string;
  stack: string;
}

/**
 * Leaves out client data: Drizzle's message repeats all parameters, and Postgres repeats values in `detail` and
 * `where`.
 */
export function loggedError(error: unknown): LoggedError | { type: string } {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = rootCauseOf(error);
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

function rootCauseOf(error: Error): Error {
  return error.cause instanceof Error ? rootCauseOf(error.cause) : error;
}

/** Data exceptions (class 22), errors raised by functions (P0) and JSON.parse quote the value. */
function repeatsValues(error: Error, code: string | undefined): boolean {
  return error instanceof SyntaxError || /^(?:22|P0|XX)/.test(code ?? '');
}

function textOf(error: Error, name: string): string | undefined {
  const value = (error as unknown as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
