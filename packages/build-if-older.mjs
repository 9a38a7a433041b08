import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds a checkout, by the npm that runs this, unless what was built is newer than its sources. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a build makes last. */
const BUILT = 'dist/wallboard/index.html';
const SOURCES = ['src', 'packages'];

const changed = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function isOlder() {
  const built = changed(BUILT);
  return SOURCES.some((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).some((name) => changed(join(folder, name)) > built),
  );
}

if (isOlder()) {
  // Standard output belongs to the command that comes next.
  const stdio = ['inherit', 2, 2];
  const npm = [process.env.npm_execpath, 'run', '-s', 'build'];
  process.exitCode = spawnSync(process.execPath, npm, { cwd: ROOT, stdio }).status ?? 1;
}
