import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROJECT } from '../support/built-tree.js';
import { removeDataDir } from '../support/data-dir.js';
import { clientOf } from '../support/gateway.js';
import { startGateway } from '../support/gateway-process.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram } from '../support/program.js';
import { onServer } from '../support/server.js';
import { readAccount, readAccounts } from '../support/vendors/accounts.js';
import { openAnswering } from '../vendors/account/answering.js';

const SECRET = 'hunter2-hunter2';
const BURKI = ['accounts', 'create', '--organization', 'acme', '--name', 'main', '--system', 'burki'];
const ACME = ['keys', 'create', '--organization', 'acme', '--name', 'ci', '--scopes', 'all', '--create'];
const key = (name: string, fill: number) => `${name}:${Buffer.alloc(32, fill).toString('base64')}`;

describe('on the embedded Postgres', () => {
  let dataDir: string;
  const switchboard = (args: string[], env = {}) =>
    runProgram('cli/main.js', args, { DATA_DIR: dataDir, ...env });

  beforeEach(async () => {
    dataDir = await makePreparedDataDir();
  });
  afterEach(() => removeDataDir(dataDir));

  test('gateway and commands share the key beside the data, over restarts', async () => {
    const token = (await switchboard(ACME)).stdout.trim();
    const created = await switchboard(BURKI, { BURKI_API_KEY: SECRET });
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const id = created.stdout.trim();
    expect(id).toMatch(/^vendor_account_\w+$/);
    expect((await stat(join(dataDir, 'postgres', 'secrets.key'))).mode & 0o777).toBe(0o600);
    for (const _ of ['first', 'second']) {
      const gateway = await startGateway({ DATA_DIR: dataDir, VENDORS: 'off' });
      const client = clientOf(new URL('/graphql', gateway.url).href, token, `Bearer ${token}`);
      expect(await readAccounts(client)).toMatchObject([{ id, name: 'main', state: 'ACTIVE' }]);
      expect(await switchboard(['accounts', 'pause', id])).toMatchObject({ code: 0, stderr: '' });
      expect(await readAccount(client, id)).toMatchObject({ state: 'PAUSED' });
      expect(await switchboard(['accounts', 'resume', id])).toMatchObject({ code: 0, stderr: '' });
      expect(await readAccount(client, id)).toMatchObject({ state: 'ACTIVE' });
      gateway.process.kill('SIGTERM');
      expect(await gateway.ended).toMatchObject({ code: 0 });
    }
    // SECRETS_KEYS seals from now on, and the key file still opens.
    const env = { SECRETS_KEYS: key('k1', 1) };
    expect((await switchboard(['accounts', 'list'], env)).stdout).toContain(' ACTIVE ');
    expect(await switchboard(['accounts', 'rotate-secrets'], env)).toEqual({
      code: 0,
      stdout: '1 account is sealed anew, with the key k1.\n',
      stderr: '',
    });
    expect((await switchboard(['accounts', 'list'])).stdout).toMatch(/ FAILING .*SECRETS_KEYS/);
  });
});

