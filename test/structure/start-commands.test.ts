import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/table.js';
import { PROJECT } from '../support/built-tree.js';

const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
const scriptsOf = (file: string): [string, string][] =>
  Object.entries<string>(JSON.parse(read(file)).scripts ?? {}).map(([name, script]) => [
    `${file} ${name}`,
    script,
  ]);

/** `exec` for sh, so that signals reach the program and not a shell before it; for cmd an assignment, and no more. */
const EXEC = 'set x=; exec env x=\\& ';
const COMMAND = /^(?:biome|git|node|npm|tsc|vite|vitest)(?: [\w./:=-]+)*$/;

describe('the scripts', () => {
  const all = ['package.json', 'bench/package.json', 'packages/client/package.json'].flatMap(scriptsOf);

  it.each(all)('%s needs no POSIX shell', (_, script) => {
    const commands = script.replace(EXEC, '').split(' && ');
    expect(commands.filter((command) => !COMMAND.test(command))).toEqual([]);
  });

  it.each(['start', 'switchboard'])('%s is replaced by the program that it runs', (name) => {
    const [, script] = all.find(([each]) => each === `package.json ${name}`) ?? [];
    expect(script?.startsWith(EXEC)).toBe(true);
  });
});

describe('the files of deploy/', () => {
  const known = Object.values(SETTINGS).map(({ variable }) => variable);
  const ofPostgres = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'];

  const files = readdirSync(join(PROJECT, 'deploy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(join(PROJECT, 'deploy'), join(parentPath, name)));

  it.each(files)('%s names only settings that there are', (file) => {
    const named = read(`deploy/${file}`).matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g);
    const others = new Set([...named].map(([name]) => name).filter((name) => !known.includes(name)));
    for (const name of [...ofPostgres, 'NODE_ENV', 'AF_UNIX', 'AF_INET']) others.delete(name);
    expect([...others]).toEqual([]);
  });

  it('give a gateway longer to stop than it takes', () => {
    const seconds = SETTINGS.shutdownTimeout.default;
    const [, ofCompose] = /stop_grace_period: (\d+)s/.exec(read('deploy/compose.yaml')) ?? [];
    const [, ofSystemd] = /TimeoutStopSec=(\d+)/.exec(read('deploy/switchboard.service')) ?? [];
    const kubernetes = read('deploy/kubernetes.yaml');
    const [, ofPod] = /terminationGracePeriodSeconds: (\d+)/.exec(kubernetes) ?? [];
    const [, set] = /SHUTDOWN_TIMEOUT\n +value: "(\d+)"/.exec(kubernetes) ?? [];
    expect(Number(ofCompose)).toBeGreaterThan(seconds);
    expect(Number(ofSystemd)).toBeGreaterThan(seconds);
    expect(Number(ofPod)).toBeGreaterThan(Number(set));
  });

  it('ask the gateway for its health where it listens', () => {
    const { port } = SETTINGS;
    expect(read('deploy/Dockerfile')).toContain(`EXPOSE ${port.default}\n`);
    expect(read('deploy/Dockerfile')).toContain('CMD ["switchboard", "health"]\n');
    expect(read('deploy/kubernetes.yaml')).toContain(`containerPort: ${port.default}\n`);
    expect(read('deploy/compose.yaml')).toContain(`:${port.default}\n`);
  });
});

describe('the size of the young generation', () => {
  const [option] = /--max-semi-space-size=\d+/.exec(read('package.json')) ?? ['none'];

  it.each(['src/cli/main.ts', 'docs/operating.md'])('is the same in %s', (file) => {
    expect(new Set(read(file).match(/--max-semi-space-size=\d+/g))).toEqual(new Set([option]));
  });
});
