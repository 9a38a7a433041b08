import type { ServerOptions } from '../db/connection/driver.js';
import { rootCauseOf, StartError } from '../foundation/start-error.js';
import { differenceOf } from './digest.js';
import { type Restored, type RestoreOptions, refuseOthers, restore } from './restore.js';
import { openSession, type Session } from './session.js';
import { Snapshot } from './snapshot.js';

/** Where rows come from. */
export interface Source extends ServerOptions {
  url: string;
}

/** Fills a database with all that another one has, and compares every row. Nothing is written to that one meanwhile. */
export async function move({ url: from, ...server }: Source, options: RestoreOptions): Promise<Restored> {
  const { signal, begins = () => {} } = options;
  const lock = await openSession(from, {
    isolation: 'read committed',
    lock: 'exclusive',
    ...server,
    signal,
  });
  let source: Snapshot | undefined;
  try {
    if (lock.tables.length === 0) throw new StartError('there is nothing of Switchboard to be moved');
    await refuseOthers(lock.sql);
    source = await Snapshot.open(from, { ...server, signal });
    const { session } = source;
    const check = async (target: Session) => {
      begins('comparison of all rows');
      const table = await differenceOf(session, target);
      if (table !== null) throw new StartError(`nothing was moved: the rows of ${table} arrived differently`);
      await options.check?.(target);
    };
    return await restore(readFrom(source), { ...options, check });
  } finally {
    await source?.close();
    await lock.close();
  }
}

async function* readFrom(source: Snapshot): AsyncGenerator<Buffer> {
  try {
    yield* source.text();
  } catch (error) {
    throw new StartError(`what is to be moved cannot be read: ${rootCauseOf(error).message}`, {
      cause: error,
    });
  }
}
