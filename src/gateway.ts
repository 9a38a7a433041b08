import type { RequestListener } from 'node:http';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { readCursorSecret } from './changes/cursor-secret.queries.js';
import { type Config, DEFAULTS } from './config/config.js';
import { publicUrlOf } from './config/public-url.js';
import { Answers } from './db/connection/answers.js';
import type { Database } from './db/database.js';
import { openShard, shardFinder } from './gateway-shard.js';
import { type AnonymousContext, type Context, endOperation } from './graphql/context.js';
import { errorFormatter } from './graphql/errors.js';
import { logCursors } from './graphql/log-cursors.js';
import { compiledOperations } from './graphql-server/execution/executor.js';
import { plainAnswer } from './graphql-server/execution/plain-answer.js';
import { subscriptionSteps } from './graphql-server/execution/subscriptions.js';
import { subgraphOf } from './graphql-server/federation/subgraph.js';
import { limitsSteps } from './graphql-server/limits/limits-steps.js';
import { liveCharges } from './graphql-server/limits/live-charges.js';
import { rateLimiterOf } from './graphql-server/limits/rate-limiter.js';
import { openPersisted } from './graphql-server/persisted/open-persisted.js';
import { absentDirectivesSteps } from './graphql-server/pipeline/absent-directives-steps.js';
import { answerSteps } from './graphql-server/pipeline/answer-steps.js';
import { consistencySteps } from './graphql-server/pipeline/consistency-steps.js';
import { httpSteps } from './graphql-server/pipeline/http-steps.js';
import { largeOperations } from './graphql-server/pipeline/large-operations.js';
import { logEndSteps } from './graphql-server/pipeline/log-end-steps.js';
import { nameArgumentsSteps } from './graphql-server/pipeline/name-arguments-steps.js';
import { requestRecordSteps } from './graphql-server/pipeline/request-record-steps.js';
import { pluginOf } from './graphql-server/pipeline/request-steps.js';
import { signInSteps } from './graphql-server/pipeline/sign-in-steps.js';
import { oneOfVariables } from './graphql-server/schema/one-of.js';
import { publicSchema } from './graphql-server/schema/schema.js';
import { Admission, shedFirst } from './http/admission.js';
import { unserialized } from './http/answer-text.js';
import { parseBodies } from './http/body.js';
import { BodyBudget, boundBodies } from './http/body-budget.js';
import { endConnections } from './http/end-connections.js';
import { explorer } from './http/explorer.js';
import { exportEndpoint } from './http/export.js';
import { openFrontDoor } from './http/front-door.js';
import { graphqlEndpoint } from './http/graphql-endpoint.js';
import { healthEndpoints } from './http/health.js';
import { Origins } from './http/origins.js';
import { recordingEndpoint } from './http/recordings.js';
import { type ContextOf, requestContexts } from './http/request-context.js';
import { schemaEndpoint } from './http/schema-endpoint.js';
import { createHttpServer } from './http/server.js';
import { wallboard } from './http/wallboard.js';
import { webhookEndpoint } from './http/webhooks.js';
import { AccessTokens } from './identity/access-tokens.js';
import { IdentityService } from './identity/identity.service.js';
import { KeyUses } from './identity/key-uses.js';
import { SignedTokens } from './identity/signed-tokens.js';
import type { Viewer } from './identity/viewer.js';
import { FREE } from './live/charges.js';
import { LiveShards } from './live/live-shards.service.js';
import { LiveConnections } from './live/transport/connections.js';
import { liveEndpoint } from './live/transport/endpoint.js';
import { loggedError } from './observability/logged-error.js';
import { Metrics } from './observability/metrics.js';
import { replicaWatch } from './observability/replica-watch.js';
import { operationWatch, recordShed, type Watchers } from './observability/request-watch.js';
import { everyWatch, slowStatements } from './observability/statement-watch.js';
import { openTracing } from './observability/tracing.js';
import { creovaiUrl } from './vendor-apis/creovai/creovai-api.js';
import { vendorApis } from './vendor-apis/vendor-apis.js';
import { ReceiptShards } from './vendors/inbound/receipt-shards.service.js';
import { VendorClients } from './vendors/request/vendor-clients.js';

export type GatewayConfig = Partial<Config>;

/** With Node's 511, the kernel would drop clients of a busy gateway. */
const BACKLOG = 4_096;

