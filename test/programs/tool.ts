import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

function fileOf(tool: string): string {
  if (existsSync(join(FOLDER, 'node_modules'))) return join(FOLDER, tool);
  throw new Error('These tests need packages of their own: npm ci --prefix test/programs');
}

/** Runs a tool to its end, in a folder. @throws what it has written to its standard error */
export async function run(tool: string, args: readonly string[], cwd: string = FOLDER): Promise<string> {
  const options = { cwd, maxBuffer: 67_108_864 };
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf(tool), ...args], options);
  return stdout;
}

export interface Running {
  url: string;
  stop(): Promise<void>;
}

/** Runs a server that prints its URL, and ends when its input does. */
export async function serve(tool: string, args: readonly string[] = []): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [fileOf(tool), ...args], {
    cwd: FOLDER,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  if (child.stdout === null) throw new Error('a pipe is missing');
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('http://')) return { url: line, stop };
  }
  throw new Error(`${tool} has ended without an address`);
}
