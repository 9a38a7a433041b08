// Breaks the heart of the gateway in one place after another, and says which tests notice:
//   node test/mutation/mutate.mjs [--count 80] [--seed 1]
// It works in a copy of the committed tree. A break that no test notices is printed with its line.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { count, seed } = parseArgs({
  options: { count: { type: 'string', default: '80' }, seed: { type: 'string', default: '1' } },
}).values;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What is broken, and the tests that should notice. */
const PARTS = [
  { from: 'src/metadata', tests: ['test/metadata', 'test/live/filter.test.ts'] },
  { from: 'src/intake', tests: ['test/intake', 'test/vendors'] },
  { from: 'src/events', tests: ['test/events', 'test/changes'] },
  { from: 'src/live', tests: ['test/live', 'test/metadata'] },
  { from: 'src/db/migrations/0000_initial.sql', tests: ['test/metadata', 'test/events', 'test/voice-calls'] },
];

/** Breaks that compile: the operator, and what stands there instead. */
const BREAKS = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < (?=[\w.#(])/g, ' >= '],
  [/ > (?=[\w.#(])/g, ' <= '],
  [/ <= /g, ' > '],
  [/ >= /g, ' < '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \+ 1\b/g, ' + 2'],
  [/\bMath\.min\(/g, 'Math.max('],
  [/\bMath\.max\(/g, 'Math.min('],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\bif \((?!!)/g, 'if (!'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
];
const SQL_BREAKS = [
  [/ <> /g, ' = '],
  [/ = ANY\b/gi, ' <> ALL'],
  [/ AND /g, ' OR '],
  [/ > /g, ' <= '],
  [/ < /g, ' >= '],
  [/\bIF NOT\b/g, 'IF'],
  [/ \+ 1\b/g, ' + 2'],
  [/\bgreatest\(/g, 'least('],
  [/\bDESC\b/g, 'ASC'],
  [/\bcoalesce\(/g, 'nullif('],
];

const filesOf = (from) =>
  from.endsWith('.sql')
    ? [from]
    : readdirSync(join(PROJECT, from), { recursive: true, encoding: 'utf8' })
        .filter(
          (file) => /\.ts$/.test(file) && !/\.(?:type|input|payload|resolver|enums|values)\.ts$/.test(file),
        )
        .map((file) => join(from, file));

/** Every break that is possible in a file. */
function breaksOf(file, tests) {
  const text = readFileSync(join(PROJECT, file), 'utf8');
  const isSql = file.endsWith('.sql');
  const begin = isSql ? text.indexOf('FUNCTION') : 0;
  return (isSql ? SQL_BREAKS : BREAKS).flatMap(([pattern, instead]) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => index >= begin)
      .flatMap(({ index, 0: found }) => {
        const start = text.lastIndexOf('\n', index) + 1;
        const line = text.slice(start, text.indexOf('\n', index));
        // Comments, imports and types are no code that runs.
        if (/^\s*(?:\*|\/|--|import|export (?:type|interface))/.test(line)) return [];
        const broken = text.slice(0, index) + instead + text.slice(index + found.length);
        const number = text.slice(0, index).split('\n').length;
        return [
          { file, tests, broken, number, line: line.trim(), found: found.trim(), instead: instead.trim() },
        ];
      }),
  );
}

/** The same order for the same seed. */
function randomOf(start) {
  let state = Number(start) >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick(all, wanted, random) {
  const left = [...all];
  return Array.from(
    { length: Math.min(wanted, left.length) },
    () => left.splice(random() * left.length, 1)[0],
  );
}

function passes(project, tests) {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    project,
    '--bail',
    '1',
    '--passWithNoTests',
  ];
  const run = spawnSync(process.execPath, [vitest, ...args, ...tests], { cwd: copy, timeout: 900_000 });
  return run.status === 0;
}

const copy = mkdtempSync(join(tmpdir(), 'switchboard-mutation-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
const tracked = execFileSync('git', ['ls-files'], { cwd: PROJECT, encoding: 'utf8' }).trim().split('\n');
for (const file of tracked) cpSync(join(PROJECT, file), join(copy, file));
symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));

const random = randomOf(seed);
const share = Math.ceil(Number(count) / PARTS.length);
const breaks = PARTS.flatMap(({ from, tests }) =>
  pick(
    filesOf(from).flatMap((file) => breaksOf(file, tests)),
    share,
    random,
  ),
);
const tally = new Map();
for (const { file, tests, broken, number, line, found, instead } of breaks) {
  const whole = readFileSync(join(copy, file), 'utf8');
  writeFileSync(join(copy, file), broken);
  const isNoticed = ['short', 'long'].some((project) => !passes(project, tests));
  writeFileSync(join(copy, file), whole);
  const part = file.split('/').slice(0, 2).join('/');
  const [noticed, all] = tally.get(part) ?? [0, 0];
  tally.set(part, [noticed + Number(isNoticed), all + 1]);
  console.log(`${isNoticed ? 'noticed' : 'MISSED '} ${file}:${number} "${found}" → "${instead}"  ${line}`);
}
for (const [part, [noticed, all]] of tally) console.log(`${part}: ${noticed} of ${all} noticed`);
