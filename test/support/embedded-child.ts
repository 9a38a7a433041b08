import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { PROJECT } from './built-tree.js';

// Opens the server, prints what it got, and closes it when its input ends.
const PROGRAM = `
  const { openEmbeddedPostgres } = await import(process.argv[1]);
  const server = await openEmbeddedPostgres({ dataDir: process.argv[2] });
  console.log(JSON.stringify(server));
  process.stdin.resume().on('end', () => server.close());
`;

/** Another process that has the embedded server open. */
export interface EmbeddedChild {
  process: ChildProcess;
  url: string;
  created: boolean;
  /** Makes it close the server; resolves with its exit code. */
  close(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** @param user runs it as another user; only root may do so */
export async function openInChild(
  dataDir: string,
  user?: { uid: number; gid: number },
): Promise<EmbeddedChild> {
  const module = join(PROJECT, 'dist', 'embedded-postgres', 'embedded-postgres.js');
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, module, dataDir], {
    ...user,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  onTestFinished(async () => {
    child.stdin.end();
    await exit;
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exit.then(() => Promise.reject(new Error(`the child ended before the server was open: ${said}`))),
  ]);
  const { url, created } = JSON.parse(line);
  return {
    process: child,
    url,
    created,
    async close() {
      child.stdin.end();
      const [code] = await exit;
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
