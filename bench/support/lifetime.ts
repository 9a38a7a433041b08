/** What a program has opened, and has to close again however it ends. */
export interface Lifetime {
  /**
   * Closes something when the program is over, the last opened first; register it before opening it, so that Ctrl-C
   * in the middle leaves nothing behind. Throws when the program is over already.
   */
  whenOver(close: () => Promise<unknown>): void;
}

/** Runs a program to its end, to a failure or to a signal, then closes what it opened. Exits with 1 unless it answers true. */
export async function runProgram(program: (lifetime: Lifetime) => Promise<boolean>): Promise<void> {
  const opened: (() => Promise<unknown>)[] = [];
  let over = false;
  const stopped = new Promise<never>((_, reject) => {
    // The handlers stay: a second Ctrl-C must not cut the closing short.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => reject(new Error(`stopped by ${signal}`)));
    }
  });
  const whenOver = (close: () => Promise<unknown>) => {
    if (over) throw new Error('the program is over');
    opened.unshift(close);
  };
  let code = 1;
  try {
    if (await Promise.race([program({ whenOver }), stopped])) code = 0;
  } catch (error) {
    console.error(error);
  }
  over = true;
  for (const close of opened) await close().catch((error) => console.error(error));
  process.exit(code);
}
