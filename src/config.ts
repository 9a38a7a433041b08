import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { cleanEnv, makeValidator } from 'envalid';
import { type ExposureConfig, exposureOf, exposureVariables } from './config-exposure.js';
import { JWT_VARIABLES, type JwtConfig, jwtConfig } from './config-jwt.js';
import { flag, integer, text } from './config-values.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that the environment can change. An empty variable counts as one that is not set. */
export interface Config extends ExposureConfig {
  /** PORT: the TCP port of the gateway, 0 for any free one. Default 4000. */
  readonly port: number;
  /** HOST: the address to listen on. Default 127.0.0.1. */
  readonly host: string;
  /** DATABASE_URL: the Postgres to use, postgres://… or postgresql://…. Not set: the embedded one. */
  readonly databaseUrl: string | undefined;
  /** DATABASE_DIRECT_URL: past the pooler that DATABASE_URL leads to, for migrations and LISTEN. Default DATABASE_URL. */
  readonly databaseDirectUrl: string | undefined;
  /** DATA_DIR: the folder of the embedded Postgres, made absolute. Default .data in the working directory. */
  readonly dataDir: string;
  /** DEMO: whether a new embedded database gets the organization `demo` with the vendors' example calls. Default true. */
  readonly demo: boolean;
  /** DATABASE_POOL_SIZE: how many connections the gateway keeps to Postgres, one of them for sign-in. Default 20. */
  readonly databasePoolSize: number;
  /** BODY_LIMIT: the largest request body, in bytes. Default 4194304 (4 MiB). */
  readonly bodyLimit: number;
  /** METADATA_MAX_BYTES: the most that one call's metadata may hold, in bytes of JSON. Default 262144 (256 KiB). */
  readonly metadataMaxBytes: number;
  /** METADATA_MAX_DEPTH: how many levels of objects and arrays metadata may nest. Default 32. */
  readonly metadataMaxDepth: number;
  /** LIVE_MAX_CONNECTIONS: how many WebSockets and event streams one API key may have open at once. Default 2000. */
  readonly liveMaxConnections: number;
  /** LIVE_MAX_SUBSCRIPTIONS: how many subscriptions one API key may have at once, on all of them. Default 5000. */
  readonly liveMaxSubscriptions: number;
  /** LIVE_BUFFER_LIMIT: bytes that may wait for a subscriber who reads slowly; the rest stays in the log. Default 1048576 (1 MiB). */
  readonly liveBufferLimit: number;
  /** LIVE_FRAME_LIMIT: bytes of a subscription's answer to one change; more ends the subscription. Default 4194304 (4 MiB). */
  readonly liveFrameLimit: number;
  /** LIVE_PING_INTERVAL: seconds between two pings. Who has not answered by the next, or has taken nothing of what waits between two, is cut off. Default 12. */
  readonly livePingInterval: number;
  /** JWT_…: the signed tokens that people sign in with; null where none do. */
  readonly jwt: JwtConfig | null;
  /** LOG_LEVEL: trace, debug, info, warn, error, fatal or silent; info has a line for each request. Default info. */
  readonly logLevel: LogLevel;
  /** DATABASE_TIMEOUT: seconds that a statement may take, of which a third may go into waiting for a connection. Default 15. */
  readonly databaseTimeout: number;
  /** MAX_CONCURRENT_REQUESTS: how many requests are executed at once. Default 64. */
  readonly maxConcurrentRequests: number;
  /** MAX_QUEUED_REQUESTS: how many more wait for their turn; the next is 503. Default 1024. */
  readonly maxQueuedRequests: number;
  /** ANSWER_MAX_BYTES: bytes that are read for one answer, and bytes that it has. Default 67108864 (64 MiB). */
  readonly answerMaxBytes: number;
  /** ANSWERS_MAX_BYTES: bytes that all answers under way take together. Default 268435456 (256 MiB), or a twelfth of the heap. */
  readonly answersMaxBytes: number;
  /** METRICS_TOKEN: what /metrics asks for as `Authorization: Bearer …`. Not set: it is open. */
  readonly metricsToken: string | undefined;
  /** DRAIN_DELAY: seconds from SIGTERM, when /health/ready says that it drains, to the end of listening; at most half of SHUTDOWN_TIMEOUT. Default 2. */
  readonly drainDelay: number;
  /** SHUTDOWN_TIMEOUT: how long an orderly stop may take before it is cut short, in seconds. Default 10. */
  readonly shutdownTimeout: number;
  /** OTEL_EXPORTER_OTLP_ENDPOINT: where OpenTelemetry's spans go, e.g. http://localhost:4318. Not set: there are none. */
  readonly otlpEndpoint: string | undefined;
}

/** How many times its bytes a value that was read may take on the heap, e.g. a list of empty lists. */
const SWELLING = 12;

/** How a gateway is watched and survives when nothing else is said. */
export const OPERATIONS_DEFAULTS = {
  maxConcurrentRequests: 64,
  maxQueuedRequests: 1024,
  answerMaxBytes: 67_108_864,
  answersMaxBytes: Math.min(268_435_456, Math.floor(getHeapStatistics().heap_size_limit / SWELLING)),
  metricsToken: undefined,
} as const satisfies Partial<Config>;

/** What serves a subscriber when nothing else is said. */
export const LIVE_DEFAULTS = {
  liveMaxConnections: 2_000,
  liveMaxSubscriptions: 5_000,
  liveBufferLimit: 1_048_576,
  liveFrameLimit: 4_194_304,
  livePingInterval: 12,
} as const satisfies Partial<Config>;

