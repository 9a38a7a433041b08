import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Lifetime } from './lifetime.js';

/** The root of this project; another built tree can be measured beside it. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The built gateway in a process of its own, and a key to it. */
export interface GatewayProcess {
  /** http://127.0.0.1:…/graphql */
  url: string;
  /** A key with all scopes of the organization asked for. */
  token: string;
}

/** Starts a tree's dist/main.js on a database, with the settings that it has by default. */
export async function startGateway(
  lifetime: Lifetime,
  databaseUrl: string,
  organization: string,
  tree = PROJECT,
): Promise<GatewayProcess> {
  const token = await createKey(databaseUrl, organization, tree);
  const env = { ...plainEnv(), DATABASE_URL: databaseUrl, PORT: '0' };
  // A process group of its own: a terminal's Ctrl-C reaches us, and we end it in our order.
  const child = spawn(process.execPath, [join(tree, 'dist', 'main.js')], {
    cwd: tree,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  lifetime.whenOver(async () => {
    child.kill('SIGTERM');
    await exit;
  });
  return { url: await untilListening(child.stdout, exit), token };
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
    throw new Error(`the gateway did not start: ${said}`);
  });
  // Once it listens its end is awaited elsewhere.
  failed.catch(() => {});
  return Promise.race([listening, failed]);
}

/** By the tree's own command line: a key may look different in another version. */
export async function createKey(databaseUrl: string, organization: string, tree = PROJECT): Promise<string> {
  const program = join(tree, 'dist', 'cli', 'main.js');
  const args = ['keys', 'create', '--organization', organization, '--name', 'bench', '--scopes', 'all'];
  const env = { ...plainEnv(), DATABASE_URL: databaseUrl };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: tree, env });
  return stdout.trim();
}

/** Nothing of our environment changes what is measured. */
const plainEnv = () => ({ PATH: process.env.PATH, HOME: process.env.HOME });
