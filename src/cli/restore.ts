import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BrokenBackup, CUT } from '../backup/backup-text.js';
import { type Restored, type RowsSeen, restore } from '../backup/restore.js';
import type { Session } from '../backup/session.js';
import type { Config } from '../config/config.js';
import { StartError } from '../foundation/start-error.js';
import type { Startup } from '../start/startup.js';
import { confirm } from './confirm.js';
import { CountProgress } from './count-progress.js';
import { onServerAsItIs } from './on-server.js';
import { whole } from './progress.js';
import { KEY_FILE, keyFileIn, linesOf, sealedAccounts } from './sealed-accounts.js';
import { parseCommand, UsageError } from './usage.js';

const OPTIONS = { replace: { type: 'boolean' }, yes: { type: 'boolean' } } as const;
/** What pg_dump writes begins with it. */
const OF_PG_DUMP = 'PGDMP';

/** Fills an empty database, or with --replace any, with all that a backup has. */
export async function restoreBackup(args: string[], config: Config, startup: Startup): Promise<string> {
  const { positionals, values } = parseCommand({ args, allowPositionals: true, options: OPTIONS });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError('restore needs a FILE, or - for standard input');
  }
  const { replace = false, yes } = values;
  if (replace) await confirm(yes, 'restore --replace deletes all that the database has', 'replace');
  return onServerAsItIs(config, startup, { isMade: true, migrates: true }, async (opened) => {
    const { server, signal, ...database } = opened;
    const notes = { accounts: '', deliveries: '' };
    const look = async (session: Session) => {
      const keys = await server.secretsKeys({ isMade: false });
      notes.accounts = linesOf(await sealedAccounts(session, keys), (name) => {
        if (name !== KEY_FILE) return 'add that key to SECRETS_KEYS';
        const { folder } = server;
        return folder === null ? intoSettings('the file') : `copy that file to ${keyFileIn(folder)}`;
      });
      notes.deliveries = await unsent(session);
    };
    const { head, rows, tables } = await restored(file, signal, (chunks, seen) =>
      restore(chunks, { ...database, replaces: replace, signal, seen, begins: saying, check: look }),
    );
    const when = head.takenAt.slice(0, 16).replace('T', ' ');
    return `${whole(rows)} rows of ${tables} tables were restored, as they were on ${when} UTC.\n${notes.accounts}${notes.deliveries}`;
  });
}

/** What a key file gives on another database. */
export const intoSettings = (file: string): string => `set SECRETS_KEYS to ${KEY_FILE}: and what ${file} has`;

export const saying = (work: string): void => void process.stderr.write(`switchboard: ${work} …\n`);

export function showingRows(): RowsSeen {
  let progress: CountProgress | undefined;
  return (rows, { estimate, isOver }) => {
    progress ??= new CountProgress(process.stderr, estimate, 'rows');
    progress.show(rows, isOver);
  };
}

type Reading = (chunks: AsyncIterable<Buffer>, seen: RowsSeen) => Promise<Restored>;

/** @throws StartError that says what is wrong with the file */
async function restored(file: string, signal: AbortSignal, read: Reading): Promise<Restored> {
  const source = file === '-' ? process.stdin : createReadStream(file);
  // What ends the file's stream ends the other one too, which is read.
  const text = pipeline(source, createGunzip(), () => {});
  try {
    return await read(text as AsyncIterable<Buffer>, showingRows());
  } catch (error) {
    signal.throwIfAborted();
    const reason = await brokenBy(error, file);
    throw reason === null ? error : new StartError(`${file} was not restored: ${reason}`, { cause: error });
  } finally {
    source.destroy();
  }
}

async function brokenBy(error: unknown, file: string): Promise<string | null> {
  if (error instanceof BrokenBackup) return error.message;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return CUT;
  if (!code.startsWith('Z_')) return null;
  if (message !== 'incorrect header check') return 'it is damaged';
  if (file !== '-' && (await beginsWith(file, OF_PG_DUMP))) {
    return 'it was made by pg_dump: pg_restore reads it, into an empty database';
  }
  return 'it is no backup of Switchboard';
}

async function beginsWith(file: string, text: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: text.length - 1 })) {
    return chunk.toString() === text;
  }
  return false;
}

async function unsent({ sql, tables }: Session): Promise<string> {
  if (!tables.some(({ name }) => name === 'deliveries')) return '';
  const [row] = await sql`
    select count(*)::int as count from deliveries where state in ('PENDING', 'RETRYING', 'INCOMPLETE')`;
  const count = row?.count ?? 0;
  if (count === 0) return '';
  return (
    `${whole(count)} ${count === 1 ? 'delivery is' : 'deliveries are'} to be sent, some of which vendors may have by now: ` +
    'start with VENDORS=off to look at them first.\n'
  );
}
