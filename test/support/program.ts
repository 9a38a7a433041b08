import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { PROJECT } from './built-tree.js';

/** The outcome of a program. */
export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Program {
  process: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when standard output matches; rejects if the program ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Signals its whole process group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void;
}

type AtEnd = (end: () => Promise<void>) => void;

interface Where {
  cwd?: string;
  /** A test that fails must not leave it running. */
  atEnd?: AtEnd;
}

export const startProgram = (
  file: string,
  args: string[],
  env: Record<string, string>,
  where?: Where,
): Program => startCommand(process.execPath, [join(PROJECT, 'dist', file), ...args], env, where);

/** Starts a command in the project, with nothing of our environment and settings but what Node and npm need. */
export function startCommand(
  command: string,
  args: string[],
  env: Record<string, string>,
  { cwd = PROJECT, atEnd = onTestFinished }: Where = {},
): Program {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ENV_FILE: 'off', ...env },
    // A process group of its own.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stdout, stderr }));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  atEnd(async () => {
    if (!over) child.kill('SIGTERM');
    await ended;
  });
  return {
    process: child,
    ended,
    async says(pattern) {
      for (;;) {
        const match = pattern.exec(stdout);
        if (match) return match;
        if (over) throw new Error(`${command} ended without saying ${pattern}:\n${stdout}${stderr}`);
        await sleep(10);
      }
    },
    signalGroup(signal) {
      if (child.pid === undefined) throw new Error(`${command} does not run`);
      process.kill(-child.pid, signal);
    },
  };
}

export const runProgram = (
  file: string,
  args: string[],
  env: Record<string, string>,
  where?: Where,
): Promise<Ended> => startProgram(file, args, env, where).ended;
