import { expect, it, onTestFinished } from 'vitest';
import { ownTables, sequencesOf } from '../../src/backup/own-tables.js';
import { createTestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

it('are all tables of the migrations, and none of another program', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  await onServer(test.url, async (sql) => {
    const all = await sql`
      select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
        and relname not in ('switchboard_migrations', 'log_parts') order by relname`;
    await sql`create table of_another_program (organization_id uuid references organizations)`;
    const tables = await ownTables(sql);
    expect(tables.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    const calls = tables.find(({ name }) => name === 'calls');
    expect(calls?.columns).toContain('given_customer_number');
    expect(calls?.columns).not.toContain('customer_number');
  });
});

it('have the sequences that their rows come from', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  await onServer(test.url, async (sql) => {
    await sql`create sequence of_another_program`;
    const sequences = await sql`
      select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace
      and relname <> 'of_another_program' order by relname`;
    for (const { name } of [...sequences, { name: 'of_another_program' }]) await sql`select nextval(${name})`;
    expect(Object.keys(await sequencesOf(sql, await ownTables(sql))).toSorted()).toEqual(
      sequences.map(({ name }) => name),
    );
  });
});
