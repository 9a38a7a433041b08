import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { TestDatabase } from '../../support/postgres.js';
import { databaseUrl, onServer } from '../../support/server.js';

/** Without any table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`);
  return {
    url: databaseUrl(inject('adminUrl'), name),
    drop: () => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`),
  };
}
