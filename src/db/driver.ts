import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type Sql } from 'postgres';
import { arrayTypes } from './array-types.js';

/** How to reach a Postgres, read once from its URL. */
export interface Server {
  /** A client of one connection, which is made when it is first used, and never made again once it was lost. */
  connect(options: ClientOptions): Client;
  /** How many hosts the URL names; each new connection that follows a failed one tries the next. */
  hosts: number;
}

export interface ClientOptions {
  applicationName: string;
  /** Seconds until the server must have signed the client in. */
  connectTimeout?: number;
  onClose(): void;
  /** Of the channels that it listens to. */
  onNotify?(channel: string, payload: string): void;
}

export interface Client {
  sql: Sql;
  /** Bytes that have arrived on its socket. */
  bytesRead(): number;
  /** Ends it at once. */
  destroy(): void;
}

/** The driver's options as it has parsed them, which its types keep to itself. */
type Parsed = Options<Record<string, never>> & {
  host: string[];
  port: number[];
  path: string | false;
  shared: object;
};

/** Settings of each connection: it lives for one socket, and the pool decides for how long. */
const ONE_CONNECTION = { max: 1, idle_timeout: 0, max_lifetime: null, keep_alive: 60, onnotice: () => {} };

/**
 * The driver keeps what it knows of a connection (its rows so far, its statement, an error) when the socket is lost, and
 * lets the next one on the same client find it: https://github.com/porsager/postgres/issues/1223, 1181, 1119. So a client
 * here has one socket in its life, and what went wrong on it ends with it.
 */
export function serverOf(url: string): Server {
  const client = postgres(url, { fetch_types: false, types: arrayTypes as never });
  // Readies the parsers and serializers, which the clients share.
  drizzle(client);
  const parsed = client.options as unknown as Parsed;
  const hosts = parsed.host.map((host, index) => ({ host, port: Number(parsed.port[index]) }));
  let current = 0;
  return {
    hosts: hosts.length,
    connect({ applicationName, connectTimeout = 5, onClose, onNotify }) {
      let socket: Socket | undefined;
      let tries = 0;
      let isEnded = false;
      const open = () => {
        if (isEnded || tries === hosts.length) throw closed();
        // The driver asks again where the server is not of the kind that target_session_attrs wants.
        if (tries > 0) current = (current + 1) % hosts.length;
        tries += 1;
        const at = current;
        socket = openSocket(parsed.path, hosts[at] as Place, () => {
          if (current === at) current = (at + 1) % hosts.length;
        });
        return socket;
      };
      const options = {
        ...parsed,
        ...ONE_CONNECTION,
        // Of several hosts the driver would try one after the other for ever.
        host: [hosts[current]?.host],
        port: [hosts[current]?.port],
        connect_timeout: connectTimeout,
        connection: { ...parsed.connection, application_name: applicationName },
        parameters: {},
        shared: { ...parsed.shared },
        onclose: onClose,
        onnotify: onNotify,
        socket: open,
      };
      const sql = postgres(options as never) as Sql;
      return {
        sql,
        bytesRead: () => socket?.bytesRead ?? 0,
        destroy: () => {
          isEnded = true;
          socket?.destroy();
          sql.end({ timeout: 0 }).catch(() => {});
        },
      };
    },
  };
}

interface Place {
  host: string;
  port: number;
}

/** `unreachable` is called where the connection is not made. */
function openSocket(path: string | false, { host, port }: Place, unreachable: () => void): Socket {
  // TLS compares the certificate with the host.
  const socket = Object.assign(new Socket(), { host });
  socket.once('close', unreachable);
  socket.once('connect', () => socket.off('close', unreachable));
  // Not before the driver listens for errors, which it does in a moment.
  setImmediate(() => {
    if (socket.destroyed) return;
    if (path) socket.connect(path);
    else socket.connect(port, host);
  });
  return socket;
}

function closed(): Error {
  return Object.assign(new Error('the server closed the connection before it was ready'), {
    code: 'CONNECTION_CLOSED',
  });
}
