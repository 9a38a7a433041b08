import postgres, { type Sql } from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/db/migrate.js';
import { applyConcurrently, applyWhole, PATIENCE } from '../../../src/db/migrating/apply.js';
import { type Migration, migrationOf, readMigrations } from '../../../src/db/migrating/migration-files.js';
import { StartError } from '../../../src/foundation/start-error.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { createEmptyDatabase } from './empty-database.js';

let test: TestDatabase;
let sql: Sql;
let other: Sql;

const connect = (url: string) => postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
const next = (text: string): Migration => migrationOf('9999_next', Number.MAX_SAFE_INTEGER, text);

async function open(database: TestDatabase): Promise<void> {
  test = database;
  [sql, other] = [connect(test.url), connect(test.url)];
}
async function close(): Promise<void> {
  await Promise.all([sql, other].map((each) => each.end({ timeout: 0 })));
  await test.drop();
}

const applied = async () =>
  (await sql`select name from switchboard_migrations order by created_at, name`).map(({ name }) => name);

describe('a migration', () => {
  it('is cut into statements, and names no schema', () => {
    const text = `-- why
ALTER TABLE "a" ADD FOREIGN KEY ("b") REFERENCES "public"."c"("d");--> statement-breakpoint
-- only a comment
--> statement-breakpoint
SELECT 1;
`;
    expect(next(text).statements).toEqual([
      '-- why\nALTER TABLE "a" ADD FOREIGN KEY ("b") REFERENCES "c"("d");',
      'SELECT 1;',
    ]);
    expect(next(text).isConcurrent).toBe(false);
  });

  it('has CONCURRENTLY in all of its statements or in none', () => {
    const make = 'CREATE UNIQUE INDEX CONCURRENTLY "a" ON "b" ("c");';
    expect(next(`-- why\n${make}--> statement-breakpoint\nDROP INDEX CONCURRENTLY "d";`).isConcurrent).toBe(
      true,
    );
    expect(() => next(`${make}--> statement-breakpoint\nSELECT 1;`)).toThrow(
      '9999_next has CONCURRENTLY beside other statements',
    );
  });

  it('says which migration a gateway needs to work after it', () => {
    const stamps = new Map([['0007_less', 7]]);
    expect(migrationOf('0009_gone', 9, '-- needs: 0007_less\nSELECT 1;', stamps).needs).toBe(7);
    expect(migrationOf('0009_gone', 9, 'SELECT 1;', stamps).needs).toBeNull();
    expect(() => migrationOf('0009_gone', 9, '-- needs: 0008_x\nSELECT 1;', stamps)).toThrow(
      '0009_gone needs 0008_x, which is no migration',
    );
  });

  it('is one of those that are there', async () => {
    const all = await readMigrations();
    expect(all.length).toBeGreaterThan(5);
    for (const { statements } of all) {
      expect(statements.length).toBeGreaterThan(0);
      expect(statements.filter((statement) => statement.includes('"public".'))).toEqual([]);
    }
  });
});

describe('beside traffic', () => {
  beforeEach(async () => open(await createTestDatabase()));
  afterEach(close);

  const ALTER = next('ALTER TABLE calls ADD COLUMN later text;');

  /** Uses a table until it is let go. */
  function use(): { inUse: Promise<void>; letGo(): Promise<void> } {
    let begun = () => {};
    let end = () => {};
    const inUse = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const using = other.begin(async (tx) => {
      await tx`select from calls limit 1`;
      begun();
      await ended;
    });
    return {
      inUse,
      letGo: async () => {
        end();
        await using;
      },
    };
  }

  it('a migration gives way while a transaction uses its table, and is applied after it', async () => {
    const { inUse, letGo } = use();
    await inUse;
    let waits = 0;
    const patience = { ...PATIENCE, lockTimeout: 50, pauses: [50, 100] };
    const gaveWay = () => {
      waits += 1;
    };
    const applying = applyWhole(sql, ALTER, gaveWay, patience);
    await expect.poll(() => waits).toBeGreaterThan(2);
    const third = connect(test.url);
    for (let turn = 0; turn < 5; turn += 1) await third`update calls set tags = tags`;
    await third.end();
    await letGo();
    await applying;
    expect(await sql`select later from calls`).toEqual([]);
    expect((await applied()).at(-1)).toBe('9999_next');
  });

  it('a migration gives up at some time, and says what helps', async () => {
    const { inUse, letGo } = use();
    await inUse;
    const patience = { lockTimeout: 10, pauses: [10], giveUpAfter: 0 };
    const error = await applyWhole(sql, ALTER, () => {}, patience).catch((reason) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toMatch(
      /^the migration 9999_next found its tables in use for 0 s: end the long tr/,
    );
    await letGo();
    expect(await applied()).not.toContain('9999_next');
  });

  it('a migration that another gateway has applied meanwhile is not applied again', async () => {
    await applyWhole(sql, ALTER, () => {});
    await applyWhole(other, ALTER, () => {});
    expect((await applied()).filter((name) => name === '9999_next')).toHaveLength(1);
  });

  it('an index is made CONCURRENTLY, and made anew where it was broken off', async () => {
    const make = 'CREATE UNIQUE INDEX CONCURRENTLY "later_index" ON "later" ("a");';
    await sql.unsafe('create table later (a integer); insert into later values (1), (1)');
    const migration = next(
      `${make}--> statement-breakpoint\nDROP INDEX CONCURRENTLY "calls_occurred_index";`,
    );
    await expect(applyConcurrently(sql, migration)).rejects.toThrow('could not create unique index');
    const valid = () =>
      sql`select indisvalid as is from pg_index where indexrelid = to_regclass('later_index')`;
    expect(await valid()).toEqual([{ is: false }]);
    await sql`delete from later`;
    await applyConcurrently(sql, migration);
    expect(await valid()).toEqual([{ is: true }]);
    // As after a kill before it was noted.
    await sql`delete from switchboard_migrations where name = '9999_next'`;
    await applyConcurrently(sql, migration);
    expect((await applied()).at(-1)).toBe('9999_next');
    expect(await sql`select to_regclass('calls_occurred_index') as left`).toEqual([{ left: null }]);
  });

  it('an index of search that is missing is made by the next start', async () => {
    await sql`drop index call_search_text_index`;
    await migrate(test.url);
    const [made] = await sql`select pg_get_indexdef('call_search_text_index'::regclass) as text`;
    expect(made?.text).toContain('gin_trgm_ops');
  });
});

describe('in a database of others', () => {
  beforeEach(async () => open(await createEmptyDatabase()));
  afterEach(close);

  it('an application that has used drizzle for longer, or since, stays as it is', async () => {
    await sql.unsafe(`create schema drizzle;
      create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 1), ('theirs too', 9000000000000)`);
    const theirs = () => sql`select * from drizzle.__drizzle_migrations`;
    const before = await theirs();
    await migrate(test.url);
    await migrate(test.url);
    expect(await theirs()).toEqual(before);
    expect(await applied()).toEqual((await readMigrations()).map(({ name }) => name));
  });

  it('one that was migrated before there was a table of its own is known', async () => {
    const all = await readMigrations();
    const released = all.slice(0, 6);
    await sql.unsafe(`create schema drizzle;
      create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`);
    for (const { statements, when } of released) {
      for (const statement of statements) await sql.unsafe(statement);
      await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('', ${when})`;
    }
    await migrate(test.url);
    expect(await applied()).toEqual(all.map(({ name }) => name));
  });
});
