import type { Socket } from 'node:net';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { ExposureConfig } from '../config-exposure.js';
import { newlySeen } from '../graphql/seen.js';
import { answerBadClient } from './bad-client.js';
import { HttpRefusal } from './http-refusal.js';
import { allowOrigins } from './origins.js';
import { noteRequest, requestIdOf, type Watchers, watchRequests } from './request-watch.js';
import { SECURITY_HEADERS, securityHeaders } from './security-headers.js';

export interface HttpOptions {
  /** Bytes; a larger body is 413. */
  bodyLimit: number;
  watchers: Watchers;
  exposure: Pick<
    ExposureConfig,
    'corsOrigins' | 'requestTimeout' | 'headersTimeout' | 'keepAliveTimeout' | 'connectionTimeout'
  >;
  /** Whether clients are to go elsewhere, for the server is about to stop. */
  isDraining(): boolean;
}

/** The bare HTTP server: limits, the shape of its errors, and an end that lets requests finish. */
export function createHttpServer({
  bodyLimit,
  watchers,
  isDraining,
  exposure,
}: HttpOptions): FastifyInstance {
  const app = fastify({
    bodyLimit,
    // Keys such as __proto__ are metadata like any others; nothing of ours copies members by assignment.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    forceCloseConnections: 'idle',
    // What comes on an open connection while it stops is answered like all else.
    return503OnClosing: false,
    genReqId: requestIdOf,
    ...timeouts(exposure),
    clientErrorHandler: answerBadClient,
    frameworkErrors: (_error, request, reply) => answerBadPath(watchers, request, reply),
  });
  // Before all that may answer: it notes whatever is asked.
  watchRequests(app, watchers);
  securityHeaders(app);
  allowOrigins(app, exposure.corsOrigins);
  // A connection that is kept alive would hold the shutdown back until it times out.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done();
  });
  cutOffSilent(app);
  app.setErrorHandler((error: FastifyError, { id, seen }, reply) => {
    const status = error.statusCode ?? 500;
    const code = codeOf(error, status);
    seen.code = code;
    if (error instanceof HttpRefusal) {
      return reply.code(status).send(errorBody(error.message, { code, ...error.details }));
    }
    if (status < 500) return reply.code(status).send(errorBody(error.message, { code }));
    seen.errorIds = [id];
    watchers.log.error({ err: error, errorId: id }, 'an HTTP request failed');
    return reply.code(status).send(errorBody('Internal server error', { code, id }));
  });
  app.setNotFoundHandler(({ raw: { url = '' }, method }, reply) => {
    const [path = ''] = url.split('?');
    const allowed = METHODS.filter((each) => app.hasRoute({ url: path, method: each })).join(', ');
    if (allowed === '') {
      return reply
        .code(404)
        .send(errorBody('Not found: GraphQL is served at /graphql', { code: 'NOT_FOUND' }));
    }
    const message = `${method} is not allowed here, but ${allowed}`;
    return reply
      .code(405)
      .header('allow', allowed)
      .send(errorBody(message, { code: 'BAD_REQUEST' }));
  });
  return app;
}

const METHODS = ['GET', 'POST', 'OPTIONS'] as const;

/** For a path with a bad escape there is no route, and no hook has seen it. */
function answerBadPath(watchers: Watchers, request: FastifyRequest, reply: FastifyReply): void {
  request.seen = newlySeen();
  request.seen.code = 'BAD_REQUEST';
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id }).code(400);
  noteRequest(watchers, request, reply);
  void reply.send(errorBody('The path of the URL is malformed', { code: 'BAD_REQUEST' }));
}

/** Node looks for requests that take too long at an interval, which is short beside the times that matter. */
function timeouts(exposure: HttpOptions['exposure']) {
  const { requestTimeout, headersTimeout, keepAliveTimeout, connectionTimeout } = exposure;
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

/** Milliseconds between two looks for connections that hold a stop back. */
const LOOK_EVERY = 50;

/** Clients open connections in advance, on which nothing has been asked: Node counts them as busy, and would wait for them. */
function cutOffSilent(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    const looking = setInterval(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, LOOK_EVERY).unref();
    app.server.once('close', () => clearInterval(looking));
  });
}

/** Everything that is answered here is answered in GraphQL's shape, so that clients need one error path. */
function errorBody(message: string, extensions: { code: string } & Record<string, unknown>) {
  return { errors: [{ message, extensions }] };
}

function codeOf(error: FastifyError, status: number): string {
  if (error instanceof HttpRefusal) return error.code;
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  return status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
}
