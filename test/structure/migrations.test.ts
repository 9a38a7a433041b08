import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';
import { SOURCES } from './imports.js';

const FOLDER = join(SOURCES, 'db', 'migrations');

interface Entry {
  idx: number;
  when: number;
  tag: string;
}

const readJson = (file: string) => JSON.parse(readFileSync(join(FOLDER, 'meta', file), 'utf8'));
const journal: { entries: Entry[] } = readJson('_journal.json');

/** Finds what makes drizzle's migrator silently skip a migration: it compares timestamps, not names. */
function faultsOf(entries: Entry[]): string[] {
  return entries.flatMap(({ idx, when, tag }, index) => {
    const before = entries[index - 1];
    return [
      ...(idx === index ? [] : [`${tag} is entry ${index} but says ${idx}`]),
      ...(before === undefined || before.when < when ? [] : [`${tag} is not younger than ${before.tag}`]),
      ...(tag.startsWith(`${String(index).padStart(4, '0')}_`)
        ? []
        : [`${tag} does not begin with its number`]),
    ];
  });
}

describe('the journal of migrations', () => {
  it('has stamps that increase, in the order of the numbers', () => {
    expect(journal.entries.length).toBeGreaterThan(0);
    expect(faultsOf(journal.entries)).toEqual([]);
  });

  it('rejects a timestamp that falls or repeats', () => {
    const entry = (idx: number, when: number) => ({ idx, when, tag: `000${idx}_x` });
    expect(faultsOf([entry(0, 2), entry(1, 1)])).toHaveLength(1);
    expect(faultsOf([entry(0, 2), entry(1, 2)])).toHaveLength(1);
    expect(faultsOf([entry(0, 1), entry(1, 2)])).toEqual([]);
  });

  it('has no stamp in the future, which would make the next migration a skipped one', () => {
    expect(journal.entries.filter(({ when }) => when > Date.now())).toEqual([]);
  });

  it('names every SQL file once, and each has its snapshot', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
    expect(files.toSorted()).toEqual(journal.entries.map(({ tag }) => `${tag}.sql`));
    const snapshots = journal.entries.map(({ tag }) => `${tag.slice(0, 4)}_snapshot.json`);
    expect(readdirSync(join(FOLDER, 'meta')).toSorted()).toEqual([...snapshots, '_journal.json'].toSorted());
  });

  it('has snapshots that follow one another', () => {
    const chain = journal.entries.map(({ tag }): { id: string; prevId: string } =>
      readJson(`${tag.slice(0, 4)}_snapshot.json`),
    );
    for (const [index, { prevId }] of chain.entries()) {
      expect(prevId).toBe(chain[index - 1]?.id ?? '00000000-0000-0000-0000-000000000000');
    }
  });
});

describe('the tables', () => {
  it('are what the migrations make: drizzle-kit would generate nothing new', async () => {
    const files = readdirSync(join(SOURCES, 'db', 'tables')).filter((file) => file.endsWith('.ts'));
    const modules = await Promise.all(files.map((file) => import(join(SOURCES, 'db', 'tables', file))));
    const last = readJson(`${journal.entries.at(-1)?.tag.slice(0, 4)}_snapshot.json`);
    const present = generateDrizzleJson(Object.assign({}, ...modules), last.id, undefined, 'snake_case');
    expect(Object.keys(present.tables).length).toBeGreaterThan(10);
    expect(await generateMigration(last, present)).toEqual([]);
    const { 'public.calls': _, ...others } = present.tables;
    expect(await generateMigration({ ...last, tables: others }, present)).not.toEqual([]);
  });
});

describe('migrate', () => {
  let url: string;
  let name: string;

  beforeEach(async () => {
    name = `test_migrate_${process.pid}_${Date.now()}`;
    await onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`);
    url = databaseUrl(inject('adminUrl'), name);
  });
  afterEach(() => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`));

  async function applied(): Promise<number[]> {
    const stamps: number[] = [];
    await onServer(url, async (sql) => {
      const rows = await sql`select created_at from switchboard_migrations order by created_at`;
      stamps.push(...rows.map((row) => Number(row.created_at)));
    });
    return stamps;
  }
  const all = journal.entries.map(({ when }) => when);

  it('applies every migration, and a second time none', async () => {
    await migrate(url);
    expect(await applied()).toEqual(all);
    await migrate(url);
    expect(await applied()).toEqual(all);
  });

  it('refuses a database of a version before the first migration, and says what helps', async () => {
    await migrate(url);
    await onServer(url, (sql) =>
      sql.unsafe(`drop table switchboard_migrations; create schema drizzle;
        create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
        insert into drizzle.__drizzle_migrations (hash, created_at) values ('', ${Math.min(...all) - 1})`),
    );
    const { code, stdout, stderr } = await runProgram('cli/main.js', ['migrate'], { DATABASE_URL: url });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `switchboard: the database ${name} is of an unreleased earlier version and cannot be upgraded: ` +
        'replace it by an empty one (remove DATA_DIR if it is the embedded Postgres)\n',
    );
    await onServer(url, async (sql) => {
      expect(await sql`select to_regclass('switchboard_migrations') as made`).toEqual([{ made: null }]);
    });
  });

  it('applies each migration once when it runs four times at once in one process', async () => {
    await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
    expect(await applied()).toEqual(all);
  });

  it('applies each migration once when two processes run it at once', async () => {
    const run = () => runProgram('cli/main.js', ['migrate'], { DATABASE_URL: url });
    const ended = await Promise.all([run(), run()]);
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(await applied()).toEqual(all);
  });
});
