import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../../support/built-tree.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { KIT } from './generated.js';

const run = promisify(execFile);
const MODULES = join(PROJECT, 'node_modules');
const CONFIG = { target: 'ES2022', lib: ['ES2022', 'DOM'], strict: true, types: ['node'], outDir: 'out' };
const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

let folder: string;
let gateway: TestGateway;
let client: Client;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-client-'));
  gateway = await openTestGateway();
  client = await gateway.client();
  const { stdout } = await run('npm', ['pack', './packages/client', '--json', '--pack-destination', folder], {
    cwd: PROJECT,
  });
  const [packed] = JSON.parse(stdout);
  files = packed.files.map(({ path }: { path: string }) => path);
  await run('tar', ['-xzf', packed.filename.replaceAll('/', '-').replace('@', '')], { cwd: folder });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A project that has installed the tarball and these packages. */
function newProject(name: string, packages: Record<string, string>): string {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  cpSync(join(folder, 'package'), join(project, 'node_modules', '@switchboard', 'client'), {
    recursive: true,
  });
  for (const [installed, at] of Object.entries(packages)) {
    const path = join(project, 'node_modules', installed);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(MODULES, at), path);
  }
  return project;
}

const sameNames = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]));
const OTHERS = sameNames(
  'graphql',
  'graphql-ws',
  '@urql/core',
  '@urql/exchange-graphcache',
  'relay-runtime',
  'rxjs',
  'ws',
  '@types/node',
  '@types/ws',
);

/** The README's examples by their names. */
function examples(): Record<string, string> {
  const text = readFileSync(join(KIT, 'README.md'), 'utf8');
  const found = [...text.matchAll(/^```ts (\w+)\n([\s\S]*?)^```/gm)];
  return Object.fromEntries(
    found.map(([, name = '', code = '']) => [
      name,
      code.replace('http://127.0.0.1:4000/graphql', gateway.url).replace('sb_TOKEN', client.token),
    ]),
  );
}

/** What the compiler says of the project's files and of the package's. */
async function compile(project: string, options: object): Promise<string[]> {
  const config = { compilerOptions: { ...CONFIG, ...options }, include: ['*.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(MODULES, 'typescript', 'lib', 'tsc.js');
  const { stdout } = await run(process.execPath, [tsc, '-p', project], { cwd: project }).catch(
    (error) => error,
  );
  // Types that other packages bring may have faults of their own.
  return String(stdout)
    .split('\n')
    .filter(
      (line) => /error TS/.test(line) && (!line.includes('node_modules') || line.includes('@switchboard')),
    );
}

/** Runs a list, a write and the wait for it, in a process of its own. */
const RUNNER = `
import { WebSocket } from 'ws';
globalThis.WebSocket ??= WebSocket;
const [file, url, token, more] = process.argv.slice(2);
const example = await import(file);
const list = example.list ?? (await (await import(more)).listOf(example));
await list.loadMore();
const query = 'mutation { upsertCall(input: { status: RINGING, references: [{ system: OTHER, name: "t", value: "'
  + Math.random() + '" }] }) { call { id } } }';
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token },
  body: JSON.stringify({ query }),
});
const { id } = (await answer.json()).data.upsertCall.call;
while (!list.nodes.some((node) => node.id === id)) await new Promise((resolve) => setTimeout(resolve, 5));
console.log('shown', list.nodes.find((node) => node.id === id).status);
list.close();
await example.live.dispose();
process.exit(0);
`;
const RELAY_LIST = `
  import { readFileSync } from 'node:fs';
  import { CallList } from '@switchboard/client/relay';
export const listOf = ({ environment }) => {
  const operations = JSON.parse(readFileSync(new URL('operations.json', import.meta.url), 'utf8'));
  return new CallList(environment, {
    query: operations.CallListQuery, subscription: operations.CallListSubscription,
    connectionKey: 'CallList_calls', filter: { status: ['RINGING'] }, first: 50,
  });
};
`;

async function shown(project: string, name: string): Promise<string> {
  writeFileSync(join(project, 'out', 'runner.mjs'), RUNNER);
  writeFileSync(join(project, 'out', 'relay-list.mjs'), RELAY_LIST);
  cpSync(
    join(PROJECT, 'test', 'clients', 'relay', 'operations.json'),
    join(project, 'out', 'operations.json'),
  );
  const args = ['runner.mjs', `./${name}.js`, gateway.url, client.token, './relay-list.mjs'];
  const { stdout } = await run(process.execPath, args, { cwd: join(project, 'out'), timeout: 120_000 });
  return stdout.trim();
}

it('the tarball has compiled code, types, the schema and the README, and nothing else', () => {
  const other = files.filter((file) => !/^dist\/.+\.(?:js|d\.ts)$/.test(file));
  expect(other.toSorted()).toEqual([
    'README.md',
    'dist/introspection.json',
    'dist/schema.graphql',
    'package.json',
  ]);
  const { exports } = JSON.parse(readFileSync(join(KIT, 'package.json'), 'utf8'));
  for (const file of Object.values<string>(exports)) expect(files).toContain(file.replace('./', ''));
});

describe('the README’s examples', () => {
  it.each(Object.entries(RESOLUTIONS))('compile and run with moduleResolution %s', async (name, options) => {
    const project = newProject(name, { ...OTHERS, ...sameNames('@apollo/client') });
    const all = examples();
    expect(Object.keys(all)).toEqual(['apollo', 'urql', 'relay', 'core', 'codegen']);
    for (const [file, code] of Object.entries(all)) writeFileSync(join(project, `${file}.ts`), code);
    expect(await compile(project, options)).toEqual([]);
    for (const file of ['apollo', 'urql', 'relay'])
      expect([file, await shown(project, file)]).toEqual([file, 'shown RINGING']);
  });

  it('compile and run with Apollo Client 3', async () => {
    const three = await import('apollo-client-3/core/index.js');
    expect(new three.ApolloClient({ cache: new three.InMemoryCache() }).version).toMatch(/^3\./);
    const project = newProject('apollo-3', { ...OTHERS, '@apollo/client': 'apollo-client-3' });
    // Its main entry needs React.
    const code = examples()
      .apollo?.replace("'@apollo/client'", "'@apollo/client/core/index.js'")
      .replace("'@apollo/client/utilities'", "'@apollo/client/utilities/index.js'");
    writeFileSync(join(project, 'apollo.ts'), code ?? '');
    expect(await compile(project, RESOLUTIONS.nodenext)).toEqual([]);
    expect(await shown(project, 'apollo')).toBe('shown RINGING');
  });
});

it('the gateway’s own package has nothing of it', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: PROJECT });
  const [{ files: packed }] = JSON.parse(stdout);
  const paths: string[] = packed.map(({ path }: { path: string }) => path);
  expect(paths).toContain('schema.graphql');
  expect(paths.filter((path) => path.startsWith('packages/client'))).toEqual([]);
});
