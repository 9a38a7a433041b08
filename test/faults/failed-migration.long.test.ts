import { expect, inject, onTestFinished, test } from 'vitest';
import { VERSION } from '../../src/foundation/version.js';
import { startGateway } from '../support/gateway-process.js';
import { startCommand } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';
import { treeWithMigration } from './broken-tree.js';
import { probe, sender } from './requests.js';
import { openWorld, type World } from './world.js';
import { findWrites, makeSharedCalls } from './writes.js';

/** What a next version would do before it fails. */
const HALF = [
  'alter table calls add column half_done text',
  'create table half_done (id int primary key)',
  `update calls set metadata = '{"half": "done"}'`,
];

/** All that a migration could have changed. */
async function stateOf({ sql }: World) {
  return {
    columns: await sql`select table_schema, table_name, column_name, data_type from information_schema.columns
      where table_schema = 'public' order by 1, 2, 3`,
    functions:
      await sql`select proname, md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace order by 1, 2`,
    indexes: await sql`select indexdef from pg_indexes where schemaname = 'public' order by 1`,
    migrations: await sql`select * from switchboard_migrations order by name`,
    metadata: await sql`select id, metadata, revision from calls order by id`,
  };
}

async function givenCalls(world: World): Promise<void> {
  const gateway = await world.start();
  await makeSharedCalls(sender(gateway, world.token));
  gateway.process.kill('SIGTERM');
  await gateway.ended;
}

/** The present version still works on it. */
async function expectServed(world: World): Promise<void> {
  const gateway = await world.start();
  const { data } = await sender(gateway, world.token)({ query: '{ calls { totalCount } }' });
  expect(data).toEqual({ calls: { totalCount: 20 } });
  expect((await findWrites(world.sql)).faults).toEqual([]);
}

const startTree = (file: string, world: World) =>
  startCommand(process.execPath, [file], { DATABASE_URL: world.databaseUrl, PORT: '0' });

test('a migration that fails half-way ends the start in one line, and leaves the database as it was', async () => {
  const world = await openWorld();
  await givenCalls(world);
  const before = await stateOf(world);
  const file = await treeWithMigration([...HALF, 'select 1 / 0']);
  const { code, stdout, stderr } = await startTree(file, world).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^switchboard: [^\n]*division by zero\n$/);
  expect(await stateOf(world)).toEqual(before);
  await expectServed(world);
});

test('kill -9 in the middle of a migration leaves the database as it was', async () => {
  const world = await openWorld();
  await givenCalls(world);
  const before = await stateOf(world);
  const program = startTree(await treeWithMigration([...HALF, 'select pg_sleep(1.5)']), world);
  const sleeping = () =>
    world.sql`select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
  await expect.poll(sleeping, { timeout: 60_000, interval: 20 }).toHaveLength(1);
  program.process.kill('SIGKILL');
  await program.ended;
  await expect.poll(sleeping, { timeout: 60_000, interval: 20 }).toHaveLength(0);
  expect(await stateOf(world)).toEqual(before);
  await expectServed(world);
});

test('two gateways that start at once on an empty database migrate it once, and both are ready', async () => {
  const name = `test_two_${process.pid}_${Date.now()}`;
  await onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`);
  const url = databaseUrl(inject('adminUrl'), name);
  onTestFinished(() => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`));
  const gateways = await Promise.all([1, 2].map(() => startGateway({ DATABASE_URL: url })));
  for (const gateway of gateways) {
    const ready = await probe(gateway.url, '/health/ready');
    expect(ready?.text).toBe(
      `{"status":"ready","version":"${VERSION}","checks":{"database":"ok","migrations":"ok","log":"ok","draining":false}}`,
    );
  }
  await onServer(url, async (sql) => {
    const applied = await sql`select hash, count(*)::int as times from switchboard_migrations group by hash`;
    expect(applied.length).toBeGreaterThan(0);
    expect(applied.filter(({ times }) => times !== 1)).toEqual([]);
  });
});
