import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type Sql } from 'postgres';
import { arrayTypes } from './array-types.js';

export interface Server {
  /** It connects on first use and never reconnects. */
  connect(options: ClientOptions): Client;
  hosts: number;
  /** Of the first host. */
  address: ServerAddress;
}

export interface ServerAddress {
  host: string;
  port: number;
  database: string;
}

export interface ClientOptions {
  applicationName: string;
  /** Seconds, including the sign-in. */
  connectTimeout?: number;
  onClose(): void;
  onNotify?(channel: string, payload: string): void;
}

export interface Client {
  sql: Sql;
  bytesRead(): number;
  destroy(): void;
}

type Parsed = Options<Record<string, never>> & {
  host: string[];
  port: number[];
  path: string | false;
  database: string;
  shared: object;
};

const ONE_CONNECTION = { max: 1, idle_timeout: 0, max_lifetime: null, keep_alive: 60, onnotice: () => {} };

/**
 * One socket per client, because the driver keeps the state of a lost one for the next connection:
 * https://github.com/porsager/postgres/issues/1223, 1181, 1119.
 */
export function serverOf(url: string): Server {
  const client = postgres(url, { fetch_types: false, types: arrayTypes as never });
  // Sets up the parsers and serializers, which all clients share.
  drizzle(client);
  const parsed = client.options as unknown as Parsed;
  const hosts = parsed.host.map((host, index) => ({ host, port: Number(parsed.port[index]) }));
  let current = 0;
  return {
    hosts: hosts.length,
    address: { ...(hosts[0] ?? { host: '', port: 0 }), database: parsed.database },
    connect({ applicationName, connectTimeout = 5, onClose, onNotify }) {
      let socket: Socket | undefined;
      let tries = 0;
      let isEnded = false;
      const open = () => {
        if (isEnded || tries === hosts.length) throw closed();
        // The driver calls this again if the server does not fit target_session_attrs.
        if (tries > 0) current = (current + 1) % hosts.length;
        tries += 1;
        const at = current;
        socket = openSocket(parsed.path, hosts[at] as Address, () => {
          if (current === at) current = (at + 1) % hosts.length;
        });
        return socket;
      };
      const options = {
        ...parsed,
        ...ONE_CONNECTION,
        // With several hosts the driver would retry forever.
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

interface Address {
  host: string;
  port: number;
}

function openSocket(path: string | false, { host, port }: Address, unreachable: () => void): Socket {
  // TLS checks the certificate against the host.
  const socket = Object.assign(new Socket(), { host });
  socket.once('close', unreachable);
  socket.once('connect', () => socket.off('close', unreachable));
  // The driver attaches its error listener only after this returns.
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
