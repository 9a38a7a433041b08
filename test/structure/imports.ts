import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));

/** An import from one file to another, of a value or a type; both paths are relative to src and end in .ts. */
export interface Import {
  from: string;
  to: string;
}

/** Every TypeScript file under src, relative to it. */
export function sourceFiles(): string[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).toSorted();
}

export function readSource(file: string): string {
  return readFileSync(join(SOURCES, file), 'utf8');
}

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

/** What a file's text imports when it runs: `import type` and `export type` are gone by then. */
export const runtimeSpecifiers = (text: string): string[] => specifiers(text, false);

/** The same and what it imports for its types. */
export const allSpecifiers = (text: string): string[] => specifiers(text, true);

function specifiers(text: string, withTypes: boolean): string[] {
  const statics = [...text.matchAll(STATIC)].filter(([, type]) => withTypes || type === undefined);
  return [
    ...statics.map(([, , specifier]) => specifier),
    ...[...text.matchAll(DYNAMIC)].map(([, name]) => name),
  ].filter((specifier) => specifier !== undefined);
}

/** The imports within src, those of types too. */
export function importsOf(file: string, text = readSource(file)): Import[] {
  return allSpecifiers(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: file,
      to: normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts'),
    }));
}
