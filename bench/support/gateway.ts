import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Lifetime } from './lifetime.js';
import { plainEnv, type ServerProcess, startServer } from './server-process.js';

/** The root of this project; another built tree can be measured beside it. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The built gateway in a process of its own, and a key to it. */
export interface GatewayProcess extends ServerProcess {
  /** A key with all scopes of the organization asked for. */
  token: string;
}

export interface GatewayOptions {
  /** Another built tree. */
  tree?: string;
  /** Another Node than this one. */
  node?: string;
  /** They come after those of `npm start`, and win over them. */
  nodeOptions?: string[];
  env?: Record<string, string>;
}

/** Starts a tree's gateway as its `npm start` does, on a database, with the settings that it has by default. */
export async function startGateway(
  lifetime: Lifetime,
  databaseUrl: string,
  organization: string,
  { tree = PROJECT, node, nodeOptions = [], env = {} }: GatewayOptions = {},
): Promise<GatewayProcess> {
  const token = await createKey(databaseUrl, organization, tree);
  const server = await startServer(lifetime, {
    args: [...(await startOptions(tree)), ...nodeOptions, join(tree, 'dist', 'main.js')],
    cwd: tree,
    node,
    // No contender writes a line for each request; and who stops it here is in a hurry.
    env: { LOG_LEVEL: 'warn', DRAIN_DELAY: '0', ...env, DATABASE_URL: databaseUrl, PORT: '0' },
  });
  return { ...server, token };
}

async function startOptions(tree: string): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(tree, 'package.json'), 'utf8'));
  const words: string[] = scripts.start.split(' ');
  return words.filter((word) => word.startsWith('--'));
}

/** By the tree's own command line: a key may look different in another version. */
export async function createKey(databaseUrl: string, organization: string, tree = PROJECT): Promise<string> {
  const program = join(tree, 'dist', 'cli', 'main.js');
  const args = ['keys', 'create', '--organization', organization, '--name', 'bench', '--scopes', 'all'];
  const env = { ...plainEnv(), DATABASE_URL: databaseUrl };
  const run = (...more: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args, ...more], { cwd: tree, env });
  // Older trees make an organization that is new without it, and do not know the option.
  const { stdout } = await run('--create').catch(() => run());
  return stdout.trim();
}
