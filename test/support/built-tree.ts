import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles `src` to `dist` unless that is newer, for the tests that run the real programs. */
export async function buildTree(): Promise<void> {
  const built = await changed(join(PROJECT, 'dist', '.tsbuildinfo'));
  const sources = await readdir(join(PROJECT, 'src'), { recursive: true });
  const times = await Promise.all(
    sources.filter((name) => name.endsWith('.ts')).map((name) => changed(join(PROJECT, 'src', name))),
  );
  if (Math.max(...times) < built) return;
  await promisify(execFile)('npm', ['run', '-s', 'build'], { cwd: PROJECT });
}

const changed = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
