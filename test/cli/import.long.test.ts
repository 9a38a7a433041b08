import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { numbers } from '../support/numbers.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram, startProgram } from '../support/program.js';
import { type FakeBurki, openBurki } from '../support/vendors/burki.js';

const CALLS = 1_200;

let dataDir: string;
let burki: FakeBurki;
const env = () => ({ DATA_DIR: dataDir, VENDORS_ALLOW_PRIVATE: 'on' });
const switchboard = (args: string[], more = {}) => runProgram('cli/main.js', args, { ...env(), ...more });
const IMPORT = ['import', '--account', 'main'];

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
  burki = await openBurki();
  for (const n of numbers(CALLS)) {
    burki.add({ id: n + 1, started_at: new Date(Date.UTC(2024, 0, 1) + n * 60_000).toISOString() });
  }
  await switchboard([
    'keys',
    'create',
    '--organization',
    'acme',
    '--name',
    'ci',
    '--scopes',
    'all',
    '--create',
  ]);
  const account = ['--organization', 'acme', '--name', 'main', '--system', 'burki', '--base-url', burki.url];
  await switchboard(['accounts', 'create', ...account], { BURKI_API_KEY: 'burki-key' });
});
afterEach(async () => {
  await burki.close();
  await removeDataDir(dataDir);
});

test('imports without a gateway, says what it does, and goes on after Ctrl-C where it was', async () => {
  let pages = 0;
  burki.behave({ hang: () => ++pages === 2 });
  const first = startProgram('cli/main.js', IMPORT, env());
  await expect.poll(() => burki.requests.length).toBe(2);
  await expect.poll(() => burki.requests[0]?.endedAt).not.toBeNull();
  first.process.kill('SIGINT');
  expect(await first.ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('A running gateway goes on with the import, or the same command does.'),
  });
  burki.behave({});
  const { code, stdout, stderr } = await switchboard(IMPORT);
  expect(stderr).toMatch(/An import of this account is running/);
  expect(stderr).toMatch(/\[#{20}\] {2}1,200 of 1,200 \(100 %\)/);
  expect([code, stdout]).toEqual([0, '1,200 calls were read: 1,200 are new, 0 were updated.\n']);

  const time = ['--from', '2024-01-01T00:00:00Z', '--to', '2024-01-01T00:09:00Z'];
  expect(await switchboard([...IMPORT, ...time])).toMatchObject({
    code: 0,
    stdout: '10 calls were read: 0 are new, 0 were updated.\n',
  });
});

test('says that it waits for a paused account, and goes on once that goes on', async () => {
  const pause = (command: string) => switchboard(['accounts', command, 'main', '--organization', 'acme']);
  await pause('pause');
  const waiting = startProgram('cli/main.js', IMPORT, env());
  let told = '';
  waiting.process.stderr?.on('data', (text) => {
    told += text;
  });
  await expect
    .poll(() => told, { timeout: 60_000 })
    .toMatch(/^0 read {2}waits: the account is paused \(switchboard accounts resume\)$/m);
  expect(burki.requests).toEqual([]);
  await pause('resume');
  expect(await waiting.ended).toMatchObject({
    code: 0,
    stdout: '1,200 calls were read: 1,200 are new, 0 were updated.\n',
  });
});

test.each([
  [['import'], 2, /import needs --account/],
  [['import', '--account', 'other'], 1, /no account other/],
  [[...IMPORT, '--from', 'yesterday'], 2, /--from must be a date/],
  [[...IMPORT, '--from', '2024-02-01', '--to', '2024-01-01'], 1, /from must be before to/],
])('%j is refused', async (args, code, words) => {
  expect(await switchboard(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) });
});
