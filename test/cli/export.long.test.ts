import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exported, pathOf } from '../export/exported.js';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { runProgram } from '../support/program.js';

let gateway: TestGateway;
let client: Client;
let folder: string;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client({ organization: 'acme' });
  for (let number = 0; number < 45; number += 1) {
    await givenCall(client, { duration: number, metadata: { crm: { owner: `owner ${number % 3}` } } });
  }
  folder = await mkdtemp(join(tmpdir(), 'switchboard-export-'));
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

const switchboard = (...args: string[]) =>
  runProgram('cli/main.js', ['export', ...args], { DATABASE_URL: gateway.databaseUrl });

test('writes what the gateway streams, to a file and to standard output', async () => {
  const out = join(folder, 'calls.csv');
  const { code, stdout, stderr } = await switchboard('--out', out);
  expect([code, stdout]).toEqual([0, `45 calls were written to ${out}.\n`]);
  expect(stderr).toMatch(/^\[#{20}\] {2}45 of 45 calls \(100 %\) {2}[\d,]+\/s\n$/);
  expect(await readFile(out, 'utf8')).toBe((await exported(gateway, client.token, pathOf('csv'))).text);

  const chosen = { filter: { duration: { min: 40 } }, columns: 'duration,metadata.crm.owner' };
  const piped = await switchboard(
    '--out',
    '-',
    '--filter',
    JSON.stringify(chosen.filter),
    '--columns',
    chosen.columns,
  );
  expect(piped.stdout).toBe((await exported(gateway, client.token, pathOf('ndjson', chosen))).text);
  expect(await readdir(folder)).toEqual(['calls.csv']);
});

test.each([
  [[], 2, /export needs --out/],
  [['--out', '-', '--format', 'xml'], 2, /--format must be csv or ndjson/],
  [['--out', '-', '--filter', '{'], 2, /--filter must be JSON/],
  [['--out', '-', '--filter', '{"nope":1}'], 2, /"nope" is not defined by type "CallFilter"/],
  [['--out', '-', '--columns', 'nope'], 2, /--columns: a call has no "nope"/],
  [['--out', '-', '--organization', 'other'], 1, /no organization other/],
  [['--out', '/nowhere/calls.csv'], 1, /ENOENT/],
])('%j is refused', async (args, code, words) => {
  expect(await switchboard(...args)).toMatchObject({
    code,
    stdout: '',
    stderr: expect.stringMatching(words),
  });
});
