import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { Logger } from 'pino';
import { callFlowLoaders } from './call-flows/call-flow.loaders.js';
import { callFlowQueries } from './call-flows/call-flow.queries.js';
import { CallFlowService } from './call-flows/call-flow.service.js';
import { callLoaders } from './calls/call.loaders.js';
import { callQueries } from './calls/call.queries.js';
import { CallService } from './calls/call.service.js';
import { changeLoaders } from './changes/change.loaders.js';
import { changeQueries } from './changes/change.queries.js';
import { readCursorSecret } from './changes/cursor-secret.queries.js';
import { type Config, OPERATIONS_DEFAULTS } from './config.js';
import type { ExposureConfig } from './config-exposure.js';
import type { Account } from './db/account.js';
import { Answers } from './db/answers.js';
import type { Database } from './db/database.js';
import { type Asked, loaderSet } from './db/loader-set.js';
import { callEventLoaders } from './events/call-event.loaders.js';
import { callEventQueries } from './events/call-event.queries.js';
import { CallEventService } from './events/call-event.service.js';
import { CallEventFinder } from './events/call-event-finder.service.js';
import { EventAdmissions } from './events/event-admissions.service.js';
import { MatchRuleService } from './events/match-rule.service.js';
import { answerSteps } from './graphql/answer-steps.js';
import type { AnonymousContext, Context, Loaders, Services } from './graphql/context.js';
import { errorFormatter } from './graphql/errors.js';
import { compiledQueries } from './graphql/executor.js';
import { httpSteps } from './graphql/http-steps.js';
import { limitsSteps } from './graphql/limits-steps.js';
import { liveCharges } from './graphql/live-charges.js';
import { type LogCursors, logCursors } from './graphql/log-cursors.js';
import { logEndSteps } from './graphql/log-end.js';
import { nameArgumentsSteps } from './graphql/name-arguments.js';
import { rateLimiterOf } from './graphql/rate-limiter.js';
import { pluginOf } from './graphql/request-steps.js';
import { publicSchema } from './graphql/schema.js';
import { seenSteps } from './graphql/seen-steps.js';
import { signInSteps } from './graphql/sign-in.js';
import { subscriptionSteps } from './graphql/subscriptions.js';
import { Admission, shedFirst } from './http/admission.js';
import { asItIs } from './http/answer-text.js';
import { parseBodies } from './http/body.js';
import { BodyRoom, boundBodies } from './http/body-room.js';
import { explorer } from './http/explorer.js';
import { graphqlEndpoint } from './http/graphql-endpoint.js';
import { healthEndpoints } from './http/health.js';
import { LiveConnections } from './http/live-connections.js';
import { liveEndpoint } from './http/live-endpoint.js';
import { loggedError } from './http/logged-error.js';
import { Metrics } from './http/metrics.js';
import { requestContexts } from './http/request-context.js';
import { noteShed, operationWatch } from './http/request-watch.js';
import { createHttpServer } from './http/server.js';
import { openTracing } from './http/tracing.js';
import { IdentityService } from './identity/identity.service.js';
import { SignedTokens } from './identity/signed-tokens.js';
import type { Viewer } from './identity/viewer.js';
import { IntakeService } from './intake/intake.service.js';
import { FREE } from './live/charges.js';
import { LiveService } from './live/live.service.js';
import { MetadataService } from './metadata/metadata.service.js';
import { voiceCallLoaders } from './voice-calls/voice-call.loaders.js';
import { voiceCallQueries } from './voice-calls/voice-call.queries.js';
import { VoiceCallService } from './voice-calls/voice-call.service.js';
import { VoiceCallFinder } from './voice-calls/voice-call-finder.service.js';

export type GatewayConfig = ExposureConfig &
  Pick<
    Config,
    | 'host'
    | 'port'
    | 'bodyLimit'
    | 'metadataMaxBytes'
    | 'metadataMaxDepth'
    | 'liveMaxConnections'
    | 'liveMaxSubscriptions'
    | 'liveBufferLimit'
    | 'liveFrameLimit'
    | 'livePingInterval'
  > &
  // Without it API keys alone sign in.
  Partial<
    Pick<
      Config,
      | 'jwt'
      | 'maxConcurrentRequests'
      | 'maxQueuedRequests'
      | 'answerMaxBytes'
      | 'answersMaxBytes'
      | 'metricsToken'
      | 'otlpEndpoint'
    >
  >;

/** Connections that may wait to be accepted: with Node's 511 the kernel would leave clients of a busy gateway without an answer. */
const BACKLOG = 4_096;

export interface GatewayParts {
  config: GatewayConfig;
  /** Stays the caller's: the gateway does not close it. */
  database: Database;
  log: Logger;
}

export interface Gateway {
  /** Rejects with the system's error, e.g. EADDRINUSE. `url` is where GraphQL is served. */
  listen(): Promise<{ url: string }>;
  /** Says that it is not ready any more, and asks clients to come back on another connection; serves on until `close`. */
  drain(): void;
  /** Takes no new connections, and resolves when the requests under way are answered. */
  close(): Promise<void>;
  /** What is open at the moment. */
  counts(): LiveCounts;
}

/** Connections by their kind, and what is kept for those who subscribe. */
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

