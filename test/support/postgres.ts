import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { databaseUrl, onServer } from './server.js';

export interface TestDatabase {
  /** Connect to it as the gateway would. */
  url: string;
  drop(): Promise<void>;
}

/** A database of its own for a test file: migrated and empty, a clone of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = newName();
  await onServer(
    inject('adminUrl'),
    (sql) => sql`create database ${sql(name)} template ${sql(inject('templateDatabase'))}`,
  );
  return databaseNamed(name);
}

/** One that knows the case of ASCII letters alone, as a server may that others have set up. */
export async function createTestDatabaseOfAscii(): Promise<TestDatabase> {
  const name = newName();
  await onServer(
    inject('adminUrl'),
    (sql) =>
      sql`create database ${sql(name)} template template0 encoding 'UTF8' locale_provider libc locale 'C'`,
  );
  const database = databaseNamed(name);
  await migrate(database.url);
  return database;
}

const newName = () => `test_${randomBytes(8).toString('hex')}`;

const databaseNamed = (name: string): TestDatabase => ({
  url: databaseUrl(inject('adminUrl'), name),
  drop: () => onServer(inject('adminUrl'), (sql) => sql`drop database if exists ${sql(name)} with (force)`),
});
