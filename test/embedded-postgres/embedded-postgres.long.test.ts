import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
  type Restart,
} from '../../src/embedded-postgres/embedded-postgres.js';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';
import { type EmbeddedChild, openInChild } from '../support/embedded-child.js';
import { isLocked, postmasterFile, postmasterPid } from '../support/embedded-files.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';

let dataDir: string;
const open = () => openEmbeddedPostgres({ dataDir });

afterEach(async () => {
  if (await isLocked(dataDir)) await (await open()).close();
  await removeDataDir(dataDir);
});

function inPreparedFolder(): void {
  beforeEach(async () => {
    dataDir = await makePreparedDataDir();
  });
}

async function query<T>(server: { url: string }, run: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    return await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const setting = (server: { url: string }, name: string) =>
  query(server, async (sql) => (await sql`select current_setting(${name}) as value`)[0]?.value);

const isUp = (server: { url: string }) =>
  query(server, (sql) => sql`select 1`).then(
    () => true,
    () => false,
  );

describe('a new folder', () => {
  beforeEach(async () => {
    dataDir = await makeDataDir();
  });

  test('becomes a database that is still there at the next start', async () => {
    const first = await open();
    expect(first.created).toBe(true);
    await query(first, (sql) => sql`create table kept as select 42 as answer`);
    await first.close();
    expect(await isUp(first)).toBe(false);
    const second = await open();
    expect(second.created).toBe(false);
    expect(await query(second, (sql) => sql`select answer from kept`)).toEqual([{ answer: 42 }]);
    await second.close();
    expect(await isLocked(dataDir)).toBe(false);
  });

  test('sorts by code point, and knows the letters of all alphabets', async () => {
    const server = await open();
    const [row] = await query(
      server,
      (sql) => sql`
        select lower('ÉΩЖ') as lower, array(select v from unnest(array['é', 'b', 'a', 'B', '東']) v order by v) as sorted`,
    );
    expect(row).toEqual({ lower: 'éωж', sorted: ['B', 'a', 'b', 'é', '東'] });
    await query(server, (sql) => sql`create extension pg_trgm`);
    for (const word of ['ωμέγα', 'москва', '東京都']) {
      const [{ count }] = (await query(
        server,
        (sql) => sql`select cardinality(show_trgm(${word})) as count`,
      )) as [{ count: number }];
      expect(count, word).toBeGreaterThan(2);
    }
    await server.close();
  });

  test('is made once when several processes open it at the same time', async () => {
    const openers = await Promise.all([openInChild(dataDir), open(), openInChild(dataDir)]);
    expect(openers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(openers.map(({ url }) => url)).size).toBe(1);
    await Promise.all(openers.map((opener) => opener.close()));
    expect((await readdir(dataDir)).filter((name) => name !== 'postgres')).toEqual([]);
  });

  test('works after a killed first start, whose leftovers are removed', async () => {
    const abandoned = join(dataDir, 'new-abandoned');
    const recent = join(dataDir, 'new-recent');
    await mkdir(join(abandoned, 'cluster'), { recursive: true });
    await mkdir(recent);
    await utimes(abandoned, 0, 0);
    const server = await open();
    expect(server.created).toBe(true);
    expect((await readdir(dataDir)).sort()).toEqual(['new-recent', 'postgres']);
    await server.close();
  });
});

describe('the server', () => {
  inPreparedFolder();

  test('requires the password, and listens on loopback only', async () => {
    const server = await open();
    const url = new URL(server.url);
    expect(url.hostname).toBe('127.0.0.1');
    expect(url.password.length).toBeGreaterThanOrEqual(32);
    expect(await setting(server, 'listen_addresses')).toBe('127.0.0.1');
    expect(await setting(server, 'unix_socket_directories')).toBe('');
    const rules = await query(server, (sql) => sql`select distinct auth_method from pg_hba_file_rules`);
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
    url.password = 'guess';
    expect(await isUp({ url: url.href })).toBe(false);
    const { mode } = await stat(join(dataDir, 'postgres', 'password'));
    expect(mode & 0o777).toBe(0o600);
    await server.close();
  });

  test('keeps text as UTF-8, sorts it the same everywhere, and counts time in UTC', async () => {
    const server = await open();
    const rows = await query(
      server,
      (
        sql,
      ) => sql`select pg_encoding_to_char(encoding) as encoding, datlocprovider, datlocale from pg_database
        where datname = current_database()`,
    );
    expect(rows).toEqual([{ encoding: 'UTF8', datlocprovider: 'b', datlocale: 'C.UTF-8' }]);
    expect(await setting(server, 'TimeZone')).toBe('UTC');
    expect(await setting(server, 'max_connections')).toBe('200');
    await server.close();
  });
});

describe('several users of one folder', () => {
  inPreparedFolder();

  test('share the server, and the last one stops it', async () => {
    const gateway = await openInChild(dataDir);
    const cli = await open();
    expect(cli.url).toBe(gateway.url);
    await cli.close();
    expect(await isUp(gateway)).toBe(true);
    expect(await gateway.close()).toBe(0);
    expect(await isUp(gateway)).toBe(false);
  });

  test('stop it once if they leave at the same time', async () => {
    const users = await Promise.all([openInChild(dataDir), openInChild(dataDir), open()]);
    const [url] = users;
    await Promise.all(users.map((user) => user.close()));
    expect(await isUp(url)).toBe(false);
  });

  test('may come and go at any moment without an error', async () => {
    const visit = async (delay: number) => {
      await setTimeout(delay);
      const server = await open();
      expect(await isUp(server)).toBe(true);
      await server.close();
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => visit(index * 35)));
    expect(await isLocked(dataDir)).toBe(false);
  });

  test('keep the server after one of its own processes crashed', async () => {
    const gateway = await open();
    const killBackend = query(gateway, async (sql) => {
      const [row] = await sql`select pg_backend_pid() as pid`;
      const sleeping = sql`select pg_sleep(10)`.execute();
      await setTimeout(50);
      process.kill(row?.pid, 'SIGKILL');
      await sleeping;
    });
    await expect(killBackend).rejects.toThrow();
    await expect
      .poll(
        () => query(gateway, (sql) => sql`select from pg_locks where locktype = 'advisory'`).catch(() => []),
        {
          timeout: 10_000,
        },
      )
      .toHaveLength(1);
    const cli = await open();
    await cli.close();
    expect(await isUp(gateway)).toBe(true);
    await gateway.close();
    expect(await isUp(gateway)).toBe(false);
  });
});

