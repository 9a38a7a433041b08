import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy between a gateway and its database, which can cut the database off and restore it. */
export interface DatabaseProxy {
  url: string;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Forwards nothing any more, on present and new connections, and closes none: like dropped packets. */
  freeze(): void;
  /** Accepts new connections again; earlier ones stay as they are. */
  thaw(): void;
  /** Connects new connections to another server, as a changed DNS name does; earlier ones stay where they are. */
  leadTo(databaseUrl: string): void;
  connections(): number;
}

export async function openProxy(databaseUrl: string): Promise<DatabaseProxy> {
  let target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let server: Server;
  let isFrozen = false;
  let made = 0;
  const listen = async (port: number): Promise<number> => {
    server = createServer((client) => {
      made += 1;
      if (isFrozen) {
        sockets.add(client.pause());
        return;
      }
      const database = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, database],
        [database, client],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const port = await listen(0);
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    async cut() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restore() {
      await listen(port);
    },
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw() {
      isFrozen = false;
    },
    leadTo(url) {
      target = new URL(url);
    },
    connections: () => made,
  };
}
