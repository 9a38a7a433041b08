import type { Config } from '../config/config.js';
import { grantsFor } from '../db/migrating/grants.js';
import { serverOptions } from '../start/open-server.js';
import { migrateShards } from '../start/open-shards.js';
import type { Startup } from '../start/startup.js';
import { parseCommand } from './usage.js';
import { withServer } from './with-database.js';

export async function migrate(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { grants: { type: 'string' } } });
  const role = values.grants;
  if (role !== undefined)
    return withServer(config, startup, ({ url }) =>
      grantsFor(config.databaseMigrateUrl ?? config.databaseDirectUrl ?? url, role, serverOptions(config)),
    );
  const migrated = async () => {
    await migrateShards(config, startup);
    const { length } = config.shardUrls;
    return length === 0 ? 'The database is up to date.\n' : `The ${length + 1} databases are up to date.\n`;
  };
  return withServer(config, startup, migrated, { migrates: true });
}