export interface GatewayOptions {
  config: GatewayConfig;
  /** The caller closes it, and the others. It alone knows which organizations and keys there are. */
  database: Database;
  /** Of SHARD_URLS, in their order. */
  shards?: readonly Database[] | undefined;
  log: Logger;
  /** Adds routes of the program's own. */
  routes?:
    | ((app: FastifyInstance, served: { contextOf: ContextOf; admission: Admission }) => void)
    | undefined;
  /** Base URLs of vendors among these routes: requests go there, though the address is private. */
  isOwnVendor?: ((baseUrl: string) => boolean) | undefined;
}

/** Of SHUTDOWN_TIMEOUT, for idle connections. */
const IDLE_SHARE = 0.1;

export interface Gateway {
  listen(): Promise<{ url: string }>;
  /** Answers a request that another server received. */
  serve: RequestListener;
  /** Executes an operation for this viewer, without HTTP. */
  ask(viewer: Viewer, query: string, variables: Record<string, unknown>): Promise<FormattedExecutionResult>;
  /** Asks clients to reconnect elsewhere; keeps serving until `close`. */
  drain(): void;
  close(): Promise<void>;
  counts(): LiveCounts;
}

export type LiveCounts = Record<
  | 'sockets'
  | 'streams'
  | 'connections'
  | 'subscriptions'
  | 'keys'
  | 'subscribers'
  | 'admitted'
  | 'audiences'
  | 'organizations',
  number
