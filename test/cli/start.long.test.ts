import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/foundation/version.js';
import { untilListening } from '../support/gateway-process.js';
import { createTestDatabase } from '../support/postgres.js';
import { runProgram, startProgram } from '../support/program.js';

test('start starts a gateway, whose end is that of the command, and whose log begins with its version', async () => {
  const database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, PORT: '0', DRAIN_DELAY: '0' };
  const gateway = await untilListening(startProgram('cli/main.js', ['start'], env));
  const live = await fetch(new URL('/health/live', gateway.url));
  expect(await live.json()).toEqual({ status: 'ok', version: VERSION });
  const metrics = await (await fetch(new URL('/metrics', gateway.url))).text();
  expect(metrics).toContain(`switchboard_build_info{version="${VERSION}",node="${process.version}"} 1`);
  gateway.process.kill('SIGTERM');
  const { code, stdout, stderr } = await gateway.ended;
  expect(code).toBe(0);
  expect(stdout).toContain('npx switchboard keys create');
  const [first = ''] = stderr.split('\n');
  expect(JSON.parse(first)).toMatchObject({
    version: VERSION,
    node: process.version,
    msg: 'the gateway starts',
  });
  await database.drop();
});

test('start ends with 1 and one line if it fails, and with 2 if it has arguments', async () => {
  const failed = await runProgram('cli/main.js', ['start'], { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^switchboard: DATABASE_URL[^\n]+\n$/);
  const { code, stderr } = await runProgram('cli/main.js', ['start', 'now'], {});
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'switchboard: start takes no arguments: its settings are environment variables\n',
  });
});

test('--version prints the version, whatever the settings are', async () => {
  const { code, stdout } = await runProgram('cli/main.js', ['--version'], { PORT: 'wrong' });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${VERSION}\n` });
});

describe('a file of settings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-env-'));
    writeFileSync(join(folder, '.env'), 'PORT=1\n# a comment\nHOST="127.0.0.2"\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Where the gateway is that the settings name. */
  async function asked(env: Record<string, string>): Promise<string> {
    const { stderr } = await runProgram('cli/main.js', ['health'], env, { cwd: folder });
    return /(?<=answers at )\S+/.exec(stderr)?.[0] ?? stderr;
  }

  test('is read from .env where the command starts', async () => {
    expect(await asked({ ENV_FILE: '' })).toBe('http://127.0.0.2:1');
  });

  test('gives way to the environment, also to an empty variable', async () => {
    expect(await asked({ ENV_FILE: '', PORT: '2' })).toBe('http://127.0.0.2:2');
    expect(await asked({ ENV_FILE: '', HOST: '' })).toBe('http://127.0.0.1:1');
  });

  test('is the one that ENV_FILE names, or none', async () => {
    writeFileSync(join(folder, 'other'), 'PORT=3\n');
    expect(await asked({ ENV_FILE: 'other' })).toBe('http://127.0.0.1:3');
    expect(await asked({ ENV_FILE: 'off', PORT: '4' })).toBe('http://127.0.0.1:4');
  });

  test('stops the start if it is named and not there, or cannot be read', async () => {
    expect(await asked({ ENV_FILE: 'nowhere' })).toMatch(
      /^switchboard: ENV_FILE nowhere cannot be read: .+\n$/,
    );
    rmSync(join(folder, '.env'));
    expect(await asked({ ENV_FILE: '', PORT: '5' })).toBe('http://127.0.0.1:5');
    mkdirSync(join(folder, '.env'));
    expect(await asked({ ENV_FILE: '', PORT: '5' })).toMatch(
      /^switchboard: ENV_FILE \.env cannot be read: .+\n$/,
    );
  });

  test('is read by the gateway too', async () => {
    writeFileSync(join(folder, '.env'), 'DATABASE_URL=postgres://127.0.0.1:1/from-file\n');
    const { code, stderr } = await runProgram('main.js', [], { ENV_FILE: '' }, { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain('/from-file cannot be used');
  });
});
