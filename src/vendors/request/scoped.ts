/** Runs it with a signal that aborts at its end too, so that the answers of its client are let go of then. */
export async function scoped<T>(signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const scope = new AbortController();
  try {
    return await run(AbortSignal.any([signal, scope.signal]));
  } finally {
    scope.abort();
  }
}
