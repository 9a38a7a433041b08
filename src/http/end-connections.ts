import type { Socket } from 'node:net';
import { setImmediate as untilRead } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const CHECK_EVERY = 50;

/**
 * A client, or a proxy, may be about to send a request on a connection that is idle: it gets some time to notice that new
 * ones are refused. Node counts connections that have not sent anything yet as busy. To be called when all routes are
 * there, because what they do before the server stops listening goes first.
 * @param patience milliseconds since the server stopped listening
 */
export function endConnections(app: FastifyInstance, patience: number): void {
  const { server } = app;
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  // Node would close them as it stops listening.
  server.closeIdleConnections = () => {};
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const end = () => {
    closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  app.addHook('preClose', async () => {
    // Who has connected, and what has come, is read before the server stops listening.
    await untilRead();
    if (patience === 0) return end();
    const until = performance.now() + patience;
    const timer = setInterval(() => {
      if (performance.now() >= until) end();
    }, CHECK_EVERY).unref();
    server.once('close', () => clearInterval(timer));
  });
}
