import { resolve } from 'node:path';
import { flag, integer, oneOf, postgresSettings } from '../parsers.js';
import { settings, WrongValue } from '../setting.js';
import { postgresUrl, postgresUrls } from '../url-parsers.js';

const MIGRATE_MODES = ['auto', 'off', 'only'] as const;
export type MigrateMode = (typeof MIGRATE_MODES)[number];

export const postgres = settings({
  databaseUrl: {
    variable: 'DATABASE_URL',
    default: undefined,
    parse: postgresUrl,
    isSecret: true,
    description: 'URL of a PostgreSQL 15 or newer to use instead of the embedded one.',
    details:
      'The embedded one is then neither started nor loaded, and nothing is seeded. Through PgBouncer in transaction mode it needs `?prepare=transaction` or `?prepare=false`: see [Poolers](#poolers).',
  },
  databaseDirectUrl: {
    variable: 'DATABASE_DIRECT_URL',
    default: undefined,
    parse: postgresUrl,
    isSecret: true,
    description: 'URL that bypasses the pooler of `DATABASE_URL`, for NOTIFY and for migrations.',
    details: 'Without it, a gateway that uses a pooler polls the log of changes.',
  },
  databaseMigrateUrl: {
    variable: 'DATABASE_MIGRATE_URL',
    default: undefined,
    parse: postgresUrl,
    isSecret: true,
    description: 'URL of the same database with the role that migrates it.',
    details:
      'Without it, that is `DATABASE_DIRECT_URL`, or else `DATABASE_URL`. See [Migrations](#migrations).',
  },
  migrate: {
    variable: 'MIGRATE',
    default: 'auto' as MigrateMode,
    parse: oneOf<MigrateMode>(MIGRATE_MODES),
    description: 'Whether the start of a gateway migrates the database: `auto`, `off` or `only`.',
    details:
      '`off`: it ends where migrations are missing. `only`: it ends when none is missing any more, as `switchboard migrate` does.',
  },
  databasePasswordFile: {
    variable: 'DATABASE_PASSWORD_FILE',
    default: undefined as string | undefined,
    parse: (input) => resolve(input),
    description: 'File with the password for the URLs of Postgres that have none.',
    details: 'It is read anew for each connection, so that the password can be replaced.',
  },
  databaseSchema: {
    variable: 'DATABASE_SCHEMA',
    default: undefined as string | undefined,
    parse: (input) => {
      if (/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(input)) return input;
      throw new WrongValue(
        'must be a name of small letters, digits and _ that does not begin with pg_',
        input,
      );
    },
    shownDefault: '',
    description: 'Schema of the tables, which the first migration makes if it is not there.',
    details: 'Without it, the first one in the `search_path` of the role, usually `public`.',
  },
  dataDir: {
    variable: 'DATA_DIR',
    default: resolve('.data'),
    shownDefault: '`.data`',
    parse: (input) => resolve(input),
    description: 'Folder of the embedded Postgres.',
    details:
      'Root must put it below folders that other users may enter, because Postgres refuses to run as root; else it only links to a folder in `/var/lib/switchboard`, and each start says so.',
  },
  embeddedSettings: {
    variable: 'EMBEDDED_POSTGRES_SETTINGS',
    default: undefined,
    parse: postgresSettings,
    description:
      'Settings of the embedded Postgres, separated by commas, e.g. `shared_buffers=2GB, work_mem=16MB, port=5433`.',
    details:
      'Without `port` it takes the one that it had, or any free one. It reads them when it starts, which the first gateway or command has it do.',
  },
  demo: {
    variable: 'DEMO',
    default: true,
    parse: flag,
    description:
      "Whether a new embedded database gets the organization `demo` and the vendors' example calls.",
    details: 'Also whether [calls can be simulated](demo.md) over HTTP.',
  },
  databasePoolSize: {
    variable: 'DATABASE_POOL_SIZE',
    default: 20,
    parse: integer(1, 1000),
    description: 'Number of connections to Postgres for requests, one of them for sign-in.',
    details: 'Up to three more listen and check its health.',
  },
  databaseReadUrl: {
    variable: 'DATABASE_READ_URL',
    default: [] as readonly string[],
    parse: postgresUrls,
    isSecret: true,
    description: 'URLs of streaming replicas of `DATABASE_URL` that queries read from, separated by commas.',
    details:
      'Each leads straight to one server. All gateways on a database need it, or none. See [Scale](scale.md).',
  },
  databaseReadPoolSize: {
    variable: 'DATABASE_READ_POOL_SIZE',
    default: 20,
    parse: integer(1, 1000),
    description: 'Number of connections to each replica for queries.',
    details: 'One more looks how far it is.',
  },
  databaseReadMaxLag: {
    variable: 'DATABASE_READ_MAX_LAG',
    default: 1,
    parse: integer(0, 3600),
    description:
      'Seconds that a replica, and so a query without a consistency token, may be behind the primary.',
    details:
      'With 0, queries without a token read from the primary, and others from any replica that has what they need.',
  },
  shardUrls: {
    variable: 'SHARD_URLS',
    default: [] as readonly string[],
    parse: postgresUrls,
    isSecret: true,
    description: 'URLs of more databases that organizations are placed in, separated by commas.',
    details:
      'The first is shard 1, and `DATABASE_URL` is shard 0. Append to it only: each organization keeps its number. `DATABASE_POOL_SIZE` counts for each. See [Scale](scale.md#more-than-one-postgres).',
  },
  databaseTimeout: {
    variable: 'DATABASE_TIMEOUT',
    default: 15,
    parse: integer(1, 3600),
    description: 'Seconds that a statement may take, up to a third of them waiting for a connection.',
  },
});
