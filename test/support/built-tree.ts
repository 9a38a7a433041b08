import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds `dist` unless it is newer than its sources, for the tests that run the real programs and the pages. */
export async function buildTree(): Promise<void> {
  await promisify(execFile)('npm', ['run', '-s', 'prestart'], { cwd: PROJECT });
}
