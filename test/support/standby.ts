import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { migrate } from '../../src/db/migrate.js';
import { type Home, SUPERUSER } from '../../src/embedded-postgres/home.js';
import { spawnPostgres } from '../../src/embedded-postgres/process.js';
import { freePort } from '../../src/embedded-postgres/server.js';
import { onServer } from './server.js';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '32MB',
  timezone: 'UTC',
  fsync: 'off',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '100ms',
  max_standby_streaming_delay: '100ms',
};

/** A server of a test's own. */
export class TestServer {
  readonly #home: Home;
  readonly #cluster: string;
  readonly #port: number;
  #process: ReturnType<typeof spawnPostgres> | undefined;

  constructor(home: Home, cluster: string, port: number) {
    this.#home = home;
    this.#cluster = cluster;
    this.#port = port;
  }

  get cluster(): string {
    return this.#cluster;
  }

  get home(): Home {
    return this.#home;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  url(database = 'postgres'): string {
    const { password } = this.#home;
    return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${this.#port}/${database}`;
  }

  async start(settings: Record<string, string> = {}): Promise<void> {
    const options = Object.entries({ ...SETTINGS, port: `${this.#port}`, ...settings });
    const args = ['-D', this.#cluster, ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const { binaries, user } = this.#home;
    this.#process = spawnPostgres(binaries.postgres, args, user, 'ignore');
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null) throw new Error(`Postgres ended with ${this.#process.exitCode}`);
      await sleep(20);
    }
  }

  /** SIGQUIT cuts all connections at once, and the server recovers at its next start. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const server = this.#process;
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  /** SIGSTOP and SIGCONT of all of its processes. */
  async signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', `${pid}`]);
    for (const each of [pid, ...stdout.trim().split(/\s+/).map(Number)]) process.kill(each, name);
  }

  run(statement: string): Promise<void> {
    return onServer(this.url(), (sql) => sql.unsafe(statement));
  }

  async #answers(): Promise<boolean> {
    const sql = postgres(this.url(), { max: 1, fetch_types: false, connect_timeout: 1, onnotice: () => {} });
    return sql`select 1`
      .then(
        () => true,
        () => false,
      )
      .finally(() => sql.end({ timeout: 0 }));
  }
}

export interface Replication {
  primary: TestServer;
  standbys: TestServer[];
  /** Of a migrated, empty database on it. */
  database: string;
  close(): Promise<void>;
}

/**
 * A primary on the cluster of this home, and standbys beside it that stream from it. The package has no pg_basebackup: a copy
 * is made between two statements.
 */
export async function startReplication(home: Home, folder: string, count: number): Promise<Replication> {
  const primary = new TestServer(home, home.cluster, await freePort());
  const standbys: TestServer[] = [];
  const close = async () => {
    for (const server of [...standbys, primary]) {
      await server.signal('SIGCONT').catch(() => {});
      await server.stop('SIGQUIT');
    }
  };
  try {
    await primary.start();
    const database = 'calls';
    await primary.run(`create database ${database}`);
    await migrate(primary.url(database));
    for (let index = 0; index < count; index += 1) {
      const standby = new TestServer(home, join(folder, `standby-${index}`), await freePort());
      await copyRunning(primary, standby);
      standbys.push(standby);
      await standby.start();
    }
    return { primary, standbys, database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function copyRunning(primary: TestServer, standby: TestServer): Promise<void> {
  await onServer(primary.url(), async (sql) => {
    await sql`select pg_backup_start('copy', true)`;
    await promisify(execFile)('cp', ['-a', primary.cluster, standby.cluster]);
    const [stop] = await sql`select labelfile from pg_backup_stop(false)`;
    await writeInto(standby, 'backup_label', String(stop?.labelfile));
  });
  await rm(join(standby.cluster, 'postmaster.pid'), { force: true });
  for (const slot of await readdir(join(standby.cluster, 'pg_replslot'))) {
    await rm(join(standby.cluster, 'pg_replslot', slot), { recursive: true });
  }
  await writeInto(standby, 'standby.signal', '');
  await followFrom(standby, primary);
}

/** Writes where the standby streams from, which it reads at its start. */
export async function followFrom(standby: TestServer, primary: TestServer): Promise<void> {
  const { password } = primary.home;
  const conninfo = `host=127.0.0.1 port=${primary.port} user=${SUPERUSER} password=${password}`;
  await writeInto(standby, 'postgresql.auto.conf', `primary_conninfo = '${conninfo}'\n`);
}

async function writeInto({ cluster, home: { user } }: TestServer, name: string, text: string): Promise<void> {
  const path = join(cluster, name);
  await writeFile(path, text);
  if (user !== undefined) await promisify(execFile)('chown', [`${user.uid}:${user.gid}`, path]);
}
