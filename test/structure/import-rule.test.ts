import { describe, expect, it } from 'vitest';
import { importsOf, readSource, runtimeSpecifiers, sourceFiles } from './imports.js';
import { circle, floorOf, packageViolation, violation } from './layers.js';

const files = sourceFiles();
const imports = files.flatMap((file) => importsOf(file));

describe('the sources', () => {
  it('import nothing from a higher layer or from a domain above or beside their own, types included', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(imports.map(violation).filter((found) => found !== null)).toEqual([]);
  });

  it('use GraphQL and HTTP only from the GraphQL layer up', () => {
    const found = files.flatMap((file) =>
      runtimeSpecifiers(readSource(file)).map((name) => packageViolation(file, name)),
    );
    expect(found.filter((each) => each !== null)).toEqual([]);
  });

  it('import no program, and the gateway from programs only', () => {
    const toPrograms = imports.filter(
      ({ from, to }) => floorOf(to) === 'programs' && floorOf(from) !== 'programs',
    );
    const toGateway = imports.filter(({ from, to }) => to === 'gateway.ts' && floorOf(from) !== 'programs');
    expect([...toPrograms, ...toGateway]).toEqual([]);
  });

  it('import files that exist', () => {
    expect(imports.filter(({ to }) => !files.includes(to))).toEqual([]);
  });

  it('have no import cycle', () => {
    expect(circle(imports)).toBeNull();
  });

  it('have no default exports and no barrels', () => {
    expect(files.filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => /^export default\b|\bas default\b/m.test(readSource(file)))).toEqual([]);
    const onlyReexports = files.filter((file) => {
      const code = readSource(file)
        .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        .replaceAll(/^export\s[^;]*\sfrom\s+'[^']+';/gm, '');
      return code.trim() === '';
    });
    expect(onlyReexports).toEqual([]);
  });

  it('have kebab-case names and files of at most 400 lines, half of them of at most 60', () => {
    expect(files.filter((file) => !/^(?:[a-z0-9-]+\/)*[a-z0-9-]+(?:\.[a-z-]+)?\.ts$/.test(file))).toEqual([]);
    const lengths = files.map((file) => readSource(file).split('\n').length - 1).toSorted((a, b) => a - b);
    expect(lengths.at(-1)).toBeLessThanOrEqual(400);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(60);
  });
});

describe('the rule', () => {
  it.each([
    ['calls/call.service.ts', '../graphql/errors.js'],
    ['calls/call.service.ts', './call.resolver.js'],
    ['calls/call.service.ts', './call.type.js'],
    ['calls/call.queries.ts', './call.store.js'],
    ['calls/call.store.ts', './call.service.js'],
    ['intake/upsert/upsert.ts', '../intake.service.js'],
    ['intake/upsert/upsert.ts', '../../live/live.service.js'],
    ['calls/call.store.ts', '../intake/upsert/upsert.js'],
    ['calls/call.store.ts', '../voice-calls/voice-call.store.js'],
    ['changes/change-log.ts', '../metadata/metadata.store.js'],
    ['call-flows/call-flow.service.ts', '../voice-calls/voice-call.service.js'],
    ['db/loading/batch.ts', '../../calls/call.queries.js'],
    ['calls/call.type.ts', './call.resolver.js'],
    ['graphql/errors.ts', '../graphql-server/schema/schema.js'],
    ['graphql/connection.ts', './context.js'],
    ['graphql-server/limits/limits.ts', '../../http/server.js'],
    ['live/live.service.ts', './transport/endpoint.js'],
    ['observability/metrics.ts', '../http/server.js'],
    ['calls/call.resolver.ts', '../http/server.js'],
    ['http/server.ts', '../gateway.js'],
    ['gateway.ts', './main.js'],
    ['foundation/refusal.ts', '../db/database.js'],
  ])('refuses that %s imports %s', (file, specifier) => {
    const values = importsOf(file, `import { a } from '${specifier}';`);
    const types = importsOf(file, `import type { a } from '${specifier}';`);
    expect([...values, ...types].map(violation)).toEqual([expect.any(String), expect.any(String)]);
  });

  it.each([
    ['calls/call.resolver.ts', '../voice-calls/voice-call.type.js'],
    ['intake/upsert/upsert.ts', '../../voice-calls/voice-call.store.js'],
    ['voice-calls/voice-call.service.ts', '../events/event-admissions.service.js'],
    ['db/tables/calls.ts', '../../calls/call-details.values.js'],
    ['calls/call.resolver.ts', '../graphql/context.js'],
    ['metadata/metadata.service.ts', '../changes/change-log.js'],
    ['gateway.ts', './http/server.js'],
    ['main.ts', './gateway.js'],
  ])('allows that %s imports %s', (file, specifier) => {
    const [each] = importsOf(file, `import { a } from '${specifier}';`);
    expect(each && violation(each)).toBeNull();
  });

  it('refuses packages of GraphQL and HTTP below their layer', () => {
    expect(packageViolation('calls/call.service.ts', 'graphql')).not.toBeNull();
    expect(packageViolation('foundation/page.ts', 'type-graphql')).not.toBeNull();
    expect(packageViolation('calls/call.type.ts', 'type-graphql')).toBeNull();
  });

  it('sees every form of a run-time import, and none that only the compiler sees', () => {
    const text = `
import { a } from './a.js';
import type { b } from './b.js';
import { type C, c } from './c.js';
import d from './d.js';
import * as e from './e.js';
import './f.js';
export { g } from './g.js';
export type { H } from './h.js';
export * from './i.js';
import {
  j,
  type K,
} from './j.js';
const l = await import('./l.js');
const text = "import { m } from './m.js'";`;
    const names = runtimeSpecifiers(text).map((specifier) => specifier.slice(2, 3));
    expect(names.toSorted().join('')).toBe('acdefgijl');
  });

  it('finds a cycle', () => {
    const line = (...names: string[]) =>
      names.slice(1).map((to, index) => ({ from: names[index] ?? '', to }));
    expect(circle(line('a', 'b', 'c'))).toBeNull();
    expect(circle([...line('a', 'b', 'c', 'd'), ...line('d', 'b')])).toEqual(['b', 'c', 'd', 'b']);
  });
});
