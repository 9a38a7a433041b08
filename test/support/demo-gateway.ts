import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from './built-tree.js';

export interface DemoGateway {
  /** The endpoint. */
  url: string;
  token: string;
  close(): Promise<void>;
}

/** A gateway as a first `npm start` starts it, on data of its own. */
export async function openDemoGateway(): Promise<DemoGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-demo-'));
  const env = { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: join(folder, '.data') };
  const gateway = spawn(process.execPath, [join(PROJECT, 'dist', 'main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const close = async () => {
    await stop(gateway);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [url, token] = await greetingOf(gateway.stdout);
    return { url, token, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stop(gateway: ChildProcess): Promise<void> {
  if (gateway.exitCode !== null) return;
  const ended = once(gateway, 'close');
  gateway.kill();
  await ended;
}

async function greetingOf(stdout: NodeJS.ReadableStream): Promise<[url: string, token: string]> {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const [, url, token] = /listens on (\S+)[\s\S]*Bearer (sb_\S+)\n/.exec(text) ?? [];
    if (url !== undefined && token !== undefined) return [url, token];
  }
  throw new Error(`the gateway did not start: ${text}`);
}
