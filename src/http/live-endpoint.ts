import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { LiveService } from '../live/live.service.js';
import type { LiveConnections } from './live-connections.js';
import type { OperationRunner } from './live-operation.js';
import { LiveSockets } from './live-sockets.js';
import { LiveStreams } from './live-streams.js';
import { isOwnOrAllowed } from './origins.js';
import type { WatchOperation } from './request-watch.js';

export interface LiveEndpoint extends OperationRunner {
  live: LiveService;
  connections: LiveConnections;
  config: Pick<Config, 'bodyLimit' | 'liveBufferLimit' | 'livePingInterval' | 'corsOrigins'>;
  log: Logger;
  watchOperation: WatchOperation;
}

/**
 * Subscriptions, and all else that GraphQL has: by graphql-transport-ws on WebSockets at /graphql, and by graphql-sse on
 * event streams at /graphql/stream. When the server is closed, all clients are sent away first.
 */
export function liveEndpoint(app: FastifyInstance, endpoint: LiveEndpoint) {
  const sockets = new LiveSockets(endpoint);
  const streams = new LiveStreams(endpoint);
  let isClosing = false;
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: (request, reply) => streams.serve(request, reply),
  });
  app.server.on('upgrade', (request, wire, head) => {
    // Whoever hangs up in the middle of it is gone.
    wire.on('error', () => wire.destroy());
    if (isClosing) return void wire.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    if (pathOf(request.url) !== '/graphql') {
      return void wire.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    }
    const { origin, host } = request.headers;
    if (!isOwnOrAllowed(origin, host, endpoint.config.corsOrigins)) {
      return void wire.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    }
    sockets.upgrade(request, wire, head);
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    endpoint.connections.close();
    streams.close();
    await sockets.close();
    await endpoint.live.close();
  });
  return { counts: () => ({ sockets: sockets.size, streams: streams.size }) };
}

const pathOf = (url = '') => url.split('?', 1)[0];
