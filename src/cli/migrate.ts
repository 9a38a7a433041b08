import type { Config } from '../config/config.js';
import { grantsFor } from '../db/migrating/grants.js';
import type { Startup } from '../start/startup.js';
import { parseCommand } from './usage.js';
import { withServer } from './with-database.js';

export async function migrate(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { grants: { type: 'string' } } });
  const role = values.grants;
  if (role !== undefined)
    return withServer(config, startup, ({ url }) =>
      grantsFor(config.databaseMigrateUrl ?? url, role, { passwordFile: config.databasePasswordFile }),
    );
  return withServer(config, startup, async () => 'The database is up to date.\n', { migrates: true });
}
