import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePage } from '../write-page.mjs';

/** Bundles GraphiQL into dist/explorer. */
const OUT = fileURLToPath(new URL('../../dist/explorer', import.meta.url));
const FROM_PAGE = 'graphql/explorer';

const WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

const common = {
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  outdir: OUT,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
  // A comment with the licence stays in each file.
  legalComments: 'inline',
  logLevel: 'warning',
};

const workers = await build({ ...common, format: 'iife', entryPoints: WORKERS });
const built = await build({
  ...common,
  format: 'esm',
  splitting: true,
  entryPoints: { main: 'main.tsx' },
  jsx: 'automatic',
  // Monaco's own styles are in GraphiQL's; what its modules import of them is never loaded.
  loader: { '.ttf': 'empty' },
  define: { ...common.define, WORKERS: JSON.stringify(namesOf(workers)) },
});

const { main } = namesOf(built);
const style = basename(built.metafile.outputs[pathOf(built, main)].cssBundle);
const isServed = ({ path }) => path.endsWith('.js') || basename(path) === style;
const files = [...workers.outputFiles, ...built.outputFiles.filter(isServed)];
const html = await readFile(new URL('index.html', import.meta.url), 'utf8');
const page = html.replace('STYLE', `${FROM_PAGE}/${style}`).replace('SCRIPT', `${FROM_PAGE}/${main}`);

await writePage(OUT, [
  ...files.map(({ path, contents }) => [basename(path), contents]),
  ['index.html', Buffer.from(page)],
]);

/** The file of each entry point. */
function namesOf({ metafile, outputFiles }) {
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  const names = entries.map(([path]) => basename(path));
  return Object.fromEntries(
    outputFiles
      .map(({ path }) => basename(path))
      .filter((name) => names.includes(name) && name.endsWith('.js'))
      .map((name) => [name.replace(/-\w+\.js$/, ''), name]),
  );
}

function pathOf({ metafile }, name) {
  return Object.keys(metafile.outputs).find((path) => basename(path) === name);
}
