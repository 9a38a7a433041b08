import postgres from 'postgres';
import { expect, it } from 'vitest';
import { migrate } from '../../../src/db/migrate.js';
import { makeTable } from '../../../src/db/migrating/applied.js';
import { applyConcurrently, applyWhole } from '../../../src/db/migrating/apply.js';
import { readMigrations } from '../../../src/db/migrating/migration-files.js';
import { createEmptyDatabase } from './empty-database.js';

it('a log that is there becomes the first part as it is, and what was granted of it is granted of the whole', async () => {
  const database = await createEmptyDatabase();
  const role = `log_parts_${process.pid}`;
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    const migrations = await readMigrations();
    await makeTable(sql, migrations);
    const at = migrations.findIndex(({ name }) => name.endsWith('_log_parts'));
    for (const migration of migrations.slice(0, at)) {
      if (migration.isConcurrent) await applyConcurrently(sql, migration);
      else await applyWhole(sql, migration, () => {});
    }
    await sql.unsafe(`create role ${role}; grant select, insert on call_changes to ${role}`);
    const [organization] = await sql<{ id: string }[]>`
      insert into organizations (organization_id, slug, name) values (new_uuid(), 'old', 'old') returning organization_id as id`;
    const id = organization?.id as string;
    const log = (kind: string) => sql`
      insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, effective_at, old_values, new_values,
        recorded_at)
      values (${id}, next_change_label(0), nextval('call_change_seq'), new_uuid(), new_uuid(), ${kind}, ${'\u0001Kim'}, now(), '{}',
        '{}', now())`;
    await log('UPDATED');
    const fileOf = async (table: string) =>
      (await sql`select pg_relation_filenode(${table}::regclass) as file, ${table}::regclass::oid as oid`)[0];
    const before = await fileOf('call_changes');
    await migrate(database.url);
    expect(await fileOf('call_changes_first')).toEqual(before);
    await log('ERASED');
    expect(
      await sql`select kind, actor, actor_type, tableoid::regclass::text as part from call_changes order by label, seq`,
    ).toEqual([
      { kind: 'UPDATED', actor: 'Kim', actor_type: 'PERSON', part: 'call_changes_first' },
      { kind: 'ERASED', actor: 'Kim', actor_type: 'PERSON', part: 'call_changes_first' },
    ]);
    const [granted] = await sql`
      select has_table_privilege(${role}, 'call_changes', 'select, insert') and has_table_privilege(${role}, 'log_parts', 'select')
          as may,
        has_table_privilege(${role}, 'call_changes', 'update') as may_change`;
    expect(granted).toEqual({ may: true, may_change: false });
  } finally {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`).catch(() => {});
    await sql.end();
    await database.drop();
  }
});