describe('on DATABASE_URL', () => {
  let database: TestDatabase;
  const env = (more = {}) => ({ DATABASE_URL: database.url, SECRETS_KEYS: key('k1', 1), ...more });
  const switchboard = (args: string[], more = {}) => runProgram('cli/main.js', args, env(more));

  beforeEach(async () => {
    database = await createTestDatabase();
    await switchboard(ACME);
  });
  afterEach(() => database.drop());

  async function withInput(args: string[], input: string) {
    const child = spawn(process.execPath, [join(PROJECT, 'dist/cli/main.js'), ...args], {
      cwd: PROJECT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env() },
    });
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, stdout, stderr };
  }

  test('an account is made from standard input, listed without its secrets, tested, and deleted', async () => {
    const vendor = await openAnswering(200, '{"total": 1, "items": []}');
    const url = ['--base-url', vendor.url];
    const allowed = { VENDORS_ALLOW_PRIVATE: 'true' };
    const refused = await withInput([...BURKI, ...url], JSON.stringify({ apiKey: SECRET }));
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^switchboard: The base URL [^\n]+\n$/);
    const made = await withInput([...BURKI, '--no-receives'], `BURKI_API_KEY=${SECRET}\n`);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const id = made.stdout.trim();
    const { stdout } = await switchboard(['accounts', 'list', '--organization', 'acme']);
    expect(stdout).not.toContain(SECRET);
    expect(stdout.split('\n')[0]).toMatch(
      /^ID +ORGANIZATION +NAME +SYSTEM +BASE URL +SENDS +RECEIVES +STATE/,
    );
    expect(stdout).toMatch(
      new RegExp(`${id} +acme +main +BURKI +https://api.burki.dev +yes +no +ACTIVE +0 +0 +-\n$`),
    );
    const here = await switchboard([...BURKI.slice(0, -3), 'here', '--system', 'burki', ...url], {
      ...allowed,
      BURKI_API_KEY: SECRET,
    });
    const tested = await switchboard(['accounts', 'test', here.stdout.trim()], allowed);
    expect(tested).toMatchObject({ code: 0, stderr: '' });
    const byName = await switchboard(['accounts', 'test', 'here', '--organization', 'acme'], allowed);
    expect(byName).toMatchObject({ code: 0, stderr: '' });
    const elsewhere = await switchboard(['accounts', 'test', 'here', '--organization', 'other'], allowed);
    expect(elsewhere).toEqual({ code: 1, stdout: '', stderr: 'switchboard: no account here\n' });
    expect(vendor.authorizations).toEqual([`Bearer ${SECRET}`, `Bearer ${SECRET}`]);
    await vendor.close();
    const failed = await switchboard(['accounts', 'test', here.stdout.trim()], allowed);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^switchboard: the test has failed: [^\n]+\n$/);
    expect(await switchboard(['accounts', 'delete', id])).toMatchObject({ code: 0 });
    expect(await switchboard(['accounts', 'delete', id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(id),
    });
  });

  test('without SECRETS_KEYS no account is made, and what is there says why it fails', async () => {
    const none = { SECRETS_KEYS: '', BURKI_API_KEY: SECRET };
    const refused = await switchboard(BURKI, none);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^switchboard: [^\n]*SECRETS_KEYS[^\n]*\n$/);
    expect((await switchboard(BURKI, { BURKI_API_KEY: SECRET })).code).toBe(0);
    expect((await switchboard(['accounts', 'list'], none)).stdout).toMatch(/ FAILING .*SECRETS_KEYS/);
    expect(await switchboard(['accounts', 'rotate-secrets'], none)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SECRETS_KEYS is not set'),
    });
  });

  test('secrets are sealed with the first key, and those that do not open are named', async () => {
    await switchboard(BURKI, { BURKI_API_KEY: SECRET });
    const lost = [...BURKI.slice(0, -3), 'lost', '--system', 'burki'];
    const { stdout: id } = await switchboard(lost, { SECRETS_KEYS: key('k0', 5), BURKI_API_KEY: SECRET });
    const keys = { SECRETS_KEYS: `${key('k2', 2)},${key('k1', 1)}` };
    const rotated = await switchboard(['accounts', 'rotate-secrets'], keys);
    expect(rotated).toMatchObject({ code: 1, stdout: '' });
    expect(rotated.stderr).toContain(
      `1 account is sealed anew, with the key k2; SECRETS_KEYS has no key that opens ${id.trim()}`,
    );
    const { stdout } = await switchboard(['accounts', 'list'], { SECRETS_KEYS: key('k2', 2) });
    expect(stdout).toMatch(/ main +.* ACTIVE /);
    expect(stdout).toMatch(/ lost +.* FAILING /);
  });

  test.each([
    [[...BURKI, '--api-key', SECRET], /BURKI_API_KEY/],
    [[...BURKI, `--api-key=${SECRET}`], /BURKI_API_KEY/],
    [BURKI, /needs apiKey: set BURKI_API_KEY/],
    [BURKI.slice(0, -2), /needs --system/],
    [[...BURKI, '--colour', 'red'], /--colour/],
    [['accounts', 'pause'], /takes one ID/],
    [['accounts', 'pause', 'main', 'other'], /takes one ID/],
    [['accounts', 'rotate'], /no command "accounts rotate"/],
  ])('%j is refused in one line, and nothing is written', async (args, reason) => {
    const { code, stdout, stderr } = await switchboard(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^switchboard: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain(SECRET);
    await onServer(database.url, async (sql) => {
      expect(await sql`select from vendor_accounts`).toHaveLength(0);
    });
  });

  test('an account needs an organization that is there', async () => {
    const args = BURKI.map((arg) => (arg === 'acme' ? 'nowhere' : arg));
    const refused = await switchboard(args, { BURKI_API_KEY: SECRET });
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: 'switchboard: no organization nowhere: keys create --create makes one\n',
    });
  });
});
