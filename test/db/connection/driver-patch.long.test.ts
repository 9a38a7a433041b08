import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { applyPatch, parsePatch, reversePatch } from 'diff';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildTree, PROJECT } from '../../support/built-tree.js';
import { createTestDatabase } from '../../support/postgres.js';

const PATCH = 'src/db/connection/postgres-3.4.9.patch';
const patches = parsePatch(readFileSync(join(PROJECT, PATCH), 'utf8'));
const filesOf = (tree: string) =>
  patches.map(({ newFileName = '' }) => join(tree, 'node_modules/postgres', newFileName.replace('b/', '')));
const textsOf = (tree: string) => filesOf(tree).map((file) => readFileSync(file, 'utf8'));

/** A tree like this one with its own unpatched driver. */
let tree: string;
beforeAll(async () => {
  await buildTree();
  tree = await mkdtemp(join(tmpdir(), 'switchboard-driver-'));
  mkdirSync(join(tree, 'node_modules'));
  for (const name of readdirSync(join(PROJECT, 'node_modules'))) {
    if (name === 'postgres')
      cpSync(join(PROJECT, 'node_modules', name), join(tree, 'node_modules', name), { recursive: true });
    else symlinkSync(join(PROJECT, 'node_modules', name), join(tree, 'node_modules', name));
  }
  for (const name of ['dist', 'src', 'package.json'])
    cpSync(join(PROJECT, name), join(tree, name), { recursive: true });
  restore();
});
afterAll(() => rmSync(tree, { recursive: true }));

function restore(): void {
  for (const [index, file] of filesOf(tree).entries()) {
    const patch = patches[index];
    const original = patch && applyPatch(readFileSync(file, 'utf8'), reversePatch(patch));
    if (!original) throw new Error(`${file} is not corrected`);
    writeFileSync(file, original);
  }
}

const correct = () =>
  execFileSync(process.execPath, [join(tree, 'src/db/connection/patch-driver.mjs')], { stdio: 'pipe' });

it('the installed driver is patched, and npm pack includes it', () => {
  for (const [index, text] of textsOf(PROJECT).entries()) {
    const patch = patches[index];
    expect(patch && applyPatch(text, reversePatch(patch))).toBeTruthy();
  }
  const options = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(execFileSync('npm', options, { cwd: PROJECT, stdio: 'pipe' }).toString());
  const names: string[] = packed.files.map(({ path }: { path: string }) => path);
  expect(names).toEqual(expect.arrayContaining(filesOf('').map((file) => file.replace(/^\//, ''))));
  expect(names).toEqual(expect.arrayContaining([PATCH, 'src/db/connection/patch-driver.mjs']));
});

it('guards that do not depend on the patch keep the rows of one statement out of the next', async () => {
  const test = await createTestDatabase();
  try {
    const program = `
      const { openDatabase } = await import(${JSON.stringify(join(tree, 'dist/db/database.js'))});
      const { sql } = await import('drizzle-orm');
      const database = await openDatabase({ url: process.env.URL, poolSize: 1, timeout: 10 });
      const told = [];
      for (let round = 0; round < 20; round += 1) {
        await database.db.execute(sql.raw("select repeat('x', 9000), 1/(4-i) from generate_series(1, 10) i")).catch(() => {});
        const rows = await database.db.execute(sql.raw("select 'mine' as owner")).catch(() => 'an error');
        told.push(JSON.stringify(rows));
      }
      await database.close();
      console.log(JSON.stringify(told));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: tree,
      env: { ...process.env, URL: test.url },
    });
    expect(JSON.parse(stdout)).toEqual(Array(20).fill('[{"owner":"mine"}]'));
  } finally {
    await test.drop();
  }
});

it('an installation patches the driver once, and refuses another version of it', () => {
  const before = textsOf(tree);
  correct();
  const corrected = textsOf(tree);
  expect(corrected).toEqual(textsOf(PROJECT));
  expect(corrected).not.toEqual(before);
  correct();
  expect(textsOf(tree)).toEqual(corrected);
  const manifest = join(tree, 'node_modules/postgres/package.json');
  const packed = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, packed.replace('"3.4.9"', '"3.5.0"'));
  expect(correct).toThrow('postgres 3.5.0 is installed: the patch is for 3.4.9');
  writeFileSync(manifest, packed);
});
