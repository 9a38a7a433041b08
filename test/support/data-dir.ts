import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A new folder for an embedded Postgres.
 *
 * @param mode 0o700 keeps the server's user out when we are root, so that the data has to live elsewhere.
 */
export async function makeDataDir(mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
  await chmod(folder, mode);
  return join(folder, '.data');
}

/** Copies a folder with its ownership. Its server must be stopped. */
export async function copyDataDir(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** Deletes what `makeDataDir` made, and the data that lives elsewhere. The server must have stopped. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const elsewhere = await readlink(join(dataDir, 'postgres')).catch(() => undefined);
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
  await rm(join(dataDir, '..'), { recursive: true, force: true });
}
