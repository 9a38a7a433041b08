import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probe } from '../faults/requests.js';
import { PROJECT } from '../support/built-tree.js';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { startCommand } from '../support/program.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(() => removeDataDir(dataDir));

test('a gateway goes on when the readers of its output have gone', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir, LOG_LEVEL: 'trace' });
  gateway.process.stdout?.destroy();
  gateway.process.stderr?.destroy();
  for (let time = 0; time < 200; time += 1) {
    expect(await probe(gateway.url, '/graphql')).toMatchObject({ status: 400 });
  }
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  expect(await isLocked(dataDir)).toBe(false);
});

/** Starts a gateway on a terminal of its own, by a command line whose $GATEWAY is the built program. */
function onTerminal(commandLine: string) {
  const gateway = `${process.execPath} ${join(PROJECT, 'dist', 'main.js')}`;
  const env = { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'info', SHELL: '/bin/sh', GATEWAY: gateway };
  return startCommand('script', ['--quiet', '--command', commandLine, '/dev/null'], env);
}

test('SIGHUP ends a gateway whose terminal is closed, and stops Postgres', async () => {
  const terminal = onTerminal('exec $GATEWAY');
  await terminal.says(/listens on/);
  terminal.process.kill('SIGKILL');
  await expect.poll(() => isLocked(dataDir), { timeout: 60_000 }).toBe(false);
});

test('a gateway goes on whose terminal was closed without a signal to it', async () => {
  // A session of its own gets no SIGHUP; what it writes to the terminal fails with EIO.
  const terminal = onTerminal(`LOG_LEVEL=trace setsid $GATEWAY & sleep 600`);
  const [, url = ''] = await terminal.says(/listens on (\S+)/);
  const [, pid] = await terminal.says(/"pid":(\d+)/);
  try {
    terminal.process.kill('SIGKILL');
    await terminal.ended;
    for (let time = 0; time < 200; time += 1) {
      expect(await probe(url, '/graphql')).toMatchObject({ status: 400 });
    }
  } finally {
    process.kill(Number(pid), 'SIGTERM');
  }
  await expect.poll(() => isLocked(dataDir), { timeout: 60_000 }).toBe(false);
});

test('nohup keeps a gateway whose terminal is closed', async () => {
  const output = `${dataDir}.out`;
  const terminal = onTerminal(`nohup $GATEWAY >${output} 2>&1 & sleep 600`);
  const said = async (pattern: RegExp) => {
    await expect.poll(() => readFile(output, 'utf8').catch(() => ''), { timeout: 60_000 }).toMatch(pattern);
    return pattern.exec(await readFile(output, 'utf8'))?.[1] ?? '';
  };
  const url = await said(/listens on (\S+)/);
  const pid = Number(await said(/"pid":(\d+)/));
  try {
    terminal.process.kill('SIGKILL');
    await terminal.ended;
    process.kill(pid, 'SIGHUP');
    for (let time = 0; time < 20; time += 1) {
      expect(await probe(url, '/health/live')).toMatchObject({ status: 200 });
    }
  } finally {
    process.kill(pid, 'SIGTERM');
  }
  await expect.poll(() => isLocked(dataDir), { timeout: 60_000 }).toBe(false);
});
