import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { acceptWaiting } from './accept-waiting.js';

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
    if (!server.listening) return;
    const closed = once(server, 'close');
    await acceptWaiting(server);
    server.close();
    const until = performance.now() + patience;
    if (patience === 0) end();
    const timer = setInterval(() => {
      // After the next look at what has come: a connection that is closed with a request unread is reset.
      if (performance.now() >= until) setImmediate(end);
    }, CHECK_EVERY).unref();
    await closed;
    clearInterval(timer);
  });
}
