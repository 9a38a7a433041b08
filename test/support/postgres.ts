import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { databaseUrl, onServer } from './server.js';

export interface TestDatabase {
  /** Connect to it as the gateway would. */
  url: string;
  drop(): Promise<void>;
}

/** A database of its own for a test file: migrated and empty, a clone of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(
    adminUrl,
    (sql) => sql`create database ${sql(name)} template ${sql(inject('templateDatabase'))}`,
  );
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => onServer(adminUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  };
}
