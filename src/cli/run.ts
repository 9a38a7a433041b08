import '../start/env-file.js';
import '../start/closed-output.js';
import { constants } from 'node:os';
import { type Config, loadConfig } from '../config/config.js';
import { explainStartError } from '../foundation/start-error.js';
import { VERSION } from '../foundation/version.js';
import { Startup } from '../start/startup.js';
import { stop } from '../start/stop.js';
import { health } from './health.js';
import { UsageError } from './usage.js';

const args = process.argv.slice(2);
let isEnding = false;

try {
  process.stdout.write(await output());
} catch (error) {
  if (!isEnding) {
    process.stderr.write(`switchboard: ${explainStartError(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function output(): Promise<string> {
  const [name, ...rest] = args;
  if (name === '--version' && rest.length === 0) return `${VERSION}\n`;
  const config = loadConfig(process.env);
  // Run every few seconds by whatever watches a gateway, it loads none of the others.
  return name === 'health' ? health(rest, config) : runOnDatabase(config);
}

async function runOnDatabase(config: Config): Promise<string> {
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
  const { runCommand } = await import('./commands.js');
  return runCommand(args, config, startup);
}
