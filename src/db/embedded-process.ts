import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerUser } from './embedded-user.js';

const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];

/**
 * Starts one of Postgres' programs in a session of its own, so that a terminal's Ctrl-C does not reach it. Of the
 * environment it sees only what finds libraries: PGDATA, PGPORT and the like must not change what it does, and
 * secrets are none of its business.
 */
export function spawnPostgres(
  program: string,
  args: string[],
  user: ServerUser | undefined,
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]]).filter(
    ([, value]) => value !== undefined,
  );
  const env = { ...Object.fromEntries(passedOn), LC_ALL: 'C', TZ: 'UTC' };
  return spawn(program, args, { ...user, env, stdio, cwd: '/', detached: true, windowsHide: true });
}

/** Runs one of Postgres' programs to its end. @throws with what it said when it fails. */
export async function runPostgres(
  program: string,
  args: string[],
  user: ServerUser | undefined,
): Promise<void> {
  const child = spawnPostgres(program, args, user, ['ignore', 'ignore', 'pipe']);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}: ${oneLine(said)}`);
}

export const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, '; ');
