import { readFile } from 'node:fs/promises';
import { Connection, connectionClosed } from './connection.js';
import type { Server } from './driver.js';
import { MIGRATIONS_FOLDER } from './migrate.js';
import { databaseErrorCode } from './unavailable.js';

export interface DatabaseHealth {
  /** `read-only`: the server is a standby, or takes no writes for another reason. */
  database: 'ok' | 'read-only' | 'away';
  /** `behind`: the database lacks migrations that this version counts on. `unknown` while the database is away. */
  migrations: 'ok' | 'behind' | 'unknown';
}

const AWAY: DatabaseHealth = { database: 'away', migrations: 'unknown' };

/** Milliseconds that the database has to answer; and that an answer is good for, for anybody may ask. */
const PATIENCE = 1_000;
const GOOD_FOR = 250;

/** There is no such table or schema: nothing was migrated. */
const NOT_THERE = new Set(['42P01', '3F000']);

export interface HealthProbe {
  look(): Promise<DatabaseHealth>;
  /** Asks on a fresh connection; rejects while the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Asks the database how it is, on a connection of its own: that all others are at work is no reason to send requests
 * elsewhere. `moved` is called when the name leads to another server by now, it may be.
 */
export function openHealthProbe(server: Server, moved: (how: { isCertain: boolean }) => void): HealthProbe {
  const connect = () => new Connection(server, { applicationName: 'switchboard health', connectTimeout: 1 });
  let connection = connect();
  const newest = newestMigration();
  let wasReadOnly = false;
  const note = (isReadOnly: boolean): 'ok' | 'read-only' => {
    // The next look is to find the server to which the name leads by then.
    if (isReadOnly) connection.spend(connectionClosed());
    if (isReadOnly || wasReadOnly) moved({ isCertain: !isReadOnly });
    wasReadOnly = isReadOnly;
    return isReadOnly ? 'read-only' : 'ok';
  };
  const ask = async (): Promise<DatabaseHealth> => {
    if (connection.isSpent) connection = connect();
    try {
      const [row] = await connection.runWithin(PATIENCE, NEWEST_APPLIED);
      const migrations = Number(row?.newest ?? 0) >= (await newest) ? 'ok' : 'behind';
      return { database: note(row?.is_read_only === 'on'), migrations };
    } catch (error) {
      return NOT_THERE.has(databaseErrorCode(error) ?? '') ? { database: 'ok', migrations: 'behind' } : AWAY;
    }
  };
  let last: { at: number; health: Promise<DatabaseHealth> } | undefined;
  return {
    look() {
      if (last === undefined || performance.now() - last.at > GOOD_FOR) {
        last = { at: performance.now(), health: ask() };
      }
      return last.health;
    },
    async ping() {
      const fresh = connect();
      try {
        await fresh.runWithin(PATIENCE, 'select 1');
      } finally {
        await fresh.close(0);
      }
    },
    close: () => connection.close(0),
  };
}

const NEWEST_APPLIED = `
  select max(created_at) as newest, current_setting('transaction_read_only') as is_read_only
  from drizzle.__drizzle_migrations`;

async function newestMigration(): Promise<number> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return Math.max(...journal.entries.map(({ when }) => when));
}
