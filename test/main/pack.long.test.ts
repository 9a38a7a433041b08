import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERSION } from '../../src/foundation/version.js';
import { PROJECT } from '../support/built-tree.js';
import { isLocked } from '../support/embedded-files.js';
import { ask, untilListening } from '../support/gateway-process.js';
import { startCommand } from '../support/program.js';

const run = promisify(execFile);

let folder: string;
let tarball: string;
let packed: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-pack-'));
  await chmod(folder, 0o755);
  // Without `prepack`: the tree is built.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: PROJECT });
  const [{ filename, files }] = JSON.parse(stdout);
  tarball = join(folder, filename);
  packed = files.map(({ path }: { path: string }) => path);
});
afterAll(async () => {
  const elsewhere = await readlink(join(folder, 'empty', '.data', 'postgres')).catch(() => undefined);
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  rmSync(folder, { recursive: true });
});

test('the tarball has what runs, and neither sources nor tests', () => {
  const own = packed.filter((path) => !path.startsWith('node_modules/'));
  const others = own.filter((path) => !path.startsWith('dist/') && !path.startsWith('src/db/migrations/'));
  expect(others.toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'package.json',
    'schema.graphql',
    'src/db/connection/patch-driver.mjs',
    'src/db/connection/postgres-3.4.9.patch',
  ]);
  expect(own.filter((path) => /\.(?:ts|tsx|map)$/.test(path))).toEqual([]);
  for (const file of ['dist/cli/main.js', 'dist/explorer/index.html', 'dist/wallboard/index.html']) {
    expect(own).toContain(file);
  }
});

test('installed in an empty folder it starts by npx, answers, and stops by Ctrl-C', async () => {
  const empty = join(folder, 'empty');
  const npm = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', empty, tarball];
  await run('npm', npm, { cwd: folder });
  const where = { cwd: empty };
  const npx = (...args: string[]) =>
    startCommand('npx', ['--no', '--', 'switchboard', ...args], { PORT: '0' }, where);
  expect((await npx('--version').ended).stdout).toBe(`${VERSION}\n`);
  const gateway = await untilListening(npx('start'));
  try {
    const { body } = await ask(gateway.url, gateway.token, '{ calls { totalCount } }');
    expect(body).toMatchObject({ data: { calls: { totalCount: 4 } } });
    for (const path of ['/', '/graphql']) {
      const page = await fetch(new URL(path, gateway.url), { headers: { accept: 'text/html' } });
      expect({ path, status: page.status }).toEqual({ path, status: 200 });
    }
  } finally {
    gateway.signalGroup('SIGINT');
  }
  await expect.poll(() => isLocked(join(empty, '.data'))).toBe(false);
  expect(readdirSync(empty).toSorted()).toEqual([
    '.data',
    'node_modules',
    'package-lock.json',
    'package.json',
  ]);
});

test('its bill of materials has its packages, and none of development', async () => {
  const { stdout } = await run('npm', ['run', '-s', 'sbom'], { cwd: PROJECT, maxBuffer: 2 ** 26 });
  const { bomFormat, metadata, components } = JSON.parse(stdout);
  expect({ bomFormat, root: metadata.component['bom-ref'] }).toEqual({
    bomFormat: 'CycloneDX',
    root: `switchboard@${VERSION}`,
  });
  const names = components.map(({ name, group }: { name: string; group?: string }) =>
    group === undefined ? name : `${group}/${name}`,
  );
  const { dependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([]);
  for (const name of ['vitest', 'typescript', 'vite', 'react']) expect(names).not.toContain(name);
});
