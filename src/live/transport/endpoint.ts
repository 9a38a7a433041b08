import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from '../../http/http-refusal.js';
import { NOT_FOUND } from '../../http/server.js';
import { GOING_AWAY } from './close-codes.js';
import type { EndpointDependencies } from './endpoint-dependencies.js';
import { LiveSockets } from './sockets.js';
import { LiveStreams } from './streams.js';

/** Its other mode begins with PUT. */
const SINGLE_CONNECTION =
  'Event streams have distinct connections mode alone: GET or POST, one operation for each (singleConnection: false)';

export function liveEndpoint(app: FastifyInstance, endpoint: EndpointDependencies) {
  const sockets = new LiveSockets(endpoint);
  const streams = new LiveStreams(endpoint);
  let isClosing = false;
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    handler: (request, reply) => streams.serve(request, reply),
  });
  app.route({
    method: ['PUT', 'DELETE'],
    url: '/graphql/stream',
    handler: (_request, reply) => {
      reply.header('allow', 'GET, POST');
      throw new HttpRefusal(405, 'BAD_REQUEST', SINGLE_CONNECTION);
    },
  });
  app.server.on('upgrade', (request, wire, head) => {
    wire.on('error', () => wire.destroy());
    const refuse = (status: string, code: string, message: string) => {
      endpoint.log.info({ status, origin: request.headers.origin }, 'a WebSocket was refused');
      const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
      const head = [
        `HTTP/1.1 ${status}`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
      ];
      wire.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    };
    if (isClosing) return refuse('503 Service Unavailable', 'SERVICE_UNAVAILABLE', GOING_AWAY);
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse('404 Not Found', 'NOT_FOUND', NOT_FOUND);
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
