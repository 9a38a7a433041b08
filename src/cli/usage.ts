import { type ParseArgsConfig, parseArgs } from 'node:util';

export const USAGE = `Usage: switchboard COMMAND

  keys create --organization SLUG --name NAME --scopes all|SCOPE,SCOPE,…
              [--actor APP|STAFF|DIRECTORY] [--staff-uid UID] [--expires-in 90d]
                       make an API key and print its token, which is shown only this once;
                       the organization is made when it is new, STAFF needs --staff-uid
  keys list [--organization SLUG]
                       list the keys, without their tokens
  keys revoke ID       end a key
  migrate              bring the database up to date
  schema               print the GraphQL schema

It uses DATABASE_URL, or else the embedded Postgres in DATA_DIR, whether or not the gateway runs.
`;

/** The command line cannot be understood. The message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options and arguments of one command. @throws UsageError for what the command does not know. */
export function parseCommand<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs<T>(config);
  } catch (error) {
    const [message] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UsageError(`${message} (see switchboard --help)`);
  }
}
