import { isPooled } from '../foundation/postgres-url.js';
import { type JwtConfig, jwtConfig } from './jwt.js';
import { ConfigError, defaultsOf, readTable } from './read-table.js';
import type { ValuesOf } from './setting.js';
import { SETTINGS } from './table.js';

export interface Config extends ValuesOf<typeof SETTINGS> {
  /** Null if only API keys can sign in. */
  readonly jwt: JwtConfig | null;
}

export const DEFAULTS: Config = Object.freeze({ ...defaultsOf(SETTINGS), jwt: null });

/** An empty variable counts as unset. @throws ConfigError for the first invalid value */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const values = readTable(SETTINGS, env);
  if (values.databaseDirectUrl !== undefined && values.databaseUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL must be set with DATABASE_DIRECT_URL, which only leads past its pooler',
    );
  }
  if (values.databaseMigrateUrl !== undefined && values.databaseUrl === undefined) {
    throw new ConfigError('DATABASE_URL must be set with DATABASE_MIGRATE_URL, which is for its migrations');
  }
  const { databaseReadUrl: replicas, databaseUrl, databaseDirectUrl } = values;
  if (replicas.length > 0 && databaseUrl === undefined) {
    throw new ConfigError('DATABASE_URL must be set with DATABASE_READ_URL, which leads to its replicas');
  }
  if (replicas.some(isPooled)) {
    throw new ConfigError(
      'DATABASE_READ_URL must lead straight to the replicas, not through a pooler (prepare=…)',
    );
  }
  if (replicas.length > 0 && databaseUrl && isPooled(databaseUrl) && databaseDirectUrl === undefined) {
    throw new ConfigError(
      'DATABASE_DIRECT_URL must be set with DATABASE_READ_URL, because DATABASE_URL leads through a pooler',
    );
  }
  const { shardUrls } = values;
  if (shardUrls.length > 0 && databaseUrl === undefined) {
    throw new ConfigError('DATABASE_URL must be set with SHARD_URLS: it knows which organization is where');
  }
  if (new Set([databaseUrl, ...shardUrls]).size <= shardUrls.length) {
    throw new ConfigError(
      'SHARD_URLS must lead to databases of their own: one is there twice, or is DATABASE_URL',
    );
  }
  if (values.databaseSchema && databaseUrl && isPooled(databaseUrl) && databaseDirectUrl === undefined) {
    throw new ConfigError(
      'DATABASE_DIRECT_URL must be set with DATABASE_SCHEMA, because DATABASE_URL leads through a pooler',
    );
  }
  if (values.databaseSchema && shardUrls.some(isPooled)) {
    throw new ConfigError(
      'SHARD_URLS must lead straight to the servers with DATABASE_SCHEMA, not through a pooler',
    );
  }
  const { persistedOperations: mode, persistedManifest: manifest } = values;
  if (mode === 'only' && manifest === undefined) {
    throw new ConfigError(
      'PERSISTED_MANIFEST must be set with PERSISTED_OPERATIONS only, which refuses all else',
    );
  }
  if (mode === 'off' && manifest !== undefined) {
    throw new ConfigError(
      'PERSISTED_OPERATIONS must be auto or only with PERSISTED_MANIFEST, which off ignores',
    );
  }
  return Object.freeze({ ...values, jwt: jwtConfig(env) });
}
