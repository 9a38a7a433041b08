import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SOURCES } from './imports.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
/** What the first start makes. */
const MADE_LATER = ['.data/'];
const isThere = (path: string) =>
  MADE_LATER.includes(path) || existsSync(join(ROOT, path)) || existsSync(join(SOURCES, path));

/** The rooms of the map: lines of its table that begin with a folder or file of src. */
const roomsOf = (text: string): string[] =>
  [...text.matchAll(/^\| `(src\/[^`]+)` \|/gm)].flatMap(([, room]) => room ?? []);

/** Paths in backticks and in pictures of text, but for patterns; those in pictures are relative to src. */
function pathsOf(text: string): string[] {
  const pictures = [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```/gm)].flatMap(
    ([, language, picture = '']) => (language === '' ? [picture] : []),
  );
  const prose = proseOf(text);
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, words = '']) => words.split(/\s+/));
  const drawn = pictures.flatMap((picture) => picture.split(/[\s,()]+/));
  const isPath = (word: string) =>
    /^\.?[\w-]+(?:[./][\w.-]+)*(?:\/|\.(?:ts|mjs|sql|md|json|graphql))$/.test(word);
  return [...quoted, ...drawn].filter(isPath);
}

const proseOf = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** The files, and anchors in them, that a document links to or shows. */
const linksOf = (file: string, text: string) =>
  [...proseOf(text).matchAll(/(?:\]\(|\bsrc(?:set)?=")(?!https?:)([^)"#]*)(?:#([^)"]+))?[)"]/g)].map(
    ([, path = '', anchor]) => ({ path: path === '' ? file : normalize(join(dirname(file), path)), anchor }),
  );

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The scripts that a text has npm run, but for npm's own commands. */
function scriptsOf(text: string): string[] {
  const run = [...text.matchAll(/\bnpm run(?: -s)? ([\w:-]+)/g)].flatMap(([, script]) => script ?? []);
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].flatMap(([, script]) => script ?? []);
  return [...new Set([...run, ...short])];
}

describe('the map', () => {
  const rooms = roomsOf(read('docs/architecture.md'));

  it('has a line for each folder and file at the top of src', () => {
    const top = readdirSync(SOURCES).map((name) =>
      statSync(join(SOURCES, name)).isDirectory() ? `src/${name}/` : `src/${name}`,
    );
    expect(top.filter((name) => !rooms.includes(name))).toEqual([]);
  });

  it('has no line for what is not there, and none twice', () => {
    expect(rooms.filter((room) => !isThere(room))).toEqual([]);
    expect(new Set(rooms).size).toBe(rooms.length);
  });
});

describe.each(FILES)('%s', (file) => {
  it('names only files and folders that exist', () => {
    expect(pathsOf(read(file)).filter((path) => !isThere(path))).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    const isBroken = ({ path, anchor }: { path: string; anchor: string | undefined }) =>
      !existsSync(join(ROOT, path)) || (anchor !== undefined && !anchorsOf(read(path)).includes(anchor));
    expect(linksOf(file, read(file)).filter(isBroken)).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(scriptsOf(read(file)).filter((script) => !(script in scripts))).toEqual([]);
  });
});

it('paths, links and scripts are found in prose, pictures, links and commands, and patterns are passed over', () => {
  const text = [
    'See `src/main.ts`, `*.store.ts`, `src/db/functions/<name>.sql` and [locks](locks.md#order), or `calls`.',
    '```',
    'POST → http/admission.ts, db/database.ts (npm run -s schema)',
    '```',
    'Then `npm test` and `npm run test:all -- --x`; `npm ci --prefix bench`.',
  ].join('\n');
  expect(pathsOf(text)).toEqual(['src/main.ts', 'http/admission.ts', 'db/database.ts']);
  expect(linksOf('docs/a.md', `${text}\n![x](../x.svg) <img src="b.png"> [c](#d) [e](https://e)`)).toEqual([
    { path: 'docs/locks.md', anchor: 'order' },
    { path: 'x.svg', anchor: undefined },
    { path: 'docs/b.png', anchor: undefined },
    { path: 'docs/a.md', anchor: 'd' },
  ]);
  expect(anchorsOf("# The vendors' own: `requests`")).toEqual(['the-vendors-own-requests']);
  expect(scriptsOf(text)).toEqual(['schema', 'test:all', 'test']);
  expect(roomsOf('| `src/a/` | one |\n| `src/b.ts` | two |\nand `src/c/`')).toEqual(['src/a/', 'src/b.ts']);
});
