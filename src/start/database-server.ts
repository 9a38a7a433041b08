import type { Config } from '../config/config.js';
import type { SecretsKey } from '../config/secrets-keys.js';
import type { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';

export interface DatabaseServer {
  url: string;
  /**
   * Of the vendor accounts' secrets. None: no account can be made.
   * @param options.isMade false: no key file is made
   */
  secretsKeys(options?: { isMade: boolean }): Promise<readonly SecretsKey[]>;
  close(): Promise<void>;
  explain(error: unknown): Promise<unknown>;
  /** Of the embedded Postgres: see there. */
  watchRestarts: EmbeddedPostgres['watchRestarts'];
  elsewhere: EmbeddedPostgres['elsewhere'];
  /** Null if it is not the embedded one. */
  folder: string | null;
}

export async function openDatabaseServer(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'embeddedSettings' | 'secretsKeys'>,
): Promise<DatabaseServer> {
  const { databaseUrl, secretsKeys: given = [] } = config;
  if (databaseUrl) {
    return {
      url: databaseUrl,
      secretsKeys: async () => given,
      close: async () => {},
      explain: async (error) => error,
      watchRestarts: () => {},
      elsewhere: null,
      folder: null,
    };
  }
  // An optional dependency, not needed with DATABASE_URL.
  const { openEmbeddedPostgres } = await import('../embedded-postgres/embedded-postgres.js');
  const server = await openEmbeddedPostgres({
    dataDir: config.dataDir,
    settings: config.embeddedSettings ?? {},
  });
  return {
    ...server,
    secretsKeys: async ({ isMade } = { isMade: true }) => {
      // Opens what was sealed before SECRETS_KEYS was set.
      const beside = await server.secretsKey({ isMade: isMade && given.length === 0 });
      return beside === null ? given : [...given, beside];
    },
  };
}
