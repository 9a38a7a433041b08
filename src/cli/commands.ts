import type { Config } from '../config/config.js';
import type { Startup } from '../start/startup.js';
import {
  createAccount,
  deleteAccount,
  listAccounts,
  pauseAccount,
  resumeAccount,
  rotateAccountSecrets,
  testAccount,
} from './accounts.js';
import { backup } from './backup.js';
import { printDatabaseUrl } from './database.js';
import { demoTraffic } from './demo-traffic.js';
import { doctor } from './doctor.js';
import { deleteOrganizationCalled, erase } from './erase.js';
import { exportCalls } from './export.js';
import { importCalls } from './import.js';
import { createKey, listKeys, revokeKey } from './keys.js';
import { migrate } from './migrate.js';
import { moveDatabase } from './move.js';
import {
  listOrganizations,
  moveOrganizationCalled,
  renameOrganization,
  resumeOrganization,
  suspendOrganization,
} from './organizations.js';
import { restoreBackup } from './restore.js';
import { upgrade } from './upgrade.js';
import { parseCommand, USAGE, UsageError } from './usage.js';

type Command = (args: string[], config: Config, startup: Startup) => Promise<string>;

const COMMANDS: Record<string, Command> = {
  'accounts create': createAccount,
  'accounts list': listAccounts,
  'accounts test': testAccount,
  'accounts pause': pauseAccount,
  'accounts resume': resumeAccount,
  'accounts delete': deleteAccount,
  'accounts rotate-secrets': rotateAccountSecrets,
  backup,
  'database url': printDatabaseUrl,
  'demo traffic': demoTraffic,
  doctor,
  erase,
  export: exportCalls,
  import: importCalls,
  'keys create': createKey,
  'keys list': listKeys,
  'keys revoke': revokeKey,
  migrate,
  move: moveDatabase,
  'organizations delete': deleteOrganizationCalled,
  'organizations list': listOrganizations,
  'organizations move': moveOrganizationCalled,
  'organizations rename': renameOrganization,
  'organizations resume': resumeOrganization,
  'organizations suspend': suspendOrganization,
  restore: restoreBackup,
  schema: async (args) => {
    parseCommand({ args });
    const { printPublicSchema } = await import('../graphql-server/schema/schema.js');
    return printPublicSchema();
  },
  upgrade,
};

export async function runCommand(args: string[], config: Config, startup: Startup): Promise<string> {
  if (args.length === 0) throw new UsageError('which command? (see switchboard --help)');
  if (args.some((arg) => arg === '--help' || arg === '-h') || args[0] === 'help') return USAGE;
  if (args[0] === 'start')
    throw new UsageError('start takes no arguments: its settings are environment variables');
  const words = ['accounts', 'database', 'demo', 'keys', 'organizations'].includes(args[0] ?? '') ? 2 : 1;
  const name = args.slice(0, words).join(' ');
  const command = COMMANDS[name];
  if (!command) throw new UsageError(`no command "${name}" (see switchboard --help)`);
  return command(args.slice(words), config, startup);
}
