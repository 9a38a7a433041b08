import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests that start programs take long and wait much, in small files, which Vitest would run last of all: they go early, and
 * in turns with the others, which keep the processor busy meanwhile.
 */
class ProgramsEarly extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsPrograms = ({ moduleId }: TestSpecification) => /\/test\/(main|cli|db)\//.test(moduleId);
    const programs = sorted.filter(startsPrograms);
    const others = sorted.filter((file) => !startsPrograms(file));
    return [
      ...others.flatMap((file, index) => [file, ...programs.slice(index, index + 1)]),
      ...programs.slice(others.length),
    ];
  }
}

/** Those that take long on two cores: they kill processes, wait for clocks, or try many cases. */
const LONG = 'test/**/*.long.test.ts';

/** Those that need the machine for themselves, for others would time out beside them. */
const HEAVY = 'test/vendors/delivery/{chaos,outage,claims,order}.long.test.ts';

/** Of programs that have packages of their own. */
const PACKAGES = '**/node_modules/**';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Vitest would load graphql once as ESM and once as CommonJS, and graphql refuses to work beside itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    projects: [
      { extends: true, test: { name: 'short', include: ['test/**/*.test.ts'], exclude: [LONG, PACKAGES] } },
      { extends: true, test: { name: 'long', include: [LONG], exclude: [HEAVY, PACKAGES] } },
      { extends: true, test: { name: 'heavy', include: [HEAVY] } },
    ],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata', 'test/support/seed.ts'],
    environment: 'node',
    pool: 'forks',
    // Files share a worker's modules, for loading the schema anew for each takes longer than many of them run.
    isolate: false,
    sequence: { sequencer: ProgramsEarly },
    // Most of the time a test waits for Postgres or for a process.
    maxWorkers: Math.max(4, availableParallelism()),
    // They end tests that hang: where a machine has much else to do, some take more than a minute.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Of thousands of tests with real processes one may meet a machine that stands still. CI repeats it, and says so; properties
    // draw the same again there.
    retry: process.env.CI ? 1 : 0,
    expect: { poll: { timeout: 60_000, interval: 10 } },
  },
});
