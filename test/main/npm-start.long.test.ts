import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { untilListening } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { startCommand } from '../support/program.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(() => removeDataDir(dataDir));

// npm runs a script in a shell. Left between npm and the gateway, the shell would die of the signal at once: npm would
// report that, and the gateway would be on its own.
const npmStart = () =>
  // Without `prestart`: the tree is built.
  untilListening(startCommand('npm', ['start', '--ignore-scripts'], { DATA_DIR: dataDir, PORT: '0' }));

test('Ctrl-C in the terminal of npm start ends npm with 0 once Postgres is stopped', async () => {
  const npm = await npmStart();
  npm.signalGroup('SIGINT');
  expect((await npm.ended).code).toBe(0);
  expect(await isLocked(dataDir)).toBe(false);
});

test('SIGTERM to npm alone ends it with 0 once Postgres is stopped', async () => {
  const npm = await npmStart();
  npm.process.kill('SIGTERM');
  expect((await npm.ended).code).toBe(0);
  expect(await isLocked(dataDir)).toBe(false);
});
