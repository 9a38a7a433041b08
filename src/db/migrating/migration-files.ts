import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Works from src/db and dist/db: SQL files are not compiled. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../src/db/migrations', import.meta.url));

export interface Migration {
  name: string;
  /** When it was made; it orders them. */
  when: number;
  hash: string;
  statements: readonly string[];
  /** Its indexes are made or dropped beside all writes, which Postgres does in no transaction. */
  isConcurrent: boolean;
  /** `when` of the migration that a gateway must have to work after this one; null: any gateway can. */
  needs: number | null;
}

const BREAKPOINT = '--> statement-breakpoint';
/** drizzle-kit names the schema of tables that foreign keys point to. */
const PUBLIC = '"public".';
const CONCURRENT = /^(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY\b/i;
const NEEDS = /^-- needs: (\S+)$/m;

/** In their order, as drizzle-kit writes them. */
export async function readMigrations(folder = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const journal: { entries: { when: number; tag: string }[] } = JSON.parse(
    await readFile(`${folder}/meta/_journal.json`, 'utf8'),
  );
  const stamps = new Map(journal.entries.map(({ tag, when }) => [tag, when]));
  return Promise.all(
    journal.entries.map(async ({ tag, when }) =>
      migrationOf(tag, when, await readFile(`${folder}/${tag}.sql`, 'utf8'), stamps),
    ),
  );
}

export function migrationOf(
  name: string,
  when: number,
  text: string,
  stamps: ReadonlyMap<string, number> = new Map(),
): Migration {
  const statements = text
    .split(BREAKPOINT)
    .map((statement) => statement.trim().replaceAll(PUBLIC, ''))
    .filter((statement) => withoutComments(statement) !== '');
  const concurrent = statements.filter((statement) => CONCURRENT.test(withoutComments(statement)));
  if (concurrent.length > 0 && concurrent.length < statements.length) {
    throw new Error(`${name} has CONCURRENTLY beside other statements: give it a migration of its own`);
  }
  const [, needed] = NEEDS.exec(text) ?? [];
  const needs = needed === undefined ? null : stamps.get(needed);
  if (needs === undefined) throw new Error(`${name} needs ${needed}, which is no migration`);
  return {
    name,
    when,
    hash: createHash('sha256').update(text).digest('hex'),
    statements,
    isConcurrent: concurrent.length > 0,
    needs,
  };
}

const withoutComments = (statement: string): string => statement.replace(/^\s*--.*$/gm, '').trim();
