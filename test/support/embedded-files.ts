import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The embedded Postgres' files, for tests that inspect it without opening it. */
export const postmasterFile = (dataDir: string): string =>
  join(dataDir, 'postgres', 'cluster', 'postmaster.pid');

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(postmasterFile(dataDir), 'utf8')).split('\n')[0]);
}

/** Whether a server runs, or was killed and left its lock. */
export const isLocked = (dataDir: string): Promise<boolean> =>
  readFile(postmasterFile(dataDir)).then(
    () => true,
    () => false,
  );

/** The URL of a running server's database. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const port = (await readFile(postmasterFile(dataDir), 'utf8')).split('\n')[3];
  const password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8');
  return `postgres://switchboard:${password}@127.0.0.1:${port}/switchboard`;
}
