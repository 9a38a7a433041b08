import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { MIGRATIONS_FOLDER } from '../../src/db/migrating/migration-files.js';
import { newId } from '../../src/foundation/new-id.js';
import { type Client, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { loadRows } from '../support/many-rows.js';
import { databaseUrl, onServer } from '../support/server.js';

let name: string;
let url: string;
let gateway: TestGateway | undefined;

beforeEach(async () => {
  name = `test_search_${randomBytes(6).toString('hex')}`;
  await onServer(inject('adminUrl'), (admin) => admin`create database ${admin(name)}`);
  url = databaseUrl(inject('adminUrl'), name);
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await onServer(inject('adminUrl'), (admin) => admin`drop database if exists ${admin(name)} with (force)`);
  await onServer(inject('adminUrl'), (admin) => admin`drop role if exists ${admin(name)}`);
});

/** As the version that was released before search left it. */
async function migrateTo(tag: string): Promise<void> {
  const journal: { entries: { tag: string; when: number }[] } = JSON.parse(
    readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  const last = journal.entries.findIndex((entry) => entry.tag === tag);
  await onServer(url, async (client) => {
    await client.unsafe(`create schema drizzle;
      create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`);
    for (const entry of journal.entries.slice(0, last + 1)) {
      await client.unsafe(readFileSync(`${MIGRATIONS_FOLDER}/${entry.tag}.sql`, 'utf8'));
      await client`insert into drizzle.__drizzle_migrations (hash, created_at) values (${entry.tag}, ${entry.when})`;
    }
  });
}

const SEARCH = 'query ($search: String) { calls(filter: { search: $search }) { totalCount } }';
const count = async (client: Client, search: string) =>
  (await client.ask(SEARCH, { search })).calls.totalCount;

it('the calls and transcripts of the version before are found', async () => {
  await migrateTo('0001_vendors');
  const database = await openDatabase({ url, poolSize: 1 });
  const organization = newId().id;
  await database.db.execute(
    sql`insert into organizations (organization_id, slug, name) values (${organization}, 'ours', 'ours')`,
  );
  await loadRows(database, organization, 1_000);
  await database.db.execute(
    sql`update call_transcripts set lines = '[{"text": "An Invoice"}]' where vendor_id = '7'`,
  );
  await database.db.execute(
    sql`update voice_calls set call_summary = 'Discount' where staff_uid = 'staff 7'`,
  );
  await database.close();
  await migrate(url);
  gateway = await openGatewayOn(url);
  const client = await gateway.client({ organization: 'ours' });
  expect(await count(client, 'tag 17')).toBe(2 * 11);
  expect(await count(client, '999')).toBe(1);
  expect(await count(client, 'invoice')).toBe(1);
  expect(await count(client, 'DISCOUNT')).toBe(2);
});

it('a role that may not make the extension starts without it, and searches once another has made it', async () => {
  await migrate(url);
  await onServer(url, async (admin) => {
    await admin.unsafe(`create role ${name} login password 'secret'; drop extension pg_trgm cascade`);
    await admin.unsafe(`grant all on all tables in schema public to ${name}; grant all on all sequences in schema public to ${name};
      alter table call_search owner to ${name}; grant create on schema public to ${name}`);
  });
  const its = new URL(url);
  its.username = name;
  its.password = 'secret';
  await migrate(its.href);
  gateway = await openGatewayOn(its.href);
  const client = await gateway.client();
  await client.ask(
    'mutation { upsertCall(input: { references: [{ system: OTHER, name: "a", value: "b" }], tags: ["found"] }) { created } }',
  );
  expect((await client.send(SEARCH, { search: 'found' })).errors?.[0]?.message).toContain('pg_trgm');
  await onServer(url, (admin) => admin`create extension pg_trgm`);
  await migrate(its.href);
  expect(await count(client, 'found')).toBe(1);
});