/** The environment cannot be used. The message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError for the first variable whose value cannot be used. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const clean = cleanEnv(
    set,
    {
      PORT: integer(0, 65_535)({ default: 4000 }),
      HOST: text({ default: '127.0.0.1' }),
      DATABASE_URL: postgresUrl({ default: undefined }),
      DATABASE_DIRECT_URL: postgresUrl({ default: undefined }),
      DATA_DIR: text({ default: '.data' }),
      DEMO: flag({ default: true }),
      DATABASE_POOL_SIZE: integer(1, 1000)({ default: 20 }),
      BODY_LIMIT: integer(1024, 1_073_741_824)({ default: 4_194_304 }),
      METADATA_MAX_BYTES: integer(2, 67_108_864)({ default: 262_144 }),
      METADATA_MAX_DEPTH: integer(1, 1000)({ default: 32 }),
      LIVE_MAX_CONNECTIONS: integer(1, 1_000_000)({ default: LIVE_DEFAULTS.liveMaxConnections }),
      LIVE_MAX_SUBSCRIPTIONS: integer(1, 1_000_000)({ default: LIVE_DEFAULTS.liveMaxSubscriptions }),
      LIVE_BUFFER_LIMIT: integer(1024, 1_073_741_824)({ default: LIVE_DEFAULTS.liveBufferLimit }),
      LIVE_FRAME_LIMIT: integer(1024, 268_435_456)({ default: LIVE_DEFAULTS.liveFrameLimit }),
      LIVE_PING_INTERVAL: integer(1, 3600)({ default: LIVE_DEFAULTS.livePingInterval }),
      ...JWT_VARIABLES,
      LOG_LEVEL: logLevel({ default: 'info' }),
      DATABASE_TIMEOUT: integer(1, 3600)({ default: 15 }),
      MAX_CONCURRENT_REQUESTS: integer(1, 1_000_000)({ default: OPERATIONS_DEFAULTS.maxConcurrentRequests }),
      MAX_QUEUED_REQUESTS: integer(0, 1_000_000)({ default: OPERATIONS_DEFAULTS.maxQueuedRequests }),
      ANSWER_MAX_BYTES: integer(1024, 536_870_912)({ default: OPERATIONS_DEFAULTS.answerMaxBytes }),
      ANSWERS_MAX_BYTES: integer(65_536, 1_099_511_627_776)({ default: OPERATIONS_DEFAULTS.answersMaxBytes }),
      METRICS_TOKEN: text({ default: undefined }),
      DRAIN_DELAY: integer(0, 3600)({ default: 2 }),
      SHUTDOWN_TIMEOUT: integer(0, 3600)({ default: 10 }),
      OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({ default: undefined }),
      ...exposureVariables,
    },
    { reporter: ({ errors }) => refuseFirst(errors) },
  );
  return Object.freeze({
    port: clean.PORT,
    host: clean.HOST,
    databaseUrl: clean.DATABASE_URL,
    databaseDirectUrl: clean.DATABASE_DIRECT_URL,
    dataDir: resolve(clean.DATA_DIR),
    demo: clean.DEMO,
    databasePoolSize: clean.DATABASE_POOL_SIZE,
    bodyLimit: clean.BODY_LIMIT,
    metadataMaxBytes: clean.METADATA_MAX_BYTES,
    metadataMaxDepth: clean.METADATA_MAX_DEPTH,
    liveMaxConnections: clean.LIVE_MAX_CONNECTIONS,
    liveMaxSubscriptions: clean.LIVE_MAX_SUBSCRIPTIONS,
    liveBufferLimit: clean.LIVE_BUFFER_LIMIT,
    liveFrameLimit: clean.LIVE_FRAME_LIMIT,
    livePingInterval: clean.LIVE_PING_INTERVAL,
    jwt: jwtConfig(clean, refuse),
    logLevel: clean.LOG_LEVEL,
    databaseTimeout: clean.DATABASE_TIMEOUT,
    maxConcurrentRequests: clean.MAX_CONCURRENT_REQUESTS,
    maxQueuedRequests: clean.MAX_QUEUED_REQUESTS,
    answerMaxBytes: clean.ANSWER_MAX_BYTES,
    answersMaxBytes: clean.ANSWERS_MAX_BYTES,
    metricsToken: clean.METRICS_TOKEN,
    drainDelay: clean.DRAIN_DELAY,
    shutdownTimeout: clean.SHUTDOWN_TIMEOUT,
    otlpEndpoint: clean.OTEL_EXPORTER_OTLP_ENDPOINT,
    ...exposureOf(clean),
  });
}

function refuse(message: string): never {
  throw new ConfigError(message);
}

function refuseFirst(errors: Partial<Record<string, Error>>): void {
  for (const [name, error] of Object.entries(errors)) {
    if (error) throw new ConfigError(`${name} ${error.message}`);
  }
}

const logLevel = makeValidator<LogLevel>((input) => {
  const level = LOG_LEVELS.find((known) => known === input.trim().toLowerCase());
  if (level) return level;
  throw new Error(`must be one of ${LOG_LEVELS.join(', ')}, not "${input}"`);
});

// The value is never repeated in the message: it may hold a password.
const postgresUrl = makeValidator<string>((input) => {
  const value = input.trim();
  if (URL.canParse(value) && ['postgres:', 'postgresql:'].includes(new URL(value).protocol)) return value;
  throw new Error('must be a URL that begins with postgres:// or postgresql://');
});

const httpUrl = makeValidator<string>((input) => {
  const value = input.trim();
  if (URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol)) return value;
  throw new Error('must be a URL that begins with http:// or https://');
});
