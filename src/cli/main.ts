#!/usr/bin/env node
import { type Config, loadConfig } from '../config.js';
import { explainStartError } from '../start-error.js';
import { runCommand } from './commands.js';
import { UsageError } from './usage.js';

// A command is done in a moment. Cut off in the middle, it would leave the embedded Postgres running.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let config: Config | undefined;
try {
  config = loadConfig(process.env);
  process.stdout.write(await runCommand(process.argv.slice(2), config));
} catch (error) {
  process.stderr.write(`switchboard: ${explainStartError(error, config)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
