import type { Socket } from 'node:net';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import type { ExposureConfig } from '../config-exposure.js';
import { answerBadClient } from './bad-client.js';
import { HttpRefusal } from './http-refusal.js';
import { allowOrigins } from './origins.js';
import { requestIdOf, type Watchers, watchRequests } from './request-watch.js';
import { securityHeaders } from './security-headers.js';

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
  app.setErrorHandler((error: FastifyError, { id }, reply) => {
    const status = error.statusCode ?? 500;
    const code = codeOf(error, status);
    if (error instanceof HttpRefusal) {
      return reply.code(status).send(errorBody(error.message, { code, ...error.details }));
    }
    if (status < 500) return reply.code(status).send(errorBody(error.message, { code }));
    watchers.log.error({ err: error, errorId: id }, 'an HTTP request failed');
    return reply.code(status).send(errorBody('Internal server error', { code, id }));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody('Not found: GraphQL is served at /graphql', { code: 'NOT_FOUND' })),
  );
  return app;
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
