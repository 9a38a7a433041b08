import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { request } from 'undici';
import { expect, vi } from 'vitest';
import { LIVE_DEFAULTS, type LogLevel } from '../../src/config.js';
import { EXPOSURE_DEFAULTS } from '../../src/config-exposure.js';
import { type Account, currentAccount } from '../../src/db/account.js';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/db/database.js';
import { createGateway, type GatewayConfig, type LiveCounts } from '../../src/gateway.js';
import { ApiKeyService, type NewApiKey } from '../../src/identity/api-key.service.js';
import { createTestDatabase } from './postgres.js';

/** A GraphQL answer. Tests pick what they need out of data: its shape is the document's. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
  data: any;
  errors?: { message: string; path?: string[]; extensions: { code: string } & Record<string, unknown> }[];
}

export type Variables = Record<string, unknown>;

/** One API key's way in. */
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
  /** What was logged. */
  log: string[];
  /** A client with a new key; without options of a new organization, with all scopes. */
  client(key?: Partial<NewApiKey>): Promise<Client>;
  anonymous(authorization?: string): Client;
  /** What is open at the moment. */
  counts(): LiveCounts;
  /** Begins to stop. */
  drain(): void;
  /** Waits until so many subscribers have begun. */
  subscribers(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What the gateway asks by itself, at its start and every half minute, for all organizations: no request's statement. */
const isOwnLook = (query: string) => query === 'select distinct organization_id from event_admissions';

/** The real gateway on a database of its own, listening on a free port. */
export async function openTestGateway(
  config: Partial<GatewayConfig> = {},
  logLevel: LogLevel = 'warn',
): Promise<TestGateway> {
  const test = await createTestDatabase();
  return openGatewayOn(test.url, config, test.drop, logLevel);
}

/** One more gateway on a database that is there already. */
export async function openGatewayOn(
  databaseUrl: string,
  config: Partial<GatewayConfig> = {},
  drop = async () => {},
  logLevel: LogLevel = 'warn',
  options: Partial<DatabaseOptions> = {},
): Promise<TestGateway> {
  let statements: ChargedStatement[] = [];
  const takeCharged = () => {
    const taken = statements;
    statements = [];
    return taken;
  };
  const log: string[] = [];
  const database = await openDatabase({
    url: databaseUrl,
    poolSize: 8,
    logger: {
      logQuery: (query) => void (isOwnLook(query) || statements.push({ query, account: currentAccount() })),
    },
    ...options,
  });
  const gateway = await createGateway({
    config: {
      host: '127.0.0.1',
      port: 0,
      bodyLimit: 4_194_304,
      metadataMaxBytes: 262_144,
      metadataMaxDepth: 32,
      ...LIVE_DEFAULTS,
      ...EXPOSURE_DEFAULTS,
      ...config,
    },
    database,
    log: pino({ level: logLevel }, { write: (line: string) => void log.push(line) }),
  });
  const { url } = await gateway.listen();
  const keys = new ApiKeyService(database);
  return {
    url,
    databaseUrl,
    database,
    log,
    takeCharged,
    takeStatements: () => takeCharged().map(({ query }) => query),
    client: async (key = {}) => {
      const { token } = await keys.create({
        organization: `org-${randomBytes(6).toString('hex')}`,
        name: 'test key',
        kind: 'APP',
        staffUid: null,
        scopes: ['ADMIN'],
        expiresAt: null,
        ...key,
      });
      return clientOf(url, token, `Bearer ${token}`);
    },
    counts: gateway.counts,
    drain: gateway.drain,
    subscribers: (count) =>
      vi.waitFor(() => expect(gateway.counts().admitted).toBe(count), { timeout: 20_000, interval: 5 }),
    anonymous: (authorization) => clientOf(url, '', authorization),
    close: async () => {
      await gateway.close();
      await database.close();
      await drop();
    },
  };
}

/** A way in at any gateway. */
export function clientOf(url: string, token: string, authorization: string | undefined): Client {
  const send = async (query: string, variables?: Variables): Promise<Answer> => {
    // Not fetch, which takes several times as long for the same request: tests send thousands.
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
