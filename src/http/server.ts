import type { IncomingMessage } from 'node:http';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Config } from '../config/config.js';
import { newRequestRecord } from '../graphql/request-record.js';
import { recordRequest, requestIdOf, type Watchers, watchRequests } from '../observability/request-watch.js';
import { answerBadClient } from './bad-client.js';
import { compressAnswers } from './compression.js';
import { refuseOwnPrefix } from './front-door.js';
import { HttpRefusal } from './http-refusal.js';
import { checkOrigins, type Origins } from './origins.js';
import { SECURITY_HEADERS, securityHeaders } from './security-headers.js';

export interface HttpOptions {
  config: Pick<
    Config,
    'bodyLimit' | 'requestTimeout' | 'headersTimeout' | 'keepAliveTimeout' | 'connectionTimeout' | 'publicUrl'
  >;
  watchers: Watchers;
  origins: Origins;
  isDraining(): boolean;
  /** Of each request, before its route is found. */
  rewriteUrl?: ((request: IncomingMessage) => string) | undefined;
}

export function createHttpServer({
  config,
  watchers,
  origins,
  isDraining,
  rewriteUrl,
}: HttpOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: config.bodyLimit,
    // Keys such as __proto__ are ordinary metadata; this code never copies members by assignment.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    return503OnClosing: false,
    genReqId: requestIdOf,
    ...(rewriteUrl && { rewriteUrl }),
    ...timeouts(config),
    clientErrorHandler: answerBadClient,
    frameworkErrors: (_error, request, reply) => answerBadPath(watchers, request, reply),
  });
  refuseOwnPrefix(app, config);
  // First, because it records every request, even those that later hooks answer.
  watchRequests(app, watchers);
  securityHeaders(app);
  checkOrigins(app, origins);
  // A kept-alive connection would delay the shutdown until it times out.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done();
  });
  compressAnswers(app);
  app.setErrorHandler((error: FastifyError, { id, requestRecord }, reply) => {
    const status = error.statusCode ?? 500;
    const code = codeOf(error, status);
    requestRecord.code = code;
    if (error instanceof HttpRefusal) {
      return reply.code(status).send(errorBody(error.message, { code, ...error.details }));
    }
    if (status < 500) return reply.code(status).send(errorBody(error.message, { code }));
    requestRecord.errorIds = [id];
    watchers.log.error({ err: error, errorId: id }, 'an HTTP request failed');
    return reply.code(status).send(errorBody('Internal server error', { code, id }));
  });
  app.setNotFoundHandler(({ raw: { url = '' }, method }, reply) => {
    const [path = ''] = url.split('?');
    const allowed = METHODS.filter((each) => app.hasRoute({ url: path, method: each })).join(', ');
    if (allowed === '') {
      return reply.code(404).send(errorBody(NOT_FOUND, { code: 'NOT_FOUND' }));
    }
    const message = `${method} is not allowed here; allowed: ${allowed}`;
    return reply
      .code(405)
      .header('allow', allowed)
      .send(errorBody(message, { code: 'BAD_REQUEST' }));
  });
  return app;
}

export const NOT_FOUND = 'Not found: GraphQL is served at /graphql';

const METHODS = ['GET', 'POST', 'DELETE'] as const;

/** A path with an invalid escape has no route, so no hook has run. */
function answerBadPath(watchers: Watchers, request: FastifyRequest, reply: FastifyReply): void {
  request.requestRecord = newRequestRecord();
  request.requestRecord.code = 'BAD_REQUEST';
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id }).code(400);
  recordRequest(watchers, request, reply);
  void reply.send(errorBody('The path of the URL is malformed', { code: 'BAD_REQUEST' }));
}

function timeouts(config: HttpOptions['config']) {
  const { requestTimeout, headersTimeout, keepAliveTimeout, connectionTimeout } = config;
  return {
    requestTimeout: requestTimeout * 1000,
    keepAliveTimeout: keepAliveTimeout * 1000,
    connectionTimeout: connectionTimeout * 1000,
    http: {
      headersTimeout: Math.min(headersTimeout, requestTimeout) * 1000,
      connectionsCheckingInterval: 1000,
    },
  };
}

function errorBody(message: string, extensions: { code: string } & Record<string, unknown>) {
  return { errors: [{ message, extensions }] };
}

function codeOf(error: FastifyError, status: number): string {
  if (error instanceof HttpRefusal) return error.code;
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  return status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
}
