import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { oneLine } from '../foundation/one-line.js';
import type { ServerUser } from './user.js';

const PASSED_VARIABLES = [
  'PATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SystemRoot',
  'TEMP',
  'TMP',
  'TMPDIR',
];

/** Ctrl-C must not reach it, PGDATA and PGPORT must not change what it does, and it needs no secrets. */
export function spawnPostgres(
  program: string,
  args: string[],
  user: ServerUser | undefined,
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const passed = PASSED_VARIABLES.map((name) => [name, process.env[name]]).filter(
    ([, value]) => value !== undefined,
  );
  const env = { ...Object.fromEntries(passed), LC_ALL: 'C', TZ: 'UTC' };
  return spawn(program, args, { ...user, env, stdio, cwd: '/', detached: true, windowsHide: true });
}

export async function runPostgres(
  program: string,
  args: string[],
  user: ServerUser | undefined,
): Promise<void> {
  const child = spawnPostgres(program, args, user, ['ignore', 'ignore', 'pipe']);
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}: ${oneLine(output)}`);
}
