import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked, postmasterPid } from '../support/embedded-files.js';
import { hasCall, startGateway, writeCall } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { startProgram } from '../support/program.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(() => removeDataDir(dataDir));

/** A gateway that was killed right after it acknowledged a write. */
async function killedAfterWrite(): Promise<{ token: string | undefined }> {
  const gateway = await startGateway({ DATA_DIR: dataDir });
  await writeCall(gateway, gateway.token, 'kept');
  gateway.process.kill('SIGKILL');
  await gateway.ended;
  return gateway;
}

async function expectKept(token: string | undefined): Promise<void> {
  const next = await startGateway({ DATA_DIR: dataDir });
  expect(next.token).toBeUndefined();
  expect(await hasCall(next, token, 'kept')).toBe(true);
  expect(await hasCall(next, token, 'never written')).toBe(false);
  next.process.kill('SIGTERM');
  expect(await next.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await isLocked(dataDir)).toBe(false);
}

test('after kill -9 the next start joins the Postgres that was left running', async () => {
  const { token } = await killedAfterWrite();
  expect(await isLocked(dataDir)).toBe(true);
  await expectKept(token);
});

test('after kill -9 of the gateway and of Postgres every acknowledged write is there', async () => {
  const { token } = await killedAfterWrite();
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await expectKept(token);
});

test.each([200, 900])('after kill -9 %i ms into a first start the next one works', async (patience) => {
  await rm(dataDir, { recursive: true });
  const program = startProgram('main.js', [], { DATA_DIR: dataDir, PORT: '0' });
  await sleep(patience);
  program.process.kill('SIGKILL');
  await program.ended;
  const next = await startGateway({ DATA_DIR: dataDir });
  next.process.kill('SIGTERM');
  expect(await next.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await isLocked(dataDir)).toBe(false);
});
