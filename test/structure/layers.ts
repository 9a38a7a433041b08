import { basename } from 'node:path';
import type { Import } from './imports.js';

/** The rooms of the house from the cellar up: nothing imports from a floor above its own. */
const FLOORS = [
  'foundation',
  'database',
  'queries',
  'stores',
  'services',
  'graphql',
  'resolvers',
  'schema',
  'http',
  'gateway',
  'programs',
] as const;
export type Floor = (typeof FLOORS)[number];

/** The domains from the lowest up; those of one row know nothing of each other. */
const DOMAINS: string[][] = [
  ['identity'],
  ['changes'],
  ['metadata'],
  ['calls'],
  ['call-flows', 'voice-calls', 'events'],
  ['intake'],
  ['live'],
];

/** Plain values, words and structures, which anybody may use. */
const FOUNDATION =
  /^(?:refusal|config(?:-[a-z]+)?|start-error|ids|fair-queue|shared-memory)\.ts$|\.enums\.ts$|^db\/(?:page|new-id|unavailable)\.ts$/;

const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
const rowOf = (file: string) => DOMAINS.findIndex((row) => row.includes(folderOf(file)));

export function floorOf(file: string): Floor {
  if (FOUNDATION.test(file)) return 'foundation';
  const folder = folderOf(file);
  if (file === 'gateway.ts') return 'gateway';
  if (['', 'cli', 'demo'].includes(folder)) return 'programs';
  if (folder === 'http') return 'http';
  if (folder === 'db') return 'database';
  if (file === 'graphql/schema.ts') return 'schema';
  if (/\.resolver\.ts$/.test(file)) return 'resolvers';
  if (
    folder === 'graphql' ||
    /\.(?:type|input|payload|checks)\.ts$|^command-options\.ts$/.test(basename(file))
  ) {
    return 'graphql';
  }
  if (/\.queries\.ts$/.test(file)) return 'queries';
  return /\.(?:service|loaders)\.ts$/.test(file) ? 'services' : 'stores';
}

const height = (floor: Floor) => FLOORS.indexOf(floor);

/** What is wrong with an import, or null. */
export function violation({ from, to }: Import): string | null {
  const [floor, target] = [floorOf(from), floorOf(to)];
  if (height(target) > height(floor))
    return `${from} (${floor}) imports ${to} (${target}), which lies above it`;
  const isBelowGraphql = height(floor) < height('graphql');
  if (isBelowGraphql && rowOf(from) >= 0 && rowOf(to) >= 0 && target !== 'foundation') {
    if (rowOf(to) > rowOf(from)) return `${from} imports ${to}, of a domain above its own`;
    if (rowOf(to) === rowOf(from) && folderOf(to) !== folderOf(from)) {
      return `${from} imports ${to}, of a domain beside its own`;
    }
  }
  return null;
}

/** The same for packages: below the GraphQL floor nobody knows GraphQL or HTTP. */
export function packageViolation(file: string, specifier: string): string | null {
  const knowsGraphql = /^(?:graphql|type-graphql|graphql-scalars|@apollo\/|@as-integrations\/|fastify)/.test(
    specifier,
  );
  return knowsGraphql && height(floorOf(file)) < height('graphql')
    ? `${file} (${floorOf(file)}) imports ${specifier}`
    : null;
}

/** A circle of imports among these files, or null. */
export function circle(imports: Import[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, line: string[]): string[] | null => {
    if (line.includes(file)) return [...line.slice(line.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const to of next.get(file) ?? []) {
      const found = walk(to, [...line, file]);
      if (found !== null) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const found = walk(file, []);
    if (found !== null) return found;
  }
  return null;
}
