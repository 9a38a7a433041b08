import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../support/built-tree.js';

export const KIT = join(PROJECT, 'packages', 'client');
export const sdl = readFileSync(join(PROJECT, 'schema.graphql'), 'utf8');

interface Generator {
  generated(sdl: string): Record<string, string>;
  printedSchema(sdl: string): string;
}

/** A program of plain JavaScript, which the build runs. */
export const generator = (): Promise<Generator> => import(join(KIT, 'generate.mjs'));
