import { gzipSync } from 'node:zlib';

/** KiB by gzip. 250 are promised; it is raised only on purpose. */
const MOST = 235;
/** What `/` loads before it shows its first call: the entry, and its page. */
const SOURCES = ['src/main.tsx', 'src/calls/calls-page.tsx'];

/**
 * Stops a build whose first screen has grown too large.
 * @param {import('vite').Rollup.RollupOutput['output']} output
 * @returns {number} its size
 */
export function checkFirstScreen(output) {
  const files = new Map(output.map((file) => [file.fileName, file]));
  const loaded = new Set();
  const load = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const { imports = [], viteMetadata } = files.get(name);
    for (const other of [...imports, ...(viteMetadata?.importedCss ?? [])]) load(other);
  };
  for (const source of SOURCES) load(chunkOf(output, source).fileName);
  const bytes = [...loaded, 'index.html'].map((name) => {
    const file = files.get(name);
    return gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 }).length;
  });
  const size = bytes.reduce((sum, each) => sum + each, 0) / 1_024;
  if (size > MOST) {
    throw new Error(`the first screen takes ${size.toFixed(1)} KiB by gzip, and may take ${MOST}`);
  }
  return size;
}

function chunkOf(output, source) {
  const chunk = output.find(
    (file) => file.type === 'chunk' && file.moduleIds.some((id) => id.endsWith(`/${source}`)),
  );
  if (chunk === undefined) throw new Error(`no chunk has ${source}`);
  return chunk;
}
