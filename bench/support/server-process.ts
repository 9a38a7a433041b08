import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Lifetime } from './lifetime.js';

/** A server in a process of its own. */
export interface ServerProcess {
  /** http://127.0.0.1:… as it said it. */
  url: string;
  pid: number;
  /** When it was started, by performance.now(). */
  spawned: number;
  /** Ends it in its orderly way; done at the end of the program in any case. */
  stop(): Promise<void>;
}

export interface ServerProgram {
  /** Node's options, the program's file, its arguments. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Another Node than this one. */
  node?: string;
}

/** Starts a Node program that prints "listens on URL" when it does, and waits for that. */
export async function startServer(
  lifetime: Lifetime,
  { args, cwd, env, node = process.execPath }: ServerProgram,
): Promise<ServerProcess> {
  const spawned = performance.now();
  // A process group of its own: a terminal's Ctrl-C reaches us, and we end it in our order.
  const child = spawn(node, args, {
    cwd,
    env: { ...plainEnv(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exit;
  };
  lifetime.whenOver(stop);
  const url = await untilListening(child.stdout, exit);
  return { url, pid: child.pid ?? 0, spawned, stop };
}

async function untilListening(output: Readable, exit: Promise<unknown>): Promise<string> {
  let said = '';
  const listening = new Promise<string>((resolve) => {
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, url] = /listens on (\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const failed = exit.then((): never => {
    throw new Error(`the server did not start: ${said}`);
  });
  // Once it listens its end is awaited elsewhere.
  failed.catch(() => {});
  return Promise.race([listening, failed]);
}

/** Nothing of our environment and settings changes what is measured. */
export function plainEnv(): Record<string, string> {
  const passedOn = ['PATH', 'HOME'].map((name) => [name, process.env[name]]);
  return { ...Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)), ENV_FILE: 'off' };
}
