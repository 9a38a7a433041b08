import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Sql, TransactionSql } from 'postgres';

const FOLDER = fileURLToPath(new URL('../../../src/db/functions', import.meta.url));

export interface FunctionFile {
  name: string;
  text: string;
}

/** In dependency order: Postgres checks many bodies when it creates a function. */
export function functionFiles(): FunctionFile[] {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.sql$/, '').replaceAll('-', '_'),
      text: readFileSync(`${FOLDER}/${file}`, 'utf8').trim(),
    }));
  return inOrderOfUse(files);
}

export function inOrderOfUse(files: FunctionFile[]): FunctionFile[] {
  const ordered = new Set<FunctionFile>();
  const add = (file: FunctionFile, users: FunctionFile[]) => {
    if (ordered.has(file)) return;
    const circle = [...users, file].map(({ name }) => name);
    if (users.includes(file))
      throw new Error(`SQL functions use each other in a circle: ${circle.join(' > ')}`);
    const words = new Set(file.text.replace(/--.*$/gm, '').match(/\w+/g));
    for (const other of files) {
      if (other !== file && words.has(other.name)) add(other, [...users, file]);
    }
    ordered.add(file);
  };
  for (const file of files) add(file, []);
  return [...ordered];
}

async function definitionsIn(sql: Sql | TransactionSql) {
  const rows = await sql<{ object: string; name: string; version: string; definition: string }[]>`
    select 'ROUTINE ' || p.oid::regprocedure as object, p.proname as name, p.xmin::text as version, case p.prokind
      when 'a' then (select to_jsonb(a)::text from pg_aggregate a where a.aggfnoid = p.oid)
      else pg_get_functiondef(p.oid) end as definition
    from pg_proc p
    where p.pronamespace = current_schema()::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select format('TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass), p.proname, t.xmin::text, pg_get_triggerdef(t.oid)
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where p.pronamespace = current_schema()::regnamespace and not t.tgisinternal and t.tgparentid = 0
    order by 1`;
  return new Map(rows.map((row) => [row.object, row]));
}

export interface Difference {
  changed: FunctionFile[];
  withoutFile: string[];
  misnamed: string[];
}

export async function compareWithFiles(sql: Sql, files = functionFiles()): Promise<Difference> {
  const undo = new Error('compared');
  let difference: Difference | undefined;
  await sql
    .begin(async (tx) => {
      const before = await definitionsIn(tx);
      for (const { text } of files) await tx.unsafe(text);
      const after = [...(await definitionsIn(tx)).values()];
      // An object that no file replaced keeps its row version.
      const replaced = after.filter((each) => before.get(each.object)?.version !== each.version);
      const named = (name: string) => replaced.filter((each) => each.name === name);
      const isOld = (each: (typeof after)[number]) => before.get(each.object)?.definition === each.definition;
      const ofFiles = new Set(files.flatMap(({ name }) => named(name)));
      difference = {
        changed: files.filter(({ name }) => !named(name).every(isOld)),
        withoutFile: after.filter((each) => !ofFiles.has(each)).map(({ object }) => object),
        misnamed: files.filter(({ name }) => named(name).length === 0).map(({ name }) => name),
      };
      throw undo;
    })
    .catch((error) => {
      if (error !== undo) throw error;
    });
  return difference as Difference;
}

export const migrationText = (files: FunctionFile[]): string =>
  files.map(({ text }) => text).join('\n--> statement-breakpoint\n');
