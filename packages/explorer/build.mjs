import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

/** Bundles GraphiQL into dist/explorer, compressed in advance. The page comes last: it is the build's time stamp. */
const OUT = fileURLToPath(new URL('../../dist/explorer', import.meta.url));
const NEW = `${OUT}.${process.pid}`;
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

const compress = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};
/** The best takes ten times as long for a tenth less. */
const BROTLI_QUALITY = 9;

await rm(NEW, { recursive: true, force: true });
await mkdir(NEW, { recursive: true });
await Promise.all(files.map(({ path, contents }) => writeEncoded(basename(path), contents)));
await writeEncoded('index.html', Buffer.from(page));
await rm(OUT, { recursive: true, force: true });
await rename(NEW, OUT);

async function writeEncoded(name, bytes) {
  await writeFile(`${NEW}/${name}`, bytes);
  for (const [encoding, encode] of Object.entries(compress)) {
    await writeFile(`${NEW}/${name}.${encoding}`, await encode(bytes));
  }
}

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