describe('after a kill', () => {
  inPreparedFolder();

  const killed = async (): Promise<EmbeddedChild> => {
    const child = await openInChild(dataDir);
    await query(child, (sql) => sql`create table kept as select 42 as answer`);
    await child.kill();
    return child;
  };
  const expectKept = async (server: EmbeddedPostgres) => {
    expect(server.created).toBe(false);
    expect(await query(server, (sql) => sql`select answer from kept`)).toEqual([{ answer: 42 }]);
    await server.close();
    expect(await isUp(server)).toBe(false);
  };

  test('joins the server that was left running', async () => {
    const child = await killed();
    const pid = await postmasterPid(dataDir);
    const next = await open();
    expect(next.url).toBe(child.url);
    expect(await postmasterPid(dataDir)).toBe(pid);
    await expectKept(next);
  });

  test('starts a new server if the old one was killed too', async () => {
    await killed();
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await expectKept(await open());
  });

  test('starts a new server if another program has the pid now', async () => {
    await killed();
    const lock = await readFile(postmasterFile(dataDir), 'utf8');
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await writeFile(postmasterFile(dataDir), lock.replace(/^\d+/, `${process.pid}`));
    await expectKept(await open());
  });

  test('waits for a server that is stopping', async () => {
    await killed();
    process.kill(await postmasterPid(dataDir), 'SIGINT');
    await expectKept(await open());
  });

  test('says once why a killed server cannot be started again, and that it runs again', async () => {
    const server = await open();
    const seen: Restart[] = [];
    server.watchRestarts((restart) => void seen.push(restart));
    const control = join(dirname(postmasterFile(dataDir)), 'global', 'pg_control');
    await rename(control, `${control}.away`);
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    const log = expect.stringMatching(/log/);
    const failed = { reason: expect.stringContaining('pg_control'), logFile: log };
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual([failed]);
    // Attempts go on meanwhile.
    await setTimeout(1_000);
    expect(seen).toHaveLength(1);
    await rename(`${control}.away`, control);
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual([failed, { reason: null, logFile: log }]);
    await expect.poll(() => isUp(server), { timeout: 60_000 }).toBe(true);
    await server.close();
  });

  test('closes silently if the server is already gone', async () => {
    const server = await open();
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await server.close();
    await server.close();
  });
});
