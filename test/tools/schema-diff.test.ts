import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { printPublicSchema } from '../../src/graphql-server/schema/schema.js';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The schema of the last release: `npm version` writes it. */
const RELEASED = read('released.graphql');
const CHANGELOG = read('../../CHANGELOG.md');

async function breaks(released: string, present: string): Promise<string[]> {
  const changes = await diff(buildSchema(released), buildSchema(present));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path = '' }) => path);
}

/** What the newest part of the changelog names, in backticks, under "Breaking". */
function announced(changelog: string): string[] {
  const [, newest = ''] = changelog.split(/^## /m);
  const breaking = newest.split(/^### /m).find((part) => part.startsWith('Breaking')) ?? '';
  return [...breaking.matchAll(/^- `([^`]+)`/gm)].map(([, path = '']) => path);
}

describe('since the last release, the schema', () => {
  it('breaks nothing that the changelog does not announce', async () => {
    const announcements = announced(CHANGELOG);
    const broken = await breaks(RELEASED, printPublicSchema());
    expect(broken.filter((path) => !announcements.includes(path))).toEqual([]);
    expect(announcements.filter((path) => !broken.includes(path))).toEqual([]);
  });
});

describe('a break', () => {
  it.each([
    ['a field that is gone', 'type Query { a: Int b: Int }', 'type Query { a: Int }', ['Query.b']],
    ['a field that may be null', 'type Query { a: Int! }', 'type Query { a: Int }', ['Query.a']],
    [
      'an argument that is required',
      'type Query { a: Int }',
      'type Query { a(b: Int!): Int }',
      ['Query.a.b'],
    ],
    [
      'a value that is gone',
      'type Query { a: E } enum E { A B }',
      'type Query { a: E } enum E { A }',
      ['E.B'],
    ],
    ['nothing that is new', 'type Query { a: Int }', 'type Query { a: Int b: Int }', []],
  ])('is %s', async (_, released, present, paths) => {
    expect(await breaks(released, present)).toEqual(paths);
  });

  it('is announced under "Breaking" in the newest part of the changelog', () => {
    const changelog =
      '# C\n\n## Unreleased\n\n### Added\n\n- `A.a`\n\n### Breaking\n\n- `B.b` is gone.\n\n## 1\n\n### Breaking\n\n- `C.c`\n';
    expect(announced(changelog)).toEqual(['B.b']);
  });
});
