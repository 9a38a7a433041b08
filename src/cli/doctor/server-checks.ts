import { statfs } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { bytes, type Check, type Finding, problem, rowsOf, seconds, warning } from './check.js';

const OLDEST_VERSION = 150_000;
/** Beside the pools: sign-in, LISTEN, health, and a little for people. */
const BESIDE_POOL = 5;
const LOCKS_PER_CONNECTION = 100;
/** Seconds. */
const [CLOCK_WARNING, CLOCK_PROBLEM] = [1, 30];
const [OLD_TRANSACTION, VERY_OLD_TRANSACTION, LOG_HELD] = [300, 3_600, 5];
const REPLICA_LAG = 30;
const RETAINED_BYTES = 2 ** 30;
const [OLD_IDS, VERY_OLD_IDS] = [500_000_000, 1_500_000_000];
const LEAST_FREE = 0.1;

/** What the server is, and what it does beside the gateway. */
export const SERVER_CHECKS: readonly Check[] = [
  {
    name: 'database',
    ok: 'It answers, and takes writes.',
    async look({ health }) {
      const { database: state } = await health();
      if (state === 'away')
        return [problem('It does not answer.', 'Look at the server and at DATABASE_URL.')];
      if (state !== 'read-only') return [];
      return [
        problem('It takes no writes.', 'Lead DATABASE_URL to the primary; look whether its disk is full.'),
      ];
    },
  },
  {
    name: 'version',
    ok: 'The server is PostgreSQL 15 or newer.',
    async look(probe) {
      const [row] = await rowsOf<{ number: number; version: string }>(
        probe,
        sql`select current_setting('server_version_num')::integer as number, current_setting('server_version') as version`,
      );
      if ((row?.number ?? 0) >= OLDEST_VERSION) return [];
      return [problem(`The server is PostgreSQL ${row?.version}.`, 'Upgrade it to 15 or newer.')];
    },
  },
  {
    name: 'migrations',
    ok: 'None is missing.',
    async look({ health }) {
      const { migrations } = await health();
      if (migrations === 'ahead') {
        return [problem('The database is of a newer version.', 'Upgrade this gateway.')];
      }
      if (migrations !== 'behind') return [];
      return [problem('Migrations of this version are missing.', 'Run switchboard migrate.')];
    },
  },
  {
    name: 'privileges',
    ok: 'The role may do all that requests need.',
    async look({ health }) {
      if ((await health()).database !== 'forbidden') return [];
      return [
        problem(
          'The role lacks a privilege that requests need.',
          'Grant it: switchboard migrate --grants ROLE prints how.',
        ),
      ];
    },
  },
  {
    name: 'visibility',
    ok: 'The role sees what other roles do.',
    async look(probe) {
      const [row] = await rowsOf<{ sees: boolean }>(
        probe,
        sql`select pg_has_role('pg_read_all_stats', 'usage') as sees`,
      );
      if (row?.sees === true) return [];
      return [
        warning(
          'The role does not see what other roles do, so that some checks see little.',
          'GRANT pg_read_all_stats to it, or run the doctor as another role.',
        ),
      ];
    },
  },
  {
    name: 'clock',
    ok: `The clocks of this machine and of the database differ by less than ${CLOCK_WARNING} s.`,
    async look(probe) {
      const before = probe.now();
      const [row] = await rowsOf<{ at: number }>(
        probe,
        sql`select extract(epoch from clock_timestamp())::float8 * 1000 as at`,
      );
      const after = probe.now();
      const at = Number(row?.at);
      // The answer says nothing finer than how long it took.
      const off = Math.max(before - at, at - after, 0) / 1_000;
      if (off < CLOCK_WARNING) return [];
      const found = off < CLOCK_PROBLEM ? warning : problem;
      return [
        found(
          `The clocks differ by ${seconds(off)}.`,
          'Synchronise both by NTP: tokens and signatures depend on it.',
        ),
      ];
    },
  },
  {
    name: 'tls',
    ok: 'The connection is encrypted, or stays on this machine.',
    async look(probe) {
      const [row] = await rowsOf<{ is_open: boolean }>(
        probe,
        sql`select not s.ssl and coalesce(not inet_server_addr() <<= any(array['127.0.0.0/8', '::1/128']::inet[]), false) as is_open
          from pg_stat_ssl s where s.pid = pg_backend_pid()`,
      );
      if (row?.is_open !== true) return [];
      return [
        warning(
          'The connection is not encrypted.',
          'Add ?sslmode=verify-full to DATABASE_URL, or keep the network private.',
        ),
      ];
    },
  },
  {
    name: 'search',
    ok: 'Its index is there.',
    async look(probe) {
      const [row] = await rowsOf<{ is_there: boolean; is_available: boolean }>(
        probe,
        sql`select to_regclass('call_search_text_index') is not null as is_there,
          exists (select from pg_available_extensions where name = 'pg_trgm') as is_available`,
      );
      if (row?.is_there === true) return [];
      return [
        warning(
          'The index of search is not there, because the extension pg_trgm was not.',
          row?.is_available === true
            ? 'CREATE EXTENSION pg_trgm as a role that may, and start a gateway again.'
            : 'Install the contrib package of Postgres, CREATE EXTENSION pg_trgm, and start a gateway again.',
        ),
      ];
    },
  },
  {
    name: 'settings',
    ok: 'They fit the pools.',
    look: async (probe) => {
      const { databasePoolSize } = probe.config;
      const needed = databasePoolSize + BESIDE_POOL;
      const rows = await rowsOf<{ name: string; setting: string }>(
        probe,
        sql`select name, setting from pg_settings where name in ('max_connections', 'superuser_reserved_connections',
          'max_locks_per_transaction', 'max_prepared_transactions', 'autovacuum', 'fsync', 'full_page_writes')`,
      );
      const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
      const number = (name: string) => Number(settings.get(name) ?? 0);
      const free = number('max_connections') - number('superuser_reserved_connections');
      const locks =
        number('max_locks_per_transaction') *
        (number('max_connections') + number('max_prepared_transactions'));
      const [used] = await rowsOf<{ used: number }>(
        probe,
        sql`select count(*)::integer as used from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name not like 'switchboard%'`,
      );
      const findings: Finding[] = [];
      if (free < needed + (used?.used ?? 0)) {
        const others = `others use ${used?.used ?? 0}`;
        findings.push(
          (free < needed ? problem : warning)(
            `max_connections leaves ${free}; one gateway with DATABASE_POOL_SIZE ${databasePoolSize} needs ${needed}, and ${others}.`,
            'Raise max_connections, or lower DATABASE_POOL_SIZE; count every gateway.',
          ),
        );
      }
      if (locks < databasePoolSize * LOCKS_PER_CONNECTION) {
        findings.push(
          warning(
            `max_locks_per_transaction leaves room for ${locks} locks, and batches take hundreds each.`,
            'Raise max_locks_per_transaction, and restart the server.',
          ),
        );
      }
      for (const name of ['autovacuum', 'fsync', 'full_page_writes']) {
        if (settings.get(name) === 'off') findings.push(problem(`${name} is off.`, `Set ${name} = on.`));
      }
      return findings;
    },
  },
  {
    name: 'transactions',
    ok: 'None is old, and none holds the log of changes back.',
    async look(probe) {
      const rows = await rowsOf<{ pid: number; app: string | null; state: string | null; age: number }>(
        probe,
        sql`select pid, application_name as app, state, extract(epoch from clock_timestamp() - xact_start)::float8 as age
          from pg_stat_activity
          where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
            and xact_start < clock_timestamp() - make_interval(secs => ${OLD_TRANSACTION})
          order by xact_start`,
      );
      const old = rows.map(({ pid, app, state, age }) =>
        (age < VERY_OLD_TRANSACTION ? warning : problem)(
          `The transaction of process ${pid} (${app || 'unnamed'}, ${state ?? 'unknown state'}) is ${seconds(age)} old: vacuum removes nothing newer.`,
          `End it: SELECT pg_terminate_backend(${pid}).`,
        ),
      );
      const { logHeldFor } = await probe.health();
      if (logHeldFor < LOG_HELD) return old;
      return [
        ...old,
        problem(
          `A writer has held the log of changes back for ${seconds(logHeldFor)}: subscriptions wait.`,
          'Find it by log_writers(0), and end it by pg_terminate_backend, or ROLLBACK PREPARED.',
        ),
      ];
    },
  },
  {
    name: 'prepared',
    ok: 'No prepared transaction waits.',
    async look(probe) {
      const rows = await rowsOf<{ gid: string }>(
        probe,
        sql`select gid from pg_prepared_xacts where database = current_database()
          and prepared < clock_timestamp() - interval '1 minute' order by prepared`,
      );
      return rows.map(({ gid }) =>
        problem(
          `The prepared transaction ${gid} waits, with its locks, and vacuum removes nothing newer.`,
          `ROLLBACK PREPARED '${gid.replaceAll("'", "''")}', or COMMIT PREPARED.`,
        ),
      );
    },
  },
  {
    name: 'replicas',
    ok: 'Each that is connected keeps up.',
    async look(probe) {
      const rows = await rowsOf<{
        name: string;
        state: string | null;
        lag: number | null;
        behind: number | null;
      }>(
        probe,
        sql`select coalesce(nullif(application_name, ''), client_addr::text, pid::text) as name, state,
            extract(epoch from replay_lag)::float8 as lag,
            case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 end as behind
          from pg_stat_replication where application_name <> 'pg_basebackup' order by 1`,
      );
      return rows.flatMap(({ name, state, lag, behind }) => {
        if (state !== null && state !== 'streaming') {
          return warning(`${name} is in the state ${state}.`, 'Wait, or look at its log.');
        }
        if ((lag ?? 0) < REPLICA_LAG && (behind ?? 0) < RETAINED_BYTES) return [];
        return warning(
          `${name} is ${seconds(lag ?? 0)} and ${bytes(behind ?? 0)} behind.`,
          'Look at its load, at long queries on it, and at the network.',
        );
      });
    },
  },
  {
    name: 'slots',
    ok: 'No replication slot keeps much of the log.',
    async look(probe) {
      const rows = await rowsOf<{
        name: string;
        active: boolean;
        status: string | null;
        kept: number | null;
      }>(
        probe,
        sql`select slot_name as name, active, wal_status as status,
            case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 end as kept
          from pg_replication_slots order by slot_name`,
      );
      return rows.flatMap(({ name, active, status, kept }) => {
        const advice = `If nothing needs it: SELECT pg_drop_replication_slot('${name.replaceAll("'", "''")}').`;
        if (status === 'lost') return problem(`The slot ${name} has lost what its replica needs.`, advice);
        if (active && (kept ?? 0) < RETAINED_BYTES) return [];
        const found = (kept ?? 0) < RETAINED_BYTES ? warning : problem;
        return found(
          `The slot ${name}${active ? '' : ', which no replica uses,'} keeps ${bytes(kept ?? 0)} of the log.`,
          advice,
        );
      });
    },
  },
  {
    name: 'ids',
    ok: 'Transaction ids are far from their end.',
    async look(probe) {
      const [row] = await rowsOf<{ age: number }>(
        probe,
        sql`select age(datfrozenxid)::float8 as age from pg_database where datname = current_database()`,
      );
      const age = row?.age ?? 0;
      if (age < OLD_IDS) return [];
      const found = age < VERY_OLD_IDS ? warning : problem;
      return [
        found(
          `The oldest transaction id is ${age} behind.`,
          'VACUUM (FREEZE), and see why autovacuum does not.',
        ),
      ];
    },
  },
  {
    name: 'collation',
    ok: 'The indexes sort as the system does.',
    async look(probe) {
      const [row] = await rowsOf<{ is_old: boolean }>(
        probe,
        sql`select coalesce(datcollversion <> pg_database_collation_actual_version(oid), false) as is_old
          from pg_database where datname = current_database()`,
      );
      if (row?.is_old !== true) return [];
      return [
        problem(
          'The system sorts texts in another way than when the indexes were made.',
          'REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION.',
        ),
      ];
    },
  },
  {
    name: 'disk',
    ok: 'There is room for the embedded Postgres, or the server is another one.',
    async look({ config: { databaseUrl, dataDir } }) {
      if (databaseUrl !== undefined) return [];
      const { bavail, blocks, bsize } = await statfs(dataDir);
      if (bavail > blocks * LEAST_FREE) return [];
      return [
        problem(`${bytes(bavail * bsize)} are free in DATA_DIR ${dataDir}.`, 'Make room, or move the data.'),
      ];
    },
  },
];
