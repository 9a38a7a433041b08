import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a Postgres, so that it can be away for one who comes this way. */
export interface Relay {
  /** The database's URL through it. */
  url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function openRelay(databaseUrl: string): Promise<Relay> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let server: Server;
  let own = 0;
  const mend = async () => {
    server = createServer((socket) => {
      const upstream = connect(Number(port), hostname);
      for (const [each, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        sockets.add(each);
        each.on('error', () => {});
        each.once('close', () => {
          sockets.delete(each);
          other.destroy();
        });
        each.pipe(other);
      }
    }).listen(own, '127.0.0.1');
    await once(server, 'listening');
    own = (server.address() as AddressInfo).port;
  };
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await mend();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(own);
  return { url: url.href, cut, mend, close: cut };
}
