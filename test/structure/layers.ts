import { basename } from 'node:path';
import type { Import } from './imports.js';

/** The layers from the lowest up: no file imports a value or type from a layer above its own. */
const FLOORS = [
  'foundation',
  'database',
  'queries',
  'stores',
  'services',
  'graphql',
  'context',
  'resolvers',
  'graphql-server',
  'observability',
  'http',
  'gateway',
  'programs',
] as const;
export type Floor = (typeof FLOORS)[number];

/** The domains from the lowest up; those in one row do not import each other. */
const DOMAINS: string[][] = [
  ['identity'],
  ['changes', 'persisted-operations'],
  ['metadata'],
  ['calls'],
  ['events'],
  ['call-flows', 'voice-calls', 'recordings', 'statistics'],
  ['intake'],
  ['vendors'],
  ['retention'],
  ['live'],
];

/** Folders that form one layer each; the longest match decides. */
const ROOMS: Record<string, Floor> = {
  foundation: 'foundation',
  config: 'foundation',
  db: 'database',
  'embedded-postgres': 'database',
  backup: 'database',
  graphql: 'graphql',
  'graphql-server': 'graphql-server',
  export: 'graphql-server',
  observability: 'observability',
  http: 'http',
  'vendor-apis': 'http',
  'live/transport': 'http',
  start: 'programs',
  cli: 'programs',
  demo: 'programs',
};

const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
const rowOf = (file: string) => DOMAINS.findIndex((row) => row.includes(folderOf(file)));

export function floorOf(file: string): Floor {
  // Lists of words and shapes of values without behaviour stand beside their domain.
  if (/\.(?:enums|values)\.ts$/.test(file)) return 'foundation';
  // It names the services and loaders of every domain, for all resolvers.
  if (file === 'graphql/context.ts') return 'context';
  if (['gateway.ts', 'gateway-contexts.ts', 'gateway-shard.ts'].includes(file)) return 'gateway';
  if (file === 'main.ts') return 'programs';
  const room = Object.keys(ROOMS)
    .toSorted((a, b) => b.length - a.length)
    .find((each) => file.startsWith(`${each}/`));
  if (room !== undefined) return ROOMS[room] as Floor;
  if (/\.resolver\.ts$/.test(file)) return 'resolvers';
  if (/\.(?:type|input|payload|checks)\.ts$|^command-options\.ts$/.test(basename(file))) return 'graphql';
  if (/\.queries\.ts$/.test(file)) return 'queries';
  return /\.(?:service|loaders)\.ts$/.test(file) ? 'services' : 'stores';
}

const height = (floor: Floor) => FLOORS.indexOf(floor);

/** The violation of an import, or null. */
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
/** Packages of GraphQL and HTTP are allowed only from the GraphQL layer up. */
export function packageViolation(file: string, specifier: string): string | null {
  const knowsGraphql = /^(?:graphql|type-graphql|graphql-scalars|@apollo\/|@as-integrations\/|fastify)/.test(
    specifier,
  );
  return knowsGraphql && height(floorOf(file)) < height('graphql')
    ? `${file} (${floorOf(file)}) imports ${specifier}`
    : null;
}

/** An import cycle among these files, or null. */
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
