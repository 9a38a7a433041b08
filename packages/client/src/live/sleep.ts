/** Ends early when the signal says so. */
export const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });

const LONGEST = 30_000;

/** Half of it is drawn, so that the clients of a gateway that has stopped do not all come at once. */
export const waitWithJitter = (attempt: number): number =>
  Math.min(LONGEST, 250 * 2 ** attempt) * (0.5 + Math.random() / 2);
