import { readFile } from 'node:fs/promises';
import { Connection } from './connection.js';
import type { Server } from './driver.js';
import { MIGRATIONS_FOLDER } from './migrate.js';
import { databaseErrorCode } from './unavailable.js';

export interface DatabaseHealth {
  database: 'ok' | 'away';
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
 * elsewhere.
 */
export function openHealthProbe(server: Server): HealthProbe {
  const connect = () => new Connection(server, { applicationName: 'switchboard health', connectTimeout: 1 });
  let connection = connect();
  const newest = newestMigration();
  const ask = async (): Promise<DatabaseHealth> => {
    if (connection.isSpent) connection = connect();
    try {
      const [row] = await connection.runWithin(PATIENCE, NEWEST_APPLIED);
      return { database: 'ok', migrations: Number(row?.newest ?? 0) >= (await newest) ? 'ok' : 'behind' };
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

const NEWEST_APPLIED = 'select max(created_at) as newest from drizzle.__drizzle_migrations';

async function newestMigration(): Promise<number> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return Math.max(...journal.entries.map(({ when }) => when));
}