/** Builds the gateway on an open database; the one place that knows all rooms of the house. */
export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { database } = parts;
  const config = { ...OPERATIONS_DEFAULTS, ...parts.config };
  const log = parts.log.child({}, { serializers: { err: loggedError } });
  const rates = rateLimiterOf(config);
  const live = new LiveService({
    database,
    charges: rates === null ? FREE : liveCharges(rates),
    failed: (error) => log.warn({ err: error }, 'live: to be tried again'),
  });
  const schema = publicSchema();
  const formatError = errorFormatter(log, { suggests: config.graphqlIntrospection });
  const answers = new Answers(config);
  const tokens = config.jwt ? new SignedTokens(config.jwt, log) : null;
  const identity = new IdentityService(database, tokens, (...holder) => answers.open(...holder));
  const admission = new Admission(config);
  const cursors = logCursors(await readCursorSecret(database.db));
  const admissions = new EventAdmissions(database, config, (error) =>
    log.warn({ err: error }, 'events: to be let in later'),
  );
  const contextOf = requestContexts(
    identity,
    admission.askers,
    contextFactory(database, live, admissions, config, cursors),
  );
  const apollo = new ApolloServer<Context | AnonymousContext>({
    schema,
    plugins: [
      pluginOf([
        limitsSteps(schema, config, rates),
        answerSteps(answers),
        seenSteps,
        signInSteps,
        httpSteps,
        nameArgumentsSteps,
        logEndSteps,
        subscriptionSteps(schema, formatError, config.liveFrameLimit),
        compiledQueries(schema, formatError),
      ]),
      explorer(),
      ApolloServerPluginCacheControlDisabled(),
    ],
    formatError,
    stringifyResult: asItIs,
    parseOptions: { maxTokens: config.graphqlMaxTokens },
    validationOptions: { maxErrors: config.graphqlMaxErrors },
    executionOptions: { maxCoercionErrors: config.graphqlMaxErrors },
    introspection: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: log,
  });
  await apollo.start();
  let draining = false;
  const isDraining = () => draining;
  const tracing = config.otlpEndpoint === undefined ? null : await openTracing(config.otlpEndpoint);
  const connections = new LiveConnections(identity, config, (error) =>
    log.warn({ err: error }, 'keys: not checked'),
  );
  const bodyRoom = new BodyRoom(config.answersMaxBytes, admission.askers);
  const metrics = new Metrics({
    pool: database.pool,
    requests: () => admission.counts,
    bytes: () => ({ ofAnswers: answers.memory.held, ofBodies: bodyRoom.held }),
    live: () => ({ ...counts(), ...connections.counts }),
    isDraining,
  });
  const watchers = { log, metrics, tracing };
  const app = createHttpServer({ bodyLimit: config.bodyLimit, watchers, isDraining, exposure: config });
  healthEndpoints(app, {
    metrics,
    metricsToken: config.metricsToken,
    databaseHealth: database.health,
    isDraining,
  });
  boundBodies(app, bodyRoom, config.bodyLimit);
  parseBodies(app, admission.askers);
  shedFirst(app.server, admission, (request) => noteShed(watchers, request));
  graphqlEndpoint(app, { apollo, contextOf, limits: config, admission });
  const { counts } = liveEndpoint(app, {
    apollo,
    contextOf,
    formatError,
    limits: config,
    live,
    connections,
    config,
    log,
    admission,
    bodyRoom,
    watchOperation: operationWatch(watchers),
  });
  return {
    listen: async () => {
      const address = await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
      await admissions.begin();
      return { url: `${address}/graphql` };
    },
    drain: () => {
      draining = true;
    },
    close: async () => {
      draining = true;
      await app.close();
      await admissions.close();
      identity.close();
      await apollo.stop();
      await tracing?.close();
    },
    counts: () => ({ ...counts(), ...connections.counts, ...live.counts }),
  };
}

function contextFactory(
  database: Database,
  live: LiveService,
  admissions: EventAdmissions,
  limits: GatewayConfig,
  cursors: (organization: string) => LogCursors,
): (viewer: Viewer) => Context {
  const calls = callQueries(database.db);
  const voiceCalls = voiceCallQueries(database.db);
  const callFlows = callFlowQueries(database.db);
  const callEvents = callEventQueries(database.db);
  const changes = changeQueries(database.db);
  const services: Services = {
    intake: new IntakeService(admissions),
    calls: new CallService(calls),
    metadata: new MetadataService(database, limits),
    voiceCalls: new VoiceCallService(database, admissions),
    voiceCallFinder: new VoiceCallFinder(voiceCalls),
    callFlows: new CallFlowService(database),
    callEvents: new CallEventService(database, admissions),
    callEventFinder: new CallEventFinder(callEvents),
    matchRules: new MatchRuleService(database, admissions),
    live,
    limits,
  };
  const LoaderSet = loaderSet({
    ...callLoaders(calls),
    ...voiceCallLoaders(voiceCalls),
    ...callFlowLoaders(callFlows),
    ...callEventLoaders(callEvents),
    ...changeLoaders(changes),
  });
  const newLoaders = (account: Account, asked: Asked = null): Loaders => new LoaderSet(account, asked);
  return (viewer) => ({
    viewer,
    services,
    asked: null,
    loaders: newLoaders(viewer.account),
    logCursors: cursors(viewer.organization.id),
    newLoaders: (asked, account = viewer.account) => newLoaders(account, asked),
  });
}
