import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULTS, loadConfig } from '../../src/config/config.js';
import { ConfigError, defaultsOf } from '../../src/config/read-table.js';
import { limits } from '../../src/config/tables/limits.js';

describe('loadConfig', () => {
  test('has a default for every variable', () => {
    expect(loadConfig({})).toEqual({
      envFile: '.env',
      port: 4000,
      host: '127.0.0.1',
      publicUrl: undefined,
      databaseUrl: undefined,
      databaseDirectUrl: undefined,
      databaseMigrateUrl: undefined,
      migrate: 'auto',
      databasePasswordFile: undefined,
      databaseSchema: undefined,
      databaseReadUrl: [],
      databaseReadPoolSize: 20,
      databaseReadMaxLag: 1,
      shardUrls: [],
      dataDir: resolve('.data'),
      embeddedSettings: undefined,
      demo: true,
      databasePoolSize: 20,
      bodyLimit: 4_194_304,
      metadataMaxBytes: 262_144,
      metadataMaxDepth: 32,
      liveMaxConnections: 2000,
      liveMaxSubscriptions: 5_000,
      liveMaxAnonymous: 64,
      liveBufferLimit: 1_048_576,
      liveFrameLimit: 4_194_304,
      livePingInterval: 12,
      jwt: null,
      logLevel: 'info',
      databaseTimeout: 15,
      maxConcurrentRequests: 64,
      maxQueuedRequests: 1024,
      answerMaxBytes: 67_108_864,
      answersMaxBytes: DEFAULTS.answersMaxBytes,
      metricsToken: undefined,
      startTimeout: 30,
      drainDelay: 2,
      shutdownTimeout: 10,
      slowStatement: 1000,
      otlpEndpoint: undefined,
      otelServiceName: 'switchboard',
      corsOrigins: undefined,
      explorer: true,
      wallboard: true,
      trustProxy: null,
      federation: false,
      persistedManifest: undefined,
      persistedOperations: 'off',
      requestTimeout: 30,
      headersTimeout: 15,
      keepAliveTimeout: 72,
      connectionTimeout: 120,
      secretsKeys: undefined,
      vendors: true,
      vendorsAllowPrivate: false,
      vendorApis: ['burki', 'creovai', 'vcita', 'bird'],
      callFlowExpiry: 60,
      retainLog: null,
      retainEvents: null,
      retainCalls: null,
      retainDeliveries: null,
      retainBodies: 30,
      retainKeys: 30,
      ...defaultsOf(limits),
    });
  });

  test('reads every variable', () => {
    const config = loadConfig({
      PORT: '0',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://switchboard.example.com/api/',
      DATABASE_URL: 'postgresql://me:secret@db.example/calls',
      DATABASE_DIRECT_URL: 'postgresql://me:secret@direct.example/calls',
      DATABASE_MIGRATE_URL: 'postgresql://owner:secret@direct.example/calls',
      MIGRATE: 'Off',
      DATABASE_SCHEMA: 'calls_2',
      DATABASE_PASSWORD_FILE: '/run/secrets/postgres',
      DATABASE_READ_URL:
        'postgres://me:secret@a.example/calls, postgresql://me:secret@b.example,c.example/calls',
      DATABASE_READ_POOL_SIZE: '6',
      DATABASE_READ_MAX_LAG: '0',
      SHARD_URLS: 'postgres://me:secret@s1.example/calls,postgres://me:secret@s2.example/calls',
      DATA_DIR: '/srv/switchboard',
      EMBEDDED_POSTGRES_SETTINGS: 'work_mem=16MB, log_line_prefix = %m, %p,pg_trgm.similarity_threshold=0.4',
      DEMO: 'no',
      DATABASE_POOL_SIZE: '25',
      BODY_LIMIT: '2048',
      METADATA_MAX_BYTES: '4096',
      METADATA_MAX_DEPTH: '8',
      LIVE_MAX_CONNECTIONS: '3',
      LIVE_MAX_SUBSCRIPTIONS: '4',
      LIVE_MAX_ANONYMOUS: '5',
      LIVE_BUFFER_LIMIT: '2000',
      LIVE_FRAME_LIMIT: '3000',
      LIVE_PING_INTERVAL: '5',
      LOG_LEVEL: 'Silent',
      DATABASE_TIMEOUT: '7',
      MAX_CONCURRENT_REQUESTS: '20',
      MAX_QUEUED_REQUESTS: '0',
      ANSWER_MAX_BYTES: '1000000',
      ANSWERS_MAX_BYTES: '5000000',
      METRICS_TOKEN: 'tell-me',
      START_TIMEOUT: '9',
      DRAIN_DELAY: '0',
      SHUTDOWN_TIMEOUT: '3',
      SLOW_STATEMENT: '250',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
      OTEL_SERVICE_NAME: 'calls',
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      FEDERATION: 'true',
      PERSISTED_MANIFEST: '/manifest.json',
      PERSISTED_OPERATIONS: 'only',
      REQUEST_TIMEOUT: '31',
      HEADERS_TIMEOUT: '16',
      KEEP_ALIVE_TIMEOUT: '73',
      CONNECTION_TIMEOUT: '121',
      SECRETS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      VENDORS: 'off',
      VENDORS_ALLOW_PRIVATE: 'yes',
      VENDOR_APIS: 'Bird, burki',
      CALL_FLOW_EXPIRY: '61',
      RETAIN_LOG: '90',
      RETAIN_EVENTS: '91',
      RETAIN_CALLS: '2555',
      RETAIN_DELIVERIES: '92',
      RETAIN_BODIES: 'off',
      RETAIN_KEYS: '1',
      EXPLORER: 'off',
      WALLBOARD: 'off',
      ENV_FILE: 'production.env',
    });
    expect(config).toEqual({
      envFile: 'production.env',
      port: 0,
      trustProxy: null,
      explorer: false,
      wallboard: false,
      host: '0.0.0.0',
      publicUrl: 'https://switchboard.example.com/api',
      databaseUrl: 'postgresql://me:secret@db.example/calls',
      databaseDirectUrl: 'postgresql://me:secret@direct.example/calls',
      databaseMigrateUrl: 'postgresql://owner:secret@direct.example/calls',
      migrate: 'off',
      databaseSchema: 'calls_2',
      databasePasswordFile: '/run/secrets/postgres',
      databaseReadUrl: [
        'postgres://me:secret@a.example/calls',
        'postgresql://me:secret@b.example,c.example/calls',
      ],
      databaseReadPoolSize: 6,
      databaseReadMaxLag: 0,
      shardUrls: ['postgres://me:secret@s1.example/calls', 'postgres://me:secret@s2.example/calls'],
      dataDir: '/srv/switchboard',
      embeddedSettings: {
        work_mem: '16MB',
        log_line_prefix: '%m, %p',
        'pg_trgm.similarity_threshold': '0.4',
      },
      demo: false,
      databasePoolSize: 25,
      bodyLimit: 2048,
      metadataMaxBytes: 4096,
      metadataMaxDepth: 8,
      liveMaxConnections: 3,
      liveMaxSubscriptions: 4,
      liveMaxAnonymous: 5,
      liveBufferLimit: 2000,
      liveFrameLimit: 3000,
      livePingInterval: 5,
      jwt: null,
      logLevel: 'silent',
      databaseTimeout: 7,
      maxConcurrentRequests: 20,
      maxQueuedRequests: 0,
      answerMaxBytes: 1_000_000,
      answersMaxBytes: 5_000_000,
      metricsToken: 'tell-me',
      startTimeout: 9,
      drainDelay: 0,
      shutdownTimeout: 3,
      slowStatement: 250,
      otlpEndpoint: 'http://localhost:4318',
      otelServiceName: 'calls',
      corsOrigins: ['https://a.example', 'http://localhost:3000'],
      federation: true,
      persistedManifest: '/manifest.json',
      persistedOperations: 'only',
      requestTimeout: 31,
      headersTimeout: 16,
      keepAliveTimeout: 73,
      connectionTimeout: 121,
      secretsKeys: [{ name: 'k1', key: Buffer.alloc(32, 1) }],
      vendors: false,
      vendorsAllowPrivate: true,
      vendorApis: ['burki', 'bird'],
      callFlowExpiry: 61,
      retainLog: 90,
      retainEvents: 91,
      retainCalls: 2555,
      retainDeliveries: 92,
      retainBodies: null,
      retainKeys: 1,
      ...defaultsOf(limits),
    });
  });

  test('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: ' ', DEMO: '' })).toEqual(loadConfig({}));
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });

  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PUBLIC_URL', 'calls.example.com'],
    ['PUBLIC_URL', 'https://calls.example.com/?a=1'],
    ['PUBLIC_URL', 'https://me@calls.example.com'],
    ['PORT', 'http'],
    ['DATABASE_URL', 'mysql://me@localhost/calls'],
    ['DATABASE_URL', 'localhost:5432'],
    ['DATABASE_READ_URL', 'postgres://me@a.example/calls,mysql://me@b.example/calls'],
    ['DEMO', 'maybe'],
    ['EMBEDDED_POSTGRES_SETTINGS', 'work_mem'],
    ['EMBEDDED_POSTGRES_SETTINGS', '--work_mem=1MB'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_SCHEMA', 'Calls'],
    ['DATABASE_SCHEMA', 'pg_calls'],
    ['DATABASE_SCHEMA', 'a, b'],
    ['BODY_LIMIT', '4MiB'],
    ['METADATA_MAX_BYTES', '1'],
    ['METADATA_MAX_DEPTH', '0'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_TIMEOUT', '0'],
    ['MAX_CONCURRENT_REQUESTS', '0'],
    ['DRAIN_DELAY', '-1'],
    ['SHUTDOWN_TIMEOUT', '10s'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
  ])('refuses %s=%s in one line that names the variable', (name, value) => {
    const load = () => loadConfig({ [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${name} must be [^\\n]+$`));
  });

  test.each(['listen_addresses=*', 'work_mem=1MB, data_directory=/srv'])(
    'refuses EMBEDDED_POSTGRES_SETTINGS=%s, by which the gateway would not find its Postgres',
    (value) => {
      const load = () => loadConfig({ EMBEDDED_POSTGRES_SETTINGS: value });
      expect(load).toThrow(/^EMBEDDED_POSTGRES_SETTINGS must not set (?:listen_addresses|data_directory),/);
    },
  );

  test('never repeats the password of a DATABASE_URL', () => {
    const load = () => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@localhost/calls' });
    expect(load).toThrow(ConfigError);
    expect(load).not.toThrow(/hunter2/);
  });

  test.each([
    [
      { DATABASE_READ_URL: 'postgres://me:hunter2@a/calls' },
      /^DATABASE_URL must be set with DATABASE_READ_URL/,
    ],
    [
      {
        DATABASE_URL: 'postgres://me@p/calls',
        DATABASE_READ_URL: 'postgres://a/calls,postgres://b/calls?prepare=false',
      },
      /^DATABASE_READ_URL must lead straight to the replicas/,
    ],
    [
      { DATABASE_URL: 'postgres://me@p/calls?prepare=false', DATABASE_READ_URL: 'postgres://a/calls' },
      /^DATABASE_DIRECT_URL must be set with DATABASE_READ_URL/,
    ],
    [{ SHARD_URLS: 'postgres://me:hunter2@a/calls' }, /^DATABASE_URL must be set with SHARD_URLS/],
    [
      { DATABASE_URL: 'postgres://a/calls', SHARD_URLS: 'postgres://b/calls,postgres://a/calls' },
      /^SHARD_URLS must lead to databases of their own/,
    ],
  ])('refuses databases that do not belong together: %j', (env, message) => {
    expect(() => loadConfig(env)).toThrow(ConfigError);
    expect(() => loadConfig(env)).toThrow(message);
    expect(() => loadConfig(env)).not.toThrow(/hunter2/);
  });
});
