// What compressing one answer costs and saves, by encoding and level: node bench/compression.mjs < answer.json
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const answer = readFileSync(0);
const REPETITIONS = Math.max(5, Math.ceil(20_000_000 / answer.length));
const levels = [
  ...[1, 4, 6].map((level) => [`gzip ${level}`, () => gzipSync(answer, { level })]),
  ...[1, 3, 4, 5, 6].map((quality) => [
    `br ${quality}`,
    () =>
      brotliCompressSync(answer, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: quality,
          [constants.BROTLI_PARAM_SIZE_HINT]: answer.length,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        },
      }),
  ]),
];

console.log(`An answer of ${answer.length} bytes:`);
console.log('| encoding | bytes | share | CPU ms | CPU ms per MiB |\n|---|---|---|---|---|');
for (const [name, compress] of levels) {
  let bytes = compress().length;
  const began = process.cpuUsage();
  for (let time = 0; time < REPETITIONS; time += 1) bytes = compress().length;
  const { user, system } = process.cpuUsage(began);
  const ms = (user + system) / 1_000 / REPETITIONS;
  const perMiB = (ms * 1_048_576) / answer.length;
  const share = `${((100 * bytes) / answer.length).toFixed(0)} %`;
  console.log(`| ${name} | ${bytes} | ${share} | ${ms.toFixed(2)} | ${perMiB.toFixed(1)} |`);
}
