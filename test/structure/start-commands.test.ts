import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe('the size of the young generation', () => {
  const [option] = /--max-semi-space-size=\d+/.exec(read('package.json')) ?? ['none'];

  it.each(['src/cli/main.ts', 'docs/operating.md'])('is the same in %s', (file) => {
    expect(new Set(read(file).match(/--max-semi-space-size=\d+/g))).toEqual(new Set([option]));
  });
});