>;

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { database } = options;
  const databases = [database, ...(options.shards ?? [])];
  const { replicas } = database;
  const config = { ...DEFAULTS, ...options.config };
  const log = options.log.child({}, { serializers: { err: loggedError } });
  replicas?.onChange(replicaWatch(log));
  const rates = rateLimiterOf(config);
  const schema = config.federation
    ? subgraphOf(publicSchema(), { isShown: config.graphqlIntrospection })
    : publicSchema();
  const rules = [oneOfVariables];
  const formatError = errorFormatter(log, { suggests: config.graphqlIntrospection });
  const answers = new Answers(config);
  const tokens = config.jwt ? new SignedTokens(config.jwt, log) : null;
  const secret = await readCursorSecret(database.db);
  const keyUses = new KeyUses(database.db, (error) =>
    log.warn({ err: error }, 'keys: their last use cannot be written'),
  );
  const identity = new IdentityService(
    database,
    tokens,
    (...owner) => answers.open(...owner),
    new AccessTokens(secret),
    keyUses.note,
  );
  const admission = new Admission(config);
  const cursors = logCursors(secret);
  const tracing = await openTracing(config, log);
  let listening: number | undefined;
  const publicUrl = () => publicUrlOf({ ...config, port: listening ?? config.port });
  const clients = new VendorClients({
    allowPrivate: config.vendorsAllowPrivate,
    isOwn: options.isOwnVendor,
  });
  const shards = databases.map((database, number) =>
    openShard({
      ...{ database, config, secret, cursors, clients, publicUrl },
      log: databases.length === 1 ? log : log.child({ shard: number }),
      watchers: () => watchers,
      charges: rates === null ? FREE : liveCharges(rates),
    }),
  );
  const shardOf = shardFinder(shards, log);
  for (const { address, watchStatements } of databases) {
    watchStatements(
      everyWatch([slowStatements(log, config.slowStatement), tracing?.statementsOf(address) ?? null]),
    );
  }
  const live = new LiveShards(
    shards.map((shard) => shard.live),
    (viewer) => shardOf(viewer.organization).live,
  );
  const persisted = await openPersisted(config, {
    schema,
    rules,
    stores: shards,
    failed: (error) => log.warn({ err: error }, 'persisted operations: the database was not read or written'),
    count: (outcome) => metrics.countPersisted(outcome),
  });
  const contextFor = (viewer: Viewer) => shardOf(viewer.organization).contextOf(viewer);
  const contextOf = requestContexts(identity, admission.clients, contextFor);
  const apollo = new ApolloServer<Context | AnonymousContext>({
    schema,
    plugins: [
      pluginOf([
        limitsSteps(schema, config, rates),
        ...persisted.steps,
        answerSteps(answers),
        requestRecordSteps,
        signInSteps,
        httpSteps,
        nameArgumentsSteps,
        absentDirectivesSteps,
        ...(replicas === null ? [] : [consistencySteps(replicas)]),
        logEndSteps,
        subscriptionSteps(schema, formatError, config.liveFrameLimit, tracing?.startAnswer),
        largeOperations(),
        compiledOperations(schema, config.answerMaxBytes),
      ]),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      // A subgraph would have it, and measure every field.
      ApolloServerPluginInlineTraceDisabled(),
    ],
    formatError,
    stringifyResult: unserialized,
    validationRules: rules,
    parseOptions: { maxTokens: config.graphqlMaxTokens },
    validationOptions: { maxErrors: config.graphqlMaxErrors },
    executionOptions: { maxCoercionErrors: config.graphqlMaxErrors },
    introspection: true,
    // A page of another site cannot send the header without a preflight, which is answered by CORS_ORIGINS.
    csrfPrevention: {
      requestHeaders: ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'],
    },
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: log,
  });
  await apollo.start();
  let draining = false;
  const isDraining = () => draining;
  const connections = new LiveConnections(identity, config, (error) =>
    log.warn({ err: error }, 'open connections: keys could not be checked'),
  );
  const bodyBudget = new BodyBudget(config.answersMaxBytes, admission.clients);
  const metrics = new Metrics(
    {
      shards: shards.map(({ database, vendors, health }) => ({
        pool: database.pool,
        logHeldFor: () => health.logHeldFor,
        deliveries: () => vendors.figures(),
      })),
      replicas,
      requests: () => admission.counts,
      bytes: () => ({ ofAnswers: answers.memory.held, ofBodies: bodyBudget.held }),
      live: () => ({ ...counts(), ...connections.counts }),
      isDraining,
    },
    { hasExemplars: tracing !== null },
  );
  const watchers: Watchers = { log, metrics, tracing };
  const origins = new Origins(config, log);
  const app = createHttpServer({
    config,
    watchers,
    origins,
    isDraining,
    rewriteUrl: config.vendorApis.includes('creovai') ? creovaiUrl : undefined,
  });
  healthEndpoints(app, {
    metrics,
    metricsToken: config.metricsToken,
    health: databases.map(({ health }) => health),
    replicas,
    isDraining,
  });
  boundBodies(app, bodyBudget, config.bodyLimit);
  parseBodies(app, admission.clients);
  shedFirst(app.server, admission, (request) => recordShed(watchers, request));
  openFrontDoor(app.server, config);
  webhookEndpoint(app, new ReceiptShards(shards.map(({ vendors }) => vendors.receipts)));
  recordingEndpoint(app, {
    audioOf: (organization) => shardOf(organization).vendors.audio,
    shardOf: async (organization) => (shards.length === 1 ? 0 : identity.shardOf(organization)),
    contextOf,
    admission,
  });
  const showExplorer = explorer(app, config.explorer, log);
  wallboard(app, config, log);
  graphqlEndpoint(app, { apollo, contextOf, limits: config, admission, showExplorer });
  schemaEndpoint(app, schema, config.graphqlIntrospection);
  exportEndpoint(app, {
    apollo,
    schema,
    contextOf,
    formatError,
    admission,
    log,
    hasReplicas: replicas !== null,
  });
  options.routes?.(app, { contextOf, admission });
  vendorApis(app, config.vendorApis, { contextOf, identity, admission, rates, formatError });
  const { counts } = liveEndpoint(app, {
    apollo,
    contextOf,
    formatError,
    limits: config,
    live,
    connections,
    config,
    origins,
    log,
    admission,
    bodyBudget,
    watchOperation: operationWatch(watchers),
  });
  endConnections(app, config.shutdownTimeout * IDLE_SHARE * 1000);
  let hasListened = false;
  return {
    listen: async () => {
      const address = await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
      listening = Number(new URL(address).port) || undefined;
      await Promise.all(shards.map((shard) => shard.begin()));
      hasListened = true;
      log.info({ url: `${address}/graphql` }, 'the gateway listens');
      return { url: `${address}/graphql` };
    },
    serve: (request, response) => void app.server.emit('request', request, response),
    ask: async (viewer, query, variables) => {
      const contextValue = contextFor(viewer);
      try {
        return await plainAnswer(apollo, { query, variables }, contextValue);
      } finally {
        endOperation(contextValue);
      }
    },
    drain: () => {
      draining = true;
      log.info('the gateway drains');
    },
    close: async () => {
      draining = true;
      for (const { health } of shards) health.close();
      await app.close();
      await Promise.all(shards.map((shard) => shard.close()));
      await clients.close();
      await persisted.close();
      await keyUses.close();
      identity.close();
      await apollo.stop();
      for (const { watchStatements } of databases) watchStatements(null);
      await tracing?.close();
      if (hasListened) log.info('the gateway has stopped');
    },
    counts: () => ({ ...counts(), ...connections.counts, ...live.counts }),
  };
}
