import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { ask, startGateway } from '../support/gateway-process.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram } from '../support/program.js';
import { onServer } from '../support/server.js';

const KEY = ['--organization', 'acme', '--name', 'ci', '--scopes', 'all'];
const ACME = [...KEY, '--create'];

describe('on the embedded Postgres', () => {
  let dataDir: string;
  const switchboard = (...args: string[]) => runProgram('cli/main.js', args, { DATA_DIR: dataDir });

  beforeEach(async () => {
    dataDir = await makePreparedDataDir();
  });

  afterEach(() => removeDataDir(dataDir));

  test('a key made while the gateway runs works at once, and until it is revoked', async () => {
    const gateway = await startGateway({ DATA_DIR: dataDir });
    const created = await switchboard('keys', 'create', ...ACME);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toMatch(/^sb_\S+\n$/);
    const token = created.stdout.trim();
    const viewer = () => ask(gateway.url, token, '{ viewer { name kind organization { slug } } }');
    expect((await viewer()).body.data?.viewer).toEqual({
      name: 'ci',
      kind: 'APP',
      organization: { slug: 'acme' },
    });

    const listed = await switchboard('keys', 'list', '--organization', 'acme');
    const id = /api_key_\w+/.exec(listed.stdout)?.[0] ?? 'none';
    expect(await switchboard('keys', 'revoke', id)).toMatchObject({ code: 0, stderr: '' });
    expect((await viewer()).body.errors).toHaveLength(1);
    gateway.process.kill('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0 });
  });

  test('a key can be made before the gateway ever ran, and Postgres is stopped again', async () => {
    const { code, stdout } = await switchboard('keys', 'create', ...ACME);
    expect(code).toBe(0);
    expect(await isLocked(dataDir)).toBe(false);
    const gateway = await startGateway({ DATA_DIR: dataDir });
    const { body } = await ask(gateway.url, stdout.trim(), '{ viewer { organization { slug } } }');
    expect(body.data?.viewer).toEqual({ organization: { slug: 'acme' } });
    gateway.process.kill('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0 });
  });
});

describe('on DATABASE_URL', () => {
  let database: TestDatabase;
  const switchboard = (...args: string[]) => runProgram('cli/main.js', args, { DATABASE_URL: database.url });

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  test('keys are listed with what they may do and never with a token', async () => {
    const { stdout: token } = await switchboard('keys', 'create', ...ACME, '--expires-in', '90d');
    const staff = ['--actor', 'STAFF', '--staff-uid', 'x91', '--scopes', 'CALLS_READ,METADATA_WRITE'];
    await switchboard('keys', 'create', '--organization', 'other', '--create', '--name', 'Ann', ...staff);
    const { stdout } = await switchboard('keys', 'list');
    expect(stdout).not.toContain(token.trim());
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toMatch(
      /^ID +ORGANIZATION +NAME +ACTOR +STAFF UID +SCOPES +CREATED +EXPIRES +REVOKED +LAST USED$/,
    );
    expect(rows).toHaveLength(2);
    expect(stdout).toMatch(/api_key_\w+ +other +Ann +STAFF +x91 +CALLS_READ,METADATA_WRITE +\S+Z +- +- +-/);
    expect(stdout).toMatch(/api_key_\w+ +acme +ci +APP +- +CALLS_READ,\S+,ADMIN +\S+Z +\S+Z +- +-/);
    const one = await switchboard('keys', 'list', '--organization', 'acme');
    expect(one.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('only a key that is there can be revoked, and only once', async () => {
    await switchboard('keys', 'create', ...ACME);
    const id = /api_key_\w+/.exec((await switchboard('keys', 'list')).stdout)?.[0] ?? 'none';
    expect((await switchboard('keys', 'revoke', id)).code).toBe(0);
    const again = await switchboard('keys', 'revoke', id);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^switchboard: no key [^\n]+\n$/);
  });

  test.each(['api_key_01m8h0000000000000000000zz', 'call_01h455vb4pex5vsknk084sn02q', 'nonsense', 'a\tb'])(
    'no key is revoked by the id %j',
    async (id) => {
      expect(await switchboard('keys', 'revoke', id)).toEqual({
        code: 1,
        stdout: '',
        stderr: `switchboard: no key ${id}, or it was revoked before\n`,
      });
    },
  );

  test.each([
    [['keys', 'create', '--organization', 'acme', '--name', 'ci'], /needs --scopes/],
    [['keys', 'create', ...ACME, '--colour', 'red'], /--colour/],
    [['keys', 'create', ...KEY], /no organization acme \(there are: none\): say --create/],
    [['keys', 'revoke'], /takes one ID/],
    [['keys', 'rotate'], /no command "keys rotate"/],
    [[], /which command\?/],
  ])('%j is refused in one line, and nothing is written', async (args, reason) => {
    const { code, stdout, stderr } = await switchboard(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^switchboard: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
    await onServer(database.url, async (sql) => {
      expect(await sql`select from api_keys`).toHaveLength(0);
    });
  });
});
