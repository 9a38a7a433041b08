import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { ROLE_DEFAULTS } from '../../src/db/migrate.js';
import { databaseUrl, onServer } from './server.js';

export interface TestDatabase {
  /** Connect to it as the gateway would. */
  url: string;
  /** Ends what is still connected to it. */
  drop(): Promise<void>;
}

/** A database of its own for a test file: migrated and empty, a clone of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(adminUrl, async (sql) => {
    await sql`create database ${sql(name)} template ${sql(inject('templateDatabase'))}`;
    // A clone has the tables of its template, but not the settings that migrate gives a database.
    for (const [setting, value] of Object.entries(ROLE_DEFAULTS)) {
      await sql.unsafe(`alter role current_user in database "${name}" set "${setting}" = '${value}'`);
    }
  });
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => onServer(adminUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  };
}
