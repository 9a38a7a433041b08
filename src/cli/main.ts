#!/usr/bin/env -S node --max-semi-space-size=32
import { constants } from 'node:os';
import { loadConfig } from '../config/config.js';
import { explainStartError } from '../foundation/start-error.js';
import { Startup } from '../start/startup.js';
import { runCommand } from './commands.js';
import { UsageError } from './usage.js';

const stop = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
});

let isEnding = false;
try {
  const config = loadConfig(process.env);
  const startup = new Startup(config.startTimeout);
  const end = async (code: number) => {
    isEnding = true;
    // Exiting at once would leave the embedded Postgres running.
    await startup.abort();
    process.exit(code);
  };
  void stop.then(async (signal) => {
    if (!(await startup.interrupt())) await end(128 + constants.signals[signal]);
  });
  startup.timedOut.catch((error) => {
    process.stderr.write(`switchboard: ${explainStartError(error)}\n`);
    return end(1);
  });
  process.stdout.write(await runCommand(process.argv.slice(2), config, startup));
} catch (error) {
  if (!isEnding) {
    process.stderr.write(`switchboard: ${explainStartError(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
