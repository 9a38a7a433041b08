import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabaseOptions, openDatabase } from '../../../src/db/database.js';
import { explainDatabaseError } from '../../../src/foundation/start-error.js';
import { runProgram } from '../../support/program.js';
import { openReplication } from '../../support/replication.js';
import { onServer } from '../../support/server.js';
import type { Replication, TestServer } from '../../support/standby.js';

let replication: Replication;
let primary: TestServer;
let standby: TestServer;
let folder: string;

const file = (name: string) => join(folder, name);

async function makeCertificate(name: string, host: string): Promise<void> {
  const [key, certificate] = [file(`${name}.key`), file(`${name}.pem`)];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', key, '-out', certificate],
  ]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sb-'));
  await chmod(folder, 0o777);
  replication = await openReplication();
  primary = replication.primary;
  [standby] = replication.standbys as [TestServer];
  await makeCertificate('server', 'localhost');
  await makeCertificate('other', 'localhost');
  await makeCertificate('client', 'me');
  const { user } = primary.home;
  const key = file('server.key');
  await chmod(key, 0o600);
  if (user !== undefined) await promisify(execFile)('chown', [`${user.uid}:${user.gid}`, key]);
  await primary.stop();
  await primary.start({
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_cert_file: file('server.pem'),
    ssl_key_file: key,
    ssl_ca_file: file('client.pem'),
  });
});
afterAll(async () => {
  await replication?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a connection of a gateway is. */
async function seen(url: string, options: Partial<DatabaseOptions> = {}) {
  const opening = openDatabase({ url, poolSize: 1, ...options });
  const database = await explainDatabaseError('DATABASE_URL', url, opening);
  try {
    const [row] = await database.db.execute(sql`
      select ssl, client_dn as client, inet_server_addr() is null as is_local, pg_is_in_recovery() as is_standby,
        current_user as role, current_database() as name
      from pg_stat_ssl where pid = pg_backend_pid()`);
    return row;
  } finally {
    await database.close();
  }
}

const signIn = () => `switchboard:${encodeURIComponent(primary.home.password)}`;
const urlOf = (hosts: string, query = '') => `postgres://${signIn()}@${hosts}/calls${query}`;
const at = (name: string, query: string) => urlOf(`${name}:${primary.port}`, query);

describe('TLS', () => {
  test.each([
    ['127.0.0.1', '', false],
    ['localhost', '?sslmode=disable', false],
    ['localhost', '?sslmode=prefer', true],
    ['127.0.0.1', '?sslmode=require', true],
    ['127.0.0.1', '?sslmode=verify-ca&sslrootcert=SERVER', true],
    ['127.0.0.1', '?sslmode=require&sslrootcert=SERVER', true],
    ['localhost', '?sslmode=verify-full&sslrootcert=SERVER', true],
    ['localhost', '?sslrootcert=SERVER&channel_binding=prefer', true],
    ['localhost', '?sslmode=require&sslnegotiation=direct', true],
  ])('of a connection to %s%s: %s', async (host, query, isEncrypted) => {
    const url = at(host, query.replace('SERVER', file('server.pem')));
    expect(await seen(url)).toMatchObject({ ssl: isEncrypted });
  });

  test.each([
    ['localhost', '?sslmode=verify-full', /cannot be used: self-signed certificate/],
    ['localhost', '?sslmode=verify-ca&sslrootcert=OTHER', /cannot be used: self-signed certificate/],
    ['localhost', '?sslmode=require&sslrootcert=OTHER', /cannot be used: self-signed certificate/],
    ['127.0.0.1', '?sslmode=verify-full&sslrootcert=SERVER', /does not match certificate's altnames/],
    ['localhost', '?sslrootcert=system', /cannot be used: self-signed certificate/],
    ['localhost', '?sslrootcert=/no/such.pem', /cannot be used: sslrootcert \/no\/such.pem cannot be read/],
    ['localhost', '?sslmode=require&sslcert=SERVER&sslkey=OTHER', /cannot be used: /],
  ])('is refused to %s%s', async (host, query, message) => {
    const url = at(host, query.replace('SERVER', file('server.pem')).replace('OTHER', file('other.pem')));
    await expect(seen(url)).rejects.toThrow(message);
  });

  test('has a certificate of the client', async () => {
    const query = `?sslmode=require&sslcert=${file('client.pem')}&sslkey=${file('client.key')}`;
    expect(await seen(at('localhost', query))).toMatchObject({ client: '/CN=me' });
  });

  test('that the server does not have is said', async () => {
    const url = urlOf(`127.0.0.1:${standby.port}`, '?sslmode=require');
    await expect(seen(url)).rejects.toThrow(/cannot be used: the server has no TLS, which sslmode asks for$/);
    expect(await seen(urlOf(`127.0.0.1:${standby.port}`, '?sslmode=prefer'))).toMatchObject({ ssl: false });
  });

  test('reads a certificate that was replaced', async () => {
    const root = file('root.pem');
    await promisify(execFile)('cp', [file('server.pem'), root]);
    const database = await openDatabase({ url: at('localhost', `?sslrootcert=${root}`), poolSize: 1 });
    await promisify(execFile)('cp', [file('other.pem'), root]);
    await primary.run(`select pg_terminate_backend(pid) from pg_stat_ssl where ssl`);
    const read = () => database.db.execute(sql`select 1`);
    await expect(read()).rejects.toThrow();
    await expect.poll(() => read().then(String, String)).toMatch(/self-signed|Failed query/);
    await promisify(execFile)('cp', [file('server.pem'), root]);
    await expect.poll(() => read().then(() => 'read', String)).toBe('read');
    await database.close();
  });
});

describe('a Unix socket', () => {
  test('is a folder in host, or a percent-encoded host', async () => {
    for (const url of [
      `postgres://${signIn()}@/calls?host=${folder}&port=${primary.port}`,
      urlOf(`${encodeURIComponent(folder)}:${primary.port}`),
    ]) {
      expect(await seen(url)).toMatchObject({ is_local: true, name: 'calls' });
    }
  });

  test('that is not there is named', async () => {
    await expect(seen(`postgres:///calls?host=${folder}&port=1`)).rejects.toThrow(
      `DATABASE_URL: Postgres at ${folder}/calls cannot be used: connect ENOENT ${folder}/.s.PGSQL.1`,
    );
  });
});

describe('several hosts', () => {
  const both = (query: string) =>
    urlOf(`127.0.0.1:1,127.0.0.1:${standby.port},127.0.0.1:${primary.port}`, query);

  test.each([
    ['', true],
    ['?target_session_attrs=any', true],
    ['?target_session_attrs=read-write', false],
    ['?target_session_attrs=primary', false],
    ['?target_session_attrs=read-only', true],
    ['?target_session_attrs=standby', true],
  ])('are tried in turn until one fits %s', async (query, isStandby) => {
    expect(await seen(both(query))).toMatchObject({ is_standby: isStandby });
    const turned = urlOf(`127.0.0.1:${primary.port},127.0.0.1:${standby.port}`, query);
    const isFirst = query === '' || query.endsWith('any');
    expect(await seen(turned)).toMatchObject({ is_standby: isFirst ? false : isStandby });
  });

  test('none of which fits are refused', async () => {
    const url = urlOf(
      `127.0.0.1:${standby.port},127.0.0.1:${standby.port}`,
      '?target_session_attrs=read-write',
    );
    await expect(seen(url)).rejects.toThrow(
      /cannot be used: no host is read-write \(target_session_attrs\)$/,
    );
  });
});

describe('names and passwords', () => {
  const [name, password] = ['r%le @:/?#é', 'p@ss/w%rd?#&=é '];

  test('may have any letter', async () => {
    await onServer(primary.url(), async (admin) => {
      await admin`create role ${admin(name)} login password ${admin.unsafe(`'${password}'`)}`;
      await admin`create database ${admin('my calls/1')}`;
    });
    const [user, secret] = [encodeURIComponent(name), encodeURIComponent(password)];
    const url = `postgres://${user}:${secret}@127.0.0.1:${primary.port}/my%20calls%2F1`;
    expect(await seen(url)).toMatchObject({ role: name, name: 'my calls/1' });
    const other = `postgres://127.0.0.1:${primary.port}?user=${user}&password=${secret}&dbname=my%20calls%2F1`;
    expect(await seen(other)).toMatchObject({ role: name, name: 'my calls/1' });
  });

  test('a password may be in a file, which is read anew for each connection', async () => {
    const passwordFile = file('password');
    await primary.run(`create role rotated login password 'first'`);
    await writeFile(passwordFile, 'first\n');
    const url = `postgres://rotated@127.0.0.1:${primary.port}/calls`;
    const database = await openDatabase({ url, poolSize: 1, passwordFile });
    const read = () =>
      database.db.execute(sql`select 1`).then(
        () => 'read',
        () => 'failed',
      );
    expect(await read()).toBe('read');
    await primary.run(`alter role rotated password 'second'`);
    await primary.run(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated'`);
    expect(await read()).toBe('failed');
    await writeFile(passwordFile, 'second\n');
    await expect.poll(read).toBe('read');
    await primary.run(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated'`);
    await rm(passwordFile);
    expect(await read()).toBe('failed');
    await writeFile(passwordFile, 'second');
    await expect.poll(read).toBe('read');
    await database.close();
  });

  test('a file that is not there is named, and a password in the URL goes before it', async () => {
    const env = { DATABASE_PASSWORD_FILE: file('none'), PORT: '0' };
    const url = `postgres://switchboard@127.0.0.1:${primary.port}/calls`;
    const { code, stdout, stderr } = await runProgram('main.js', [], { ...env, DATABASE_URL: url });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `switchboard: DATABASE_PASSWORD_FILE ${file('none')} cannot be read (ENOENT)\n`,
    });
    const withPassword = await seen(urlOf(`127.0.0.1:${primary.port}`), { passwordFile: file('none') });
    expect(withPassword).toMatchObject({ role: 'switchboard' });
  });
});
