import { operations } from '../config/tables/operations.js';

/**
 * Import this first: what the file says counts as if the environment had it, which wins over it, also by an empty
 * variable.
 */
const named = process.env[operations.envFile.variable]?.trim();
const path = named || operations.envFile.default;

if (path !== 'off') {
  try {
    process.loadEnvFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || named) {
      process.stderr.write(`switchboard: ENV_FILE ${path} cannot be read: ${message}\n`);
      process.exit(1);
    }
  }
}
