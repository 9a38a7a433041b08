import { databaseErrorCode, isConnectionLost } from '../../foundation/unavailable.js';
import { NOT_MIGRATED } from '../migrating/applied.js';
import { type Migration, readMigrations } from '../migrating/migration-files.js';
import { Connection, connectionClosed } from './connection.js';
import type { Server } from './driver.js';
import { inSchema } from './settings.js';
import { WriteProbe } from './write-probe.js';

export interface DatabaseHealth {
  /** `read-only`: a standby, or the write probe fails. `forbidden`: the role lacks a privilege. */
  database: 'ok' | 'read-only' | 'forbidden' | 'away';
  /**
   * `behind`: migrations of this version are missing. `ahead`: there are some of a newer version that this one cannot work
   * with. `unknown`: away, or the role cannot see them.
   */
  migrations: 'ok' | 'behind' | 'ahead' | 'unknown';
  /** Age in seconds of the oldest transaction that holds back the end of the log; 0 without one. */
  logHeldFor: number;
  /** Whether any organization has a vendor account; known here without a statement of its own. */
  hasVendorAccounts: boolean;
  cause?: unknown;
}

const UNKNOWN = { migrations: 'unknown', logHeldFor: 0, hasVendorAccounts: false } as const;
const AWAY = { database: 'away', ...UNKNOWN } as const;

const TIMEOUT_MS = 1_000;
const REUSE_MS = 250;

export interface HealthProbe {
  current(): Promise<DatabaseHealth>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Uses a connection of its own, because a busy pool is no reason to send requests elsewhere. */
export function openHealthProbe(server: Server, moved: (how: { isCertain: boolean }) => void): HealthProbe {
  const connect = () => new Connection(server, { applicationName: 'switchboard health', connectTimeout: 1 });
  let connection = connect();
  const ours = readMigrations();
  const writeProbe = new WriteProbe(server);
  let wasReadOnly = false;
  const updateReadOnly = (isReadOnly: boolean): 'ok' | 'read-only' => {
    if (isReadOnly) connection.discard(connectionClosed());
    if (isReadOnly || wasReadOnly) moved({ isCertain: !isReadOnly });
    wasReadOnly = isReadOnly;
    return isReadOnly ? 'read-only' : 'ok';
  };
  const checkPrivilegesOnly = async (): Promise<DatabaseHealth> => {
    const [row] = await connection.runWithin(TIMEOUT_MS, inSchema(server, `select ${MAY_SERVE}`));
    return { database: row?.may_serve === true ? 'ok' : 'forbidden', ...UNKNOWN };
  };
  const check = async (): Promise<DatabaseHealth> => {
    if (connection.isDiscarded) connection = connect();
    try {
      const [row] = await connection.runWithin(TIMEOUT_MS, inSchema(server, HEALTH_QUERY));
      const migrations = compare(await ours, row?.applied ?? [], Number(row?.needs ?? 0));
      const database = updateReadOnly(row?.is_read_only === 'on');
      const known = {
        migrations,
        logHeldFor: row?.held_for ?? 0,
        hasVendorAccounts: row?.has_vendor_accounts === true,
      } as const;
      if (database === 'read-only') return { database, ...known };
      if (row?.may_serve !== true) return { database: 'forbidden', ...known };
      const cause = migrations === 'ok' ? await writeProbe.error(connection) : null;
      if (cause === null) return { database, ...known };
      if (isConnectionLost(cause)) throw cause;
      const isForbidden = databaseErrorCode(cause) === FORBIDDEN;
      return { database: isForbidden ? 'forbidden' : 'read-only', ...known, cause };
    } catch (error) {
      const code = databaseErrorCode(error) ?? '';
      if (NOT_MIGRATED.has(code)) return { database: 'ok', ...UNKNOWN, migrations: 'behind' };
      if (code === FORBIDDEN) return checkPrivilegesOnly().catch((cause) => ({ ...AWAY, cause }));
      return { ...AWAY, cause: error };
    }
  };
  let last: { at: number; health: Promise<DatabaseHealth> } | undefined;
  return {
    current() {
      if (last === undefined || performance.now() - last.at > REUSE_MS) {
        last = { at: performance.now(), health: check() };
      }
      return last.health;
    },
    async ping() {
      const fresh = connect();
      try {
        await fresh.runWithin(TIMEOUT_MS, 'select 1');
      } finally {
        await fresh.close(0);
      }
    },
    close: () => connection.close(0),
  };
}

function compare(known: readonly Migration[], applied: string[], needs: number): 'ok' | 'behind' | 'ahead' {
  if (known.some(({ name }) => !applied.includes(name))) return 'behind';
  return known.every(({ when }) => when < needs) ? 'ahead' : 'ok';
}

const FORBIDDEN = '42501';

/**
 * Whether the role has what `switchboard migrate --grants` prints. Only the command line writes organizations and keys; the log is only
 * added to.
 */
const MAY_SERVE = `
    (select coalesce(bool_and(case
      when ours.relkind = 'S' then has_sequence_privilege(ours.oid, 'usage')
      when ours.relname in ('organizations', 'api_keys', 'cursor_secret') then has_table_privilege(ours.oid, 'select')
      else has_table_privilege(ours.oid, 'select') and has_table_privilege(ours.oid, 'insert')
        and (ours.relname = 'call_changes'
          or has_table_privilege(ours.oid, 'update') and has_table_privilege(ours.oid, 'delete'))
      end), false)
    from pg_class calls join pg_class ours using (relnamespace, relowner)
    where calls.oid = to_regclass('calls') and (ours.relkind = 'S' or ours.relkind in ('r', 'p') and not ours.relispartition and exists (
      select from pg_attribute a where a.attrelid = ours.oid and a.attname in ('organization_id', 'is_only')))
    ) and (select bool_and(has_function_privilege(ours.oid, 'execute'))
      from pg_class calls join pg_proc ours on ours.pronamespace = calls.relnamespace and ours.proowner = calls.relowner
      where calls.oid = to_regclass('calls') and ours.prorettype <> 'trigger'::regtype
    ) as may_serve`;
const HEALTH_QUERY = `
  select array_agg(name) as applied, max(needs) as needs, current_setting('transaction_read_only') as is_read_only, log_held_for() as held_for,
    exists (select from vendor_accounts where deleted_at is null) as has_vendor_accounts,
    ${MAY_SERVE}
  from switchboard_migrations`;
