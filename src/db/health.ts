import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
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
  /** Rejects while the database does not answer. */
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Asks the database how it is, on a connection of its own: that all others are at work is no reason to send requests
 * elsewhere.
 */
export function openHealthProbe(url: string): HealthProbe {
  const client = postgres(url, {
    max: 1,
    idle_timeout: 20,
    connect_timeout: 1,
    backoff: () => 0.05,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'switchboard health' },
  });
  const newest = newestMigration();
  const ask = async (): Promise<DatabaseHealth> => {
    try {
      const [row] = await client`select max(created_at) as newest from drizzle.__drizzle_migrations`;
      return { database: 'ok', migrations: Number(row?.newest ?? 0) >= (await newest) ? 'ok' : 'behind' };
    } catch (error) {
      return NOT_THERE.has(databaseErrorCode(error) ?? '') ? { database: 'ok', migrations: 'behind' } : AWAY;
    }
  };
  let last: { at: number; health: Promise<DatabaseHealth> } | undefined;
  return {
    look() {
      if (last === undefined || performance.now() - last.at > GOOD_FOR) {
        last = { at: performance.now(), health: within(PATIENCE, ask(), AWAY) };
      }
      return last.health;
    },
    ping: () => client`select 1`,
    close: () => client.end({ timeout: 0 }),
  };
}

async function newestMigration(): Promise<number> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return Math.max(...journal.entries.map(({ when }) => when));
}

function within<T>(milliseconds: number, answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
