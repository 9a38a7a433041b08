import type { Config } from '../config.js';
import { createKey, listKeys, revokeKey } from './keys.js';
import { parseCommand, USAGE, UsageError } from './usage.js';
import { withServer } from './with-database.js';

type Command = (args: string[], config: Config) => Promise<string>;

const COMMANDS: Record<string, Command> = {
  'keys create': createKey,
  'keys list': listKeys,
  'keys revoke': revokeKey,
  migrate: async (args, config) => {
    parseCommand({ args });
    // Opening migrates.
    return withServer(config, async () => 'The database is up to date.\n');
  },
  schema: async (args) => {
    parseCommand({ args });
    const { printPublicSchema } = await import('../graphql/schema.js');
    return printPublicSchema();
  },
};

/** Runs one command. Answers what it has to say on standard output. */
export async function runCommand(args: string[], config: Config): Promise<string> {
  if (args.length === 0) throw new UsageError('which command? (see switchboard --help)');
  if (args.some((arg) => arg === '--help' || arg === '-h') || args[0] === 'help') return USAGE;
  const words = args[0] === 'keys' ? 2 : 1;
  const name = args.slice(0, words).join(' ');
  const command = COMMANDS[name];
  if (!command) throw new UsageError(`no command "${name}" (see switchboard --help)`);
  return command(args.slice(words), config);
}
