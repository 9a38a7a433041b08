import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds `dist` unless it is newer than its sources, for the tests that run the real programs and the pages. */
export async function buildTree(): Promise<void> {
  const built = await changed(join(PROJECT, 'dist', 'wallboard', 'index.html'));
  const times = await Promise.all(
    ['src', 'packages/explorer', 'packages/wallboard'].map(async (folder) => {
      const sources = await readdir(join(PROJECT, folder), { recursive: true });
      const files = sources.filter((name) => /\.\w+$/.test(name));
      return Promise.all(files.map((name) => changed(join(PROJECT, folder, name))));
    }),
  );
  if (Math.max(...times.flat()) < built) return;
  await promisify(execFile)('npm', ['run', '-s', 'build'], { cwd: PROJECT });
}

const changed = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
