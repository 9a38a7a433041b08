import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Snapshot } from '../backup/snapshot.js';
import type { Config } from '../config/config.js';
import { StartError } from '../foundation/start-error.js';
import type { Startup } from '../start/startup.js';
import { CountProgress } from './count-progress.js';
import { onServerAsItIs } from './on-server.js';
import { whole } from './progress.js';
import { KEY_FILE, keyFileIn, linesOf, sealedAccounts } from './sealed-accounts.js';
import { parseCommand, UsageError } from './usage.js';
import { written } from './written.js';

/** Writes all that the database has to a file, beside the gateways. */
export async function backup(args: string[], config: Config, startup: Startup): Promise<string> {
  const { positionals } = parseCommand({ args, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError('backup needs a FILE, or - for standard output');
  }
  return onServerAsItIs(config, startup, {}, async ({ server, url, ...options }) => {
    const snapshot = await Snapshot.open(url, options);
    try {
      const { session } = snapshot;
      if (session.tables.length === 0) throw new StartError('the database has nothing of Switchboard');
      const accounts = await sealedAccounts(session);
      const progress = new CountProgress(process.stderr, snapshot.rows, 'rows');
      let rows = 0;
      const text = snapshot.text((done) => {
        rows = done;
        progress.show(done, false);
      });
      // No one but its owner: it has the calls and hashes of all organizations.
      await written([Readable.from(text), createGzip()], file, options.signal, { mode: 0o600 });
      progress.show(rows, true);
      const said =
        `${whole(rows)} rows of ${session.tables.length} tables were written to ${file}.\n` +
        linesOf(accounts, (name) => {
          const { folder } = server;
          const key = name === KEY_FILE && folder !== null ? keyFileIn(folder) : 'that key of SECRETS_KEYS';
          return `keep ${key} as well, apart from the backup`;
        });
      if (file !== '-') return said;
      process.stderr.write(said);
      return '';
    } finally {
      await snapshot.close();
    }
  });
}
