import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/built-tree.js';

const read = (file: string, folder = PROJECT) => readFileSync(join(folder, file), 'utf8');
const versionOf = (file: string, folder = PROJECT): string => JSON.parse(read(file, folder)).version;
/** The versions of a changelog, the newest first. */
const released = (changelog: string) => [...changelog.matchAll(/^## (\d\S*) - /gm)].map(([, name]) => name);

test('the version is the newest of the changelog, above which is only what is not released', () => {
  const changelog = read('CHANGELOG.md');
  expect(released(changelog)[0]).toBe(versionOf('package.json'));
  expect(changelog.match(/^## .*$/m)?.[0]).toBe('## Unreleased');
  expect(versionOf('package-lock.json')).toBe(versionOf('package.json'));
  expect(read('deploy/kubernetes.yaml')).toContain(`/switchboard:${versionOf('package.json')}\n`);
});

test('npm version changes every file that has the version, commits and tags', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-release-'));
  try {
    const files = [
      'package.json',
      'package-lock.json',
      '.npmrc',
      'CHANGELOG.md',
      'deploy/kubernetes.yaml',
      'schema.graphql',
      'packages/client/package.json',
      'packages/release.mjs',
      'test/tools/released.graphql',
    ];
    for (const file of files) cpSync(join(PROJECT, file), join(folder, file), { recursive: true });
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
    const git = (...args: string[]) => run('git', '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args);
    git('init', '--quiet');
    git('config', 'user.name', 'a');
    git('config', 'user.email', 'a@b.c');
    git('add', '.');
    git('commit', '--quiet', '--message', 'before');
    run('npm', 'version', '7.8.9');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('describe', '--tags')).toBe('v7.8.9\n');
    for (const file of ['package.json', 'package-lock.json', 'packages/client/package.json']) {
      expect(versionOf(file, folder)).toBe('7.8.9');
    }
    expect(JSON.parse(read('package-lock.json', folder)).packages['packages/client'].version).toBe('7.8.9');
    expect(read('deploy/kubernetes.yaml', folder)).toContain('/switchboard:7.8.9\n');
    const before = read('CHANGELOG.md');
    const after = read('CHANGELOG.md', folder);
    expect(released(after)).toEqual(['7.8.9', ...released(before)]);
    expect(after.replace(/\n## 7\.8\.9 - \d{4}-\d\d-\d\d\n/, '')).toBe(before);
    expect(read('test/tools/released.graphql', folder)).toBe(read('schema.graphql'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
