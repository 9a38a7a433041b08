// Makes the next migration: npm run migration -- --name what-changes
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { openEmbeddedPostgres } from '../../embedded-postgres/embedded-postgres.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS_FOLDER } from '../migrating/migration-files.js';
import { compareWithFiles, type Difference, migrationText } from './function-files.js';

const args = process.argv.slice(2);

const DRIZZLE_KIT = fileURLToPath(new URL('../../../node_modules/drizzle-kit/bin.cjs', import.meta.url));

const generate = (...options: string[]) =>
  execFileSync(process.execPath, [DRIZZLE_KIT, 'generate', ...args, ...options], { stdio: 'inherit' });

async function tags(): Promise<string[]> {
  const journal: { entries: { tag: string }[] } = JSON.parse(
    await readFile(join(MIGRATIONS_FOLDER, 'meta', '_journal.json'), 'utf8'),
  );
  return journal.entries.map(({ tag }) => tag);
}

async function differenceOfFiles(): Promise<Difference> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-migration-'));
  try {
    const server = await openEmbeddedPostgres({ dataDir, durable: false });
    try {
      await migrate(server.url);
      const sql = postgres(server.url, { max: 1, onnotice: () => {} });
      return await compareWithFiles(sql).finally(() => sql.end());
    } finally {
      await server.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const before = await tags();
generate();
const isGenerated = (await tags()).length > before.length;
const { changed, withoutFile, misnamed } = await differenceOfFiles();
if (misnamed.length > 0) throw new Error(`no function of their name: the files of ${misnamed.join(', ')}`);
if (changed.length + withoutFile.length === 0) {
  console.log('No function differs from its file.');
} else {
  if (!isGenerated) generate('--custom');
  const file = join(MIGRATIONS_FOLDER, `${(await tags()).at(-1)}.sql`);
  const statements = [
    ...(isGenerated ? [(await readFile(file, 'utf8')).trim()] : []),
    ...(changed.length > 0 ? [migrationText(changed)] : []),
    ...withoutFile.map((object) => `DROP ${object};`),
  ];
  await writeFile(file, `${statements.join('\n--> statement-breakpoint\n')}\n`);
  console.log(`${file} has ${[...changed.map(({ name }) => name), ...withoutFile].join(', ')}.`);
}
