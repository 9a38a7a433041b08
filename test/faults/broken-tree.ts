import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PROJECT } from '../support/built-tree.js';

const MIGRATIONS = join('src', 'db', 'migrations');

/** A next version of the built gateway, with one more migration: answers the file to start it by. */
export async function treeWithMigration(statements: string[]): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
  onTestFinished(() => rm(tree, { recursive: true, force: true }));
  await mkdir(join(tree, 'src', 'db'), { recursive: true });
  for (const part of ['dist', MIGRATIONS, 'package.json']) {
    await cp(join(PROJECT, part), join(tree, part), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(tree, 'node_modules'));
  const journalFile = join(tree, MIGRATIONS, 'meta', '_journal.json');
  const journal = JSON.parse(await readFile(journalFile, 'utf8'));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_next' });
  await writeFile(journalFile, JSON.stringify(journal));
  await writeFile(join(tree, MIGRATIONS, '9999_next.sql'), statements.join(';--> statement-breakpoint\n'));
  return join(tree, 'dist', 'main.js');
}
