import type { FastifyInstance } from 'fastify';
import { isOwnOrAllowed } from '../../http/origins.js';
import type { EndpointDependencies } from './endpoint-dependencies.js';
import { LiveSockets } from './sockets.js';
import { LiveStreams } from './streams.js';

export function liveEndpoint(app: FastifyInstance, endpoint: EndpointDependencies) {
  const sockets = new LiveSockets(endpoint);
  const streams = new LiveStreams(endpoint);
  let isClosing = false;
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: (request, reply) => streams.serve(request, reply),
  });
  app.server.on('upgrade', (request, wire, head) => {
    wire.on('error', () => wire.destroy());
    const { origin, host } = request.headers;
    const refuse = (status: string) => {
      endpoint.log.info({ status, origin }, 'a WebSocket was refused');
      wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    };
    if (isClosing) return refuse('503 Service Unavailable');
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse('404 Not Found');
    if (!isOwnOrAllowed(origin, host, endpoint.config.corsOrigins)) return refuse('403 Forbidden');
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
