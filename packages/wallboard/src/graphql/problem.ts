import { CombinedGraphQLErrors } from '@apollo/client';

export interface Problem {
  message: string;
  /** The field of the input that the gateway names, e.g. `fromNumber`. */
  field: string | null;
}

/** What to show of a request that failed as a whole. */
export function problemOf(error: unknown): Problem {
  if (CombinedGraphQLErrors.is(error)) {
    const [first] = error.errors;
    const message = first?.message ?? error.message;
    return { message, field: / at "input\.(\w+)"/.exec(message)?.[1] ?? null };
  }
  return { message: error instanceof Error ? error.message : String(error), field: null };
}
