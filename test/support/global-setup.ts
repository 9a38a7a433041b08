import { randomBytes } from 'node:crypto';
import { rmdir } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { buildTree } from './built-tree.js';
import { copyDataDir, makeDataDir, removeDataDir } from './data-dir.js';
import { databaseUrl, onServer } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the server of this run. */
    adminUrl: string;
    /** A migrated, empty database to clone. */
    templateDatabase: string;
    /** A folder with a stopped cluster to copy. */
    preparedDataDir: string;
  }
}

/** One server for the whole run: TEST_DATABASE_URL's, else an embedded one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const undo: (() => Promise<unknown>)[] = [];
  const teardown = async () => {
    for (const step of undo) await step();
  };
  try {
    const [prepared] = await Promise.all([prepareDataDir(), buildTree().catch(reportBuild)]);
    undo.unshift(() => removeDataDir(prepared));
    const url = process.env.TEST_DATABASE_URL ?? (await startServer(prepared, undo));
    const template = `switchboard_template_${randomBytes(4).toString('hex')}`;
    await onServer(url, (sql) => sql`create database ${sql(template)}`);
    undo.unshift(() => onServer(url, (sql) => sql`drop database ${sql(template)} with (force)`));
    await migrate(databaseUrl(url, template));
    project.provide('adminUrl', url);
    project.provide('templateDatabase', template);
    project.provide('preparedDataDir', prepared);
    // Tests under a closed folder keep their data here; the folder stays if it is in use.
    undo.push(() => rmdir('/var/lib/switchboard').catch(() => {}));
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function prepareDataDir(): Promise<string> {
  const dataDir = await makeDataDir();
  const server = await openEmbeddedPostgres({ dataDir });
  const maintenance = databaseUrl(server.url, 'postgres');
  await onServer(maintenance, (sql) => sql`drop database switchboard`);
  await server.close();
  return dataDir;
}

async function startServer(prepared: string, undo: (() => Promise<unknown>)[]): Promise<string> {
  const dataDir = await makeDataDir();
  undo.unshift(() => removeDataDir(dataDir));
  await copyDataDir(prepared, dataDir);
  const server = await openEmbeddedPostgres({ dataDir, durable: false });
  undo.unshift(() => server.close());
  await signInQuickly(server.url);
  return server.url;
}

/** A sign-in hashes the password thousands of times, and each file opens a dozen connections. */
async function signInQuickly(url: string): Promise<void> {
  const { password } = new URL(url);
  await onServer(url, async (sql) => {
    await sql`set scram_iterations = 1`;
    await sql.unsafe(`alter role current_user password '${decodeURIComponent(password)}'`);
  });
}

// Types are checked elsewhere.
const reportBuild = (error: Error & { stdout?: string }) => console.error(error.stdout || error.message);
