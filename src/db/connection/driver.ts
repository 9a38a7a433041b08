import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type Sql } from 'postgres';
import { isSocket, type PostgresUrl, parsePostgresUrl } from '../../foundation/postgres-url.js';
import { StartError } from '../../foundation/start-error.js';
import { arrayTypes } from './array-types.js';
import { tlsOf } from './tls.js';

export interface Server {
  /** It connects on first use and never reconnects. */
  connect(options: ClientOptions): Client;
  /** Of the first host. */
  address: ServerAddress;
  /** Where the tables are; null: where the role looks for them. */
  schema: string | null;
  isPooled: boolean;
  isPrepared: boolean;
}

export interface ServerAddress {
  host: string;
  port: number;
  database: string;
}

export interface ServerOptions {
  /** A file with the password, if the URL has none; read anew for each connection. */
  passwordFile?: string | undefined;
  /** See `Server`. */
  schema?: string | undefined;
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

type Parsed = Options<Record<string, never>> & { database: string; shared: object };
type Host = PostgresUrl['hosts'][number];

const ONE_CONNECTION = { max: 1, idle_timeout: 0, max_lifetime: null, keep_alive: 60, onnotice: () => {} };

/** The driver takes a standby for `read-write` if its sessions are not read-only by themselves. */
const DRIVERS_WORD: Record<string, string> = { 'read-write': 'primary', 'read-only': 'standby', any: '' };

/**
 * One socket per client, because the driver keeps the state of a lost one for the next connection:
 * https://github.com/porsager/postgres/issues/1223, 1181, 1119.
 */
export function serverOf(url: string, { passwordFile, schema }: ServerOptions = {}): Server {
  const { hosts, user, password, database, options: startOptions, ...parsed } = parsePostgresUrl(url);
  const [first] = hosts as [Host];
  let read: string | undefined;
  const client = postgres({
    host: [first.host],
    port: [first.port],
    user,
    pass: () => password ?? read ?? '',
    database,
    target_session_attrs: DRIVERS_WORD[parsed.target_session_attrs] ?? parsed.target_session_attrs,
    sslnegotiation: parsed.sslnegotiation,
    connection: startOptions === undefined ? {} : { options: startOptions },
    prepare: parsed.isPrepared,
    fetch_types: false,
    types: arrayTypes,
  } as never);
  // Sets up the parsers and serializers, which all clients share.
  drizzle(client);
  const shared = client.options as unknown as Parsed;
  const tls = isSocket(first.host) ? null : tlsOf(parsed);
  let current = 0;
  return {
    address: { ...first, database: shared.database },
    schema: schema ?? null,
    isPooled: parsed.isPooled,
    isPrepared: parsed.isPrepared,
    connect({ applicationName, connectTimeout = 5, onClose, onNotify }) {
      let socket: Socket | undefined;
      let at = current;
      let tries = 0;
      let isEnded = false;
      const leave = (host: number) => {
        if (current === host) current = (host + 1) % hosts.length;
      };
      const next = () => {
        if (isEnded || tries === hosts.length) throw closed();
        if (tries === 0) at = current;
        else {
          leave(at);
          at = (at + 1) % hosts.length;
        }
        tries += 1;
        const host = at;
        const isTlsRequired = tls?.isRequired === true;
        socket = openSocket(hosts[at] as Host, { isTlsRequired, unreachable: () => leave(host) });
        return socket;
      };
      // The driver calls it again if the host is away, or does not fit target_session_attrs.
      const open =
        password !== undefined || passwordFile === undefined
          ? next
          : async () => {
              read = await readPassword(passwordFile).catch((error) => {
                isEnded = true;
                throw error;
              });
              return next();
            };
      const options = {
        ...shared,
        ...ONE_CONNECTION,
        host: {
          0: first.host,
          // Tells the driver whether to try again.
          get 1() {
            return isEnded || tries === hosts.length ? undefined : first.host;
          },
        },
        ssl: tls === null ? false : tls.options(() => (hosts[at] as Host).host),
        connect_timeout: connectTimeout,
        connection: { ...shared.connection, application_name: applicationName },
        parameters: {},
        shared: { ...shared.shared },
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

interface SocketOptions {
  isTlsRequired: boolean;
  unreachable(): void;
}

function openSocket({ host, port }: Host, { isTlsRequired, unreachable }: SocketOptions): Socket {
  // The driver takes the name for TLS from it.
  const socket = Object.assign(new Socket(), { host, port });
  socket.once('close', unreachable);
  socket.once('connect', () => socket.off('close', unreachable));
  if (isTlsRequired)
    socket.once('data', ([answer]: Buffer) => {
      if (answer === NO_TLS) socket.destroy(withoutTls());
    });
  // The driver attaches its error listener only after this returns.
  setImmediate(() => {
    if (socket.destroyed) return;
    if (isSocket(host)) socket.connect(`${host}/.s.PGSQL.${port}`);
    else socket.connect(port, host);
  });
  return socket;
}

const NO_TLS = 'N'.charCodeAt(0);

const readPassword = async (file: string): Promise<string> => {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw away(new StartError(`DATABASE_PASSWORD_FILE ${file} cannot be read (${code ?? message})`));
  }
};

const withoutTls = () => away(new Error('the server has no TLS, which sslmode asks for'));

const closed = () => away(new Error('the server closed the connection before it was ready'));

const away = <E extends Error>(error: E) => Object.assign(error, { code: 'CONNECTION_CLOSED' });
