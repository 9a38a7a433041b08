import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Vitest would load graphql once as ESM and once as CommonJS, and graphql refuses to work beside itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    environment: 'node',
    pool: 'forks',
    // Files share a worker's modules, for loading the schema anew for each takes longer than many of them run.
    isolate: false,
    // Most of the time a test waits for Postgres or for a process.
    maxWorkers: Math.max(4, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
