import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../../src/db/migrate.js';
import { probe } from '../../faults/requests.js';
import { openGatewayOn } from '../../support/gateway.js';
import { startGateway } from '../../support/gateway-process.js';
import { openPooler } from '../../support/pooler.js';
import type { TestDatabase } from '../../support/postgres.js';
import { runProgram } from '../../support/program.js';
import { onServer } from '../../support/server.js';
import { createEmptyDatabase } from './empty-database.js';

let database: TestDatabase;

/** Another application's, which has tables and a way to migrate of its own. */
const THEIRS = [
  'create table calls (id integer primary key, note text)',
  "insert into calls values (1, 'theirs')",
  'create schema drizzle',
  'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  "insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 1795912000000)",
];

beforeEach(async () => {
  database = await createEmptyDatabase();
  await onServer(database.url, async (sql) => {
    for (const statement of THEIRS) await sql.unsafe(statement);
  });
});
afterEach(() => database.drop());

async function namesIn(schema: string): Promise<string[]> {
  let names: string[] = [];
  await onServer(database.url, async (sql) => {
    const rows = await sql`
      select relname as name from pg_class where relnamespace = ${schema}::regnamespace and relkind in ('r', 'S')
      union all select proname from pg_proc where pronamespace = ${schema}::regnamespace
      order by 1`;
    names = rows.map(({ name }) => name);
  });
  return names;
}

const WRITES = `mutation {
  upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }], tags: ["found"] }) { created }
  mergeCallMetadata(call: { reference: { system: OTHER, name: "case", value: "1" } }, metadata: { a: 1 }) { errors { code } }
  recordCallEvent(input: { eventTime: "2024-01-15T10:00:00Z", metadata: { b: 2 } }) { errors { code } }
}`;
const READ = `{ calls(filter: { search: "found" }) { totalCount nodes { metadata history { totalCount } } } }`;

test.each([
  ['straight', ''],
  ['through a pooler', '?prepare=false'],
])('tables in a schema of their own are served %s, and nothing else changes', async (_, query) => {
  for (const schema of ['one', 'two']) {
    await migrate(database.url, { schema });
    await migrate(database.url, { schema });
  }
  const pooler = query === '' ? null : await openPooler(database.url);
  const url = `${pooler?.url ?? database.url}${query}`;
  const options = { schema: 'one', directUrl: database.url };
  const gateway = await openGatewayOn(url, {}, async () => {}, 'warn', options);
  try {
    const client = await gateway.client();
    const { upsertCall } = await client.ask(WRITES);
    expect(upsertCall).toEqual({ created: true });
    expect((await client.ask(READ)).calls).toMatchObject({ totalCount: 1, nodes: [{ metadata: { a: 1 } }] });
    expect(await gateway.database.health()).toMatchObject({ database: 'ok', migrations: 'ok' });
  } finally {
    await gateway.close();
    await pooler?.close();
  }
  await onServer(database.url, async (sql) => {
    expect(await sql`select * from public.calls`).toEqual([{ id: 1, note: 'theirs' }]);
    expect(await sql`select from two.calls`).toHaveLength(0);
    expect(await sql`select from one.calls`).toHaveLength(1);
  });
  expect(await namesIn('public')).toEqual(['calls']);
  const all = await namesIn('two');
  expect(all).toContain('switchboard_migrations');
  // The extensions are a database's, and are where the first one has made them.
  expect(await namesIn('one')).toEqual(expect.arrayContaining(all));
});

test('a gateway makes its schema, commands look in it, and a role is granted it', async () => {
  const env = { DATABASE_URL: database.url, DATABASE_SCHEMA: 'ours' };
  const gateway = await startGateway(env);
  expect((await probe(gateway.url, '/health/ready'))?.status).toBe(200);
  const key = ['keys', 'create', '--organization', 'acme', '--create', '--name', 'a', '--scopes', 'all'];
  expect((await runProgram('cli/main.js', key, env)).code).toBe(0);
  expect((await runProgram('cli/main.js', ['organizations', 'list'], env)).stdout).toContain('acme');
  const { stdout: grants } = await runProgram('cli/main.js', ['migrate', '--grants', 'me'], env);
  expect(grants).toMatch(/^GRANT USAGE ON SCHEMA ours TO me;\n/);
  expect(grants).not.toContain('public');
  const { stdout } = await runProgram('cli/main.js', ['doctor'], env);
  expect(stdout).toMatch(/^ok +migrations /m);

  gateway.process.kill('SIGTERM');
  await gateway.ended;
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'backup');
  expect((await runProgram('cli/main.js', ['backup', file], env)).code).toBe(0);
  const restored = { ...env, DATABASE_SCHEMA: 'restored' };
  expect((await runProgram('cli/main.js', ['restore', file], restored)).code).toBe(0);
  expect((await runProgram('cli/main.js', ['organizations', 'list'], restored)).stdout).toContain('acme');
  expect(await namesIn('ours')).toEqual(expect.arrayContaining(await namesIn('restored')));
});

test('without DATABASE_SCHEMA, the tables of another application are not taken for our own', async () => {
  const { code, stderr } = await runProgram('cli/main.js', ['migrate'], { DATABASE_URL: database.url });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^switchboard: [^\n]*DATABASE_SCHEMA[^\n]*\n$/);
  expect(await namesIn('public')).toEqual(['calls']);
});
