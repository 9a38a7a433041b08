import { move } from '../backup/move.js';
import type { Session } from '../backup/session.js';
import type { Config } from '../config/config.js';
import { WrongValue } from '../config/setting.js';
import { postgresUrl } from '../config/url-parsers.js';
import { describeServer, explainDatabaseError } from '../foundation/start-error.js';
import type { Startup } from '../start/startup.js';
import { confirm } from './confirm.js';
import { onServerAsItIs } from './on-server.js';
import { whole } from './progress.js';
import { intoSettings, saying, showingRows } from './restore.js';
import { KEY_FILE, keyFileIn, linesOf, sealedAccounts } from './sealed-accounts.js';
import { parseCommand, UsageError } from './usage.js';

const OPTIONS = { to: { type: 'string' }, replace: { type: 'boolean' }, yes: { type: 'boolean' } } as const;

/** Copies the database to another server, compares every row, and says what is to be set. */
export async function moveDatabase(args: string[], config: Config, startup: Startup): Promise<string> {
  const { to, replace = false, yes } = parseCommand({ args, options: OPTIONS }).values;
  if (!to) throw new UsageError('move needs --to URL, of a database on the server to move to');
  const url = urlOf(to);
  if (replace) await confirm(yes, 'move --replace deletes all that the other database has', 'replace');
  return onServerAsItIs(config, startup, {}, async ({ server, signal, ...from }) => {
    const { folder } = server;
    let secrets = '';
    const check = async (target: Session) => {
      secrets = linesOf(await sealedAccounts(target, config.secretsKeys), (name) =>
        name === KEY_FILE && folder !== null
          ? intoSettings(keyFileIn(folder))
          : 'add that key to SECRETS_KEYS',
      );
    };
    const { schema } = from;
    const options = { url, schema, replaces: replace, signal, seen: showingRows(), begins: saying, check };
    const { rows, tables } = await explainDatabaseError('--to', url, move(from, options));
    const stays = folder === null ? '' : ` What ${folder} has is not used any more.`;
    return (
      `${whole(rows)} rows of ${tables} tables were moved, and every row was compared.\n` +
      `Set DATABASE_URL to that server (${describeServer('--to', url).replace('--to: ', '')}).${stays}\n${secrets}`
    );
  });
}

function urlOf(text: string): string {
  try {
    return postgresUrl(text);
  } catch (error) {
    throw error instanceof WrongValue ? new UsageError(`--to ${error.message}`) : error;
  }
}
