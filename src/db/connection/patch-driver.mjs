// Corrects the installed driver after each installation; a second run changes nothing. It corrects:
// https://github.com/porsager/postgres/issues/1208 a write on a closed connection ends the process (pull request 1209)
// https://github.com/porsager/postgres/pull/1215 a connection that is closed before its write never writes again
// https://github.com/porsager/postgres/issues/1192 the failure of a connection's first statement ends the process (1205)
// https://github.com/porsager/postgres/issues/1181 rows begin with holes after a statement that failed among its rows (1119)
// https://github.com/porsager/postgres/issues/1223 an error is raised again on the next connection
// https://github.com/porsager/postgres/pull/1155 a transaction goes on, outside itself, on the next connection (1186)
// Not reported: a statement without a plan is repeated in two steps, so what was sent between gets wrong answers.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { applyPatch, parsePatch, reversePatch } from 'diff';

const VERSION = '3.4.9';

const installed = resolve(createRequire(import.meta.url).resolve('postgres'), '../../..');
const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
if (version !== VERSION) throw new Error(`postgres ${version} is installed: the patch is for ${VERSION}`);

const patches = parsePatch(readFileSync(new URL(`postgres-${VERSION}.patch`, import.meta.url), 'utf8'));
for (const patch of patches) {
  const file = join(installed, patch.newFileName.replace('b/', ''));
  const text = readFileSync(file, 'utf8');
  if (applyPatch(text, reversePatch(patch)) !== false) continue;
  const corrected = applyPatch(text, patch);
  if (corrected === false) throw new Error(`${file} is not that of postgres ${VERSION}`);
  writeFileSync(file, corrected);
}
