import postgres, { type Sql } from 'postgres';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { type GatewayProcess, startGateway } from '../support/gateway-process.js';
import { createTestDatabase } from '../support/postgres.js';

/** A database of its own for gateways in processes of their own, and a key to it. */
export interface World {
  databaseUrl: string;
  token: string;
  /** Looks at the database past the gateways. */
  sql: Sql;
  start(env?: Record<string, string>): Promise<GatewayProcess>;
}

/** Closed after each test. */
export async function openWorld(): Promise<World> {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  return worldOn(database.url);
}

/** The same on an existing migrated database. */
export async function worldOn(databaseUrl: string): Promise<World> {
  const sql = postgres(databaseUrl, {
    max: 4,
    onnotice: () => {},
    connection: { statement_timeout: 300_000 },
  });
  onTestFinished(() => sql.end({ timeout: 0 }));
  const token = await keyOf(databaseUrl, 'acme');
  const start = (env = {}) => startGateway({ DATABASE_URL: databaseUrl, ...env });
  return { databaseUrl, token, sql, start };
}

/** A new key; creates the organization if needed. */
export async function keyOf(url: string, organization: string): Promise<string> {
  const database = await openDatabase({ url, poolSize: 1 });
  const { token } = await new ApiKeyService(database).create({
    organization,
    name: 'faults',
    kind: 'APP',
    staffUid: null,
    scopes: ['ADMIN'],
    expiresAt: null,
  });
  await database.close();
  return token;
}
