import { isatty } from 'node:tty';

/**
 * SIGHUP says that the terminal was closed. It ends nothing whose output goes elsewhere: nohup asks for that, but Node
 * forgets that a signal was to be ignored.
 */
const hasTerminal = isatty(1) || isatty(2);

/** The first signal to stop. npm repeats those of a terminal: the handlers stay. */
export const stop = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve);
  process.on('SIGHUP', (signal) => {
    if (hasTerminal) resolve(signal);
  });
});
