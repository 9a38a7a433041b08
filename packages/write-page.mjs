import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** The best takes ten times as long for a tenth less. */
const BROTLI_QUALITY = 9;

const ENCODE = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

/**
 * Puts a page and its files into a folder that the gateway serves, each compressed in advance. A gateway that reads the
 * old ones meanwhile finds them whole.
 * @param {string} folder
 * @param {Iterable<readonly [name: string, bytes: Uint8Array]>} files
 */
export async function writePage(folder, files) {
  const next = `${folder}.${process.pid}`;
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true });
  await Promise.all([...files].map(([name, bytes]) => writeEncoded(`${next}/${name}`, bytes)));
  await rm(folder, { recursive: true, force: true });
  await rename(next, folder);
}

async function writeEncoded(path, bytes) {
  await writeFile(path, bytes);
  for (const [encoding, encode] of Object.entries(ENCODE)) {
    await writeFile(`${path}.${encoding}`, await encode(bytes));
  }
}
