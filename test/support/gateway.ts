import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { request } from 'undici';
import { expect, vi } from 'vitest';
import type { SecretsKey } from '../../src/config/secrets-keys.js';
import type { LogLevel } from '../../src/config/tables/operations.js';
import { type Account, currentAccount } from '../../src/db/connection/account.js';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/db/database.js';
import { createGateway, type GatewayConfig, type LiveCounts } from '../../src/gateway.js';
import { ApiKeyService, type NewApiKey } from '../../src/identity/api-key.service.js';
import { createTestDatabase } from './postgres.js';

/** A GraphQL answer; the shape of `data` is the document's. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
  data: any;
  errors?: { message: string; path?: string[]; extensions: { code: string } & Record<string, unknown> }[];
}

export type Variables = Record<string, unknown>;

/** A client with one API key. */
export interface Client {
  token: string;
  /** Sends a document and takes the answer as it comes. */
  send(query: string, variables?: Variables): Promise<Answer>;
  /** Sends a document that must succeed, and answers with its data. */
  ask(query: string, variables?: Variables): Promise<Answer['data']>;
}

export interface ChargedStatement {
  query: string;
  account: Account | null;
}

export interface TestGateway {
  url: string;
  databaseUrl: string;
  database: Database;
  /** The statements that were sent since the last call of `takeStatements`. */
  takeStatements(): string[];
  /** The same, with the account that each was charged to when it was sent; null in a transaction, which is charged whole. */
  takeCharged(): ChargedStatement[];
  log: string[];
  /** A client with a new key; without options of a new organization, with all scopes. */
  client(key?: Partial<NewApiKey>, shard?: number): Promise<Client>;
  /** In the order of their numbers; the first is `database`. */
  databases: readonly Database[];
  anonymous(authorization?: string): Client;
  counts(): LiveCounts;
  drain(): void;
  /** Waits until so many subscribers have begun. */
  subscribers(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Of all test gateways, so that one opens what another one has sealed. */
export const TEST_SECRETS_KEYS: readonly SecretsKey[] = [{ name: 'test', key: Buffer.alloc(32, 7) }];

/** The gateway's own statements: at its start, every half minute, and every second once there are vendor accounts. */
const OWN_LOOK =
  /^select distinct a\.organization_id from event_admissions|claim_(?:deliveries|messages|imports)\(|^update "vendor_accounts" set "updates_due_at" = clock_timestamp\(\) \+ make_interval\(secs => \$1::float8\), "updates_tries"|^\s*update "deliveries" d set state = 'DISCARDED'|^\s*update "api_keys" set last_used_at/;

const isOwnLook = (query: string) => OWN_LOOK.test(query);

/**
 * The real gateway on a database of its own, listening on a free port. With TEST_ON_SHARD=1, organizations are on the other
 * of two: it shows that nothing but sign-in needs the first one.
 */
export async function openTestGateway(
  config: GatewayConfig = {},
  logLevel: LogLevel = 'warn',
): Promise<TestGateway> {
  const test = await createTestDatabase();
  if (process.env.TEST_ON_SHARD !== '1') return openGatewayOn(test.url, config, test.drop, logLevel);
  const front = await createTestDatabase();
  const drop = async () => {
    await test.drop();
    await front.drop();
  };
  const gateway = await openGatewayOn(front.url, config, drop, logLevel, {}, [test.url]);
  return {
    ...gateway,
    databaseUrl: test.url,
    database: gateway.databases[1] as Database,
    client: (key) => gateway.client(key, 1),
  };
}

/** One with several databases. */
export async function openShardedGateway(
  config: GatewayConfig = {},
  count = 2,
  logLevel: LogLevel = 'warn',
): Promise<TestGateway> {
  const [first, ...others] = await Promise.all(Array.from({ length: count }, createTestDatabase));
  const drop = async () => {
    for (const test of [first, ...others]) await test?.drop();
  };
  const urls = others.map(({ url }) => url);
  return openGatewayOn(first?.url as string, config, drop, logLevel, {}, urls);
}

/** A gateway on an existing database. */
export async function openGatewayOn(
  databaseUrl: string,
  config: GatewayConfig = {},
  drop = async () => {},
  logLevel: LogLevel = 'warn',
  options: Partial<DatabaseOptions> = {},
  shardUrls: readonly string[] = [],
): Promise<TestGateway> {
  let statements: ChargedStatement[] = [];
  const takeCharged = () => {
    const taken = statements;
    statements = [];
    return taken;
  };
  const log: string[] = [];
  const open = (url: string) =>
    openDatabase({
      url,
      poolSize: 8,
      // A busy machine needs a longer timeout.
      timeout: 300,
      logger: {
        logQuery: (query) => void (isOwnLook(query) || statements.push({ query, account: currentAccount() })),
      },
      ...options,
    });
  const database = await open(databaseUrl);
  const shards = await Promise.all(shardUrls.map(open));
  const databases = [database, ...shards];
  const gateway = await createGateway({
    config: {
      port: 0,
      // A test may send many requests at once, to a machine that has much else to do.
      maxConcurrentRequests: 1_000,
      // Silent connections are cut off at once.
      shutdownTimeout: 0,
      secretsKeys: TEST_SECRETS_KEYS,
      // Fake vendors listen on this machine.
      vendorsAllowPrivate: true,
      // So may a statement there.
      slowStatement: 0,
      // Nothing is as old in a test, and rounds would be among the statements.
      retainBodies: null,
      retainKeys: null,
      ...config,
    },
    database,
    shards,
    log: pino({ level: logLevel }, { write: (line: string) => void log.push(line) }),
  });
  const { url } = await gateway.listen();
  const keys = new ApiKeyService(database);
  return {
    url,
    databaseUrl,
    database,
    databases,
    log,
    takeCharged,
    takeStatements: () => takeCharged().map(({ query }) => query),
    client: async (key = {}, shard = 0) => {
      const place = shard === 0 ? undefined : { shard, database: databases[shard] as Database };
      const { token } = await keys.create(
        {
          organization: `org-${randomBytes(6).toString('hex')}`,
          name: 'test key',
          kind: 'APP',
          staffUid: null,
          scopes: ['ADMIN'],
          expiresAt: null,
          ...key,
        },
        { place },
      );
      return clientOf(url, token, `Bearer ${token}`);
    },
    counts: gateway.counts,
    drain: gateway.drain,
    subscribers: (count) =>
      vi.waitFor(() => expect(gateway.counts().admitted).toBe(count), { timeout: 60_000, interval: 5 }),
    anonymous: (authorization) => clientOf(url, '', authorization),
    close: async () => {
      await gateway.close();
      for (const each of databases) await each.close();
      await drop();
    },
  };
}

/** A client of any gateway. */
export function clientOf(url: string, token: string, authorization: string | undefined): Client {
  const send = async (query: string, variables?: Variables): Promise<Answer> => {
    // fetch is several times slower, and tests send thousands of requests.
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: statusCode, ...((await body.json()) as Omit<Answer, 'status'>) };
  };
  const ask = async (query: string, variables?: Variables) => {
    const { data, errors } = await send(query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return { token, send, ask };
}
