// Runs one of the benchmarks: node bench/run.mjs compare|scale|writes|live|profile [options]. Vite is here already, and compiles as it imports.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const program = new URL(`./${process.argv[2]}.ts`, import.meta.url);
await runnerImport(fileURLToPath(program), { configFile: false, logLevel: 'error' });
