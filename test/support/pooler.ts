import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import postgres from 'postgres';

/** A minimal PgBouncer in transaction mode: each transaction may run in another session. */
export interface Pooler {
  /** The database's URL through it, as it is. */
  url: string;
  /** Transactions that each of its sessions has served. */
  served(): number[];
  close(): Promise<void>;
}

interface Session {
  socket: Socket;
  served: number;
  client: Client | null;
  /** The names of statements that it has prepared. */
  prepared: Set<string>;
  /** For each Parse under way, whether the client does not know of it. */
  parses: boolean[];
}

interface Client {
  socket: Socket;
  /** Bytes received before it has a session. */
  unsent: Buffer[];
  session: Session | null;
  /** Pending answers: one per simple query or Sync. */
  due: number;
  /** Its Parse messages, by the name of the statement. */
  parsed: Map<string, Buffer>;
}

/** Start-up parameters that PgBouncer accepts; it refuses others. */
const TAKEN = new Set(['user', 'database', 'client_encoding', 'application_name', 'DateStyle', 'TimeZone']);

/** Opens all sessions at once; the next transaction gets the one that was idle longest. */
export async function openPooler(
  databaseUrl: string,
  size = 3,
  { keepsPrepared = false } = {},
): Promise<Pooler> {
  const sessions = await Promise.all(Array.from({ length: size }, () => openSession(databaseUrl)));
  const idle = [...sessions];
  const waiting: Client[] = [];
  const clients = new Set<Socket>();

  const send = (session: Session, client: Client, message: Buffer) => {
    if (!keepsPrepared) return void session.socket.write(message);
    const name = statementOf(message);
    if (isOf(message, 'P')) {
      session.parses.push(false);
      if (name) client.parsed.set(name, message);
    }
    const missing = name && !session.prepared.has(name) ? client.parsed.get(name) : undefined;
    if (name) session.prepared.add(name);
    if (missing !== undefined && !isOf(message, 'P')) {
      session.parses.push(true);
      session.socket.write(missing);
    }
    session.socket.write(message);
  };
  const pair = () => {
    while (idle.length > 0 && waiting.length > 0) {
      const [session, client] = [idle.shift(), waiting.shift()] as [Session, Client];
      session.client = client;
      client.session = session;
      for (const message of client.unsent.splice(0)) send(session, client, message);
    }
  };
  const answer = (session: Session) => (message: Buffer) => {
    const { client } = session;
    if (client === null) return;
    if (isOf(message, '1') && session.parses.shift() === true) return;
    client.socket.write(message);
    if (!isOf(message, 'Z')) return;
    client.due -= 1;
    if (client.due > 0 || message.toString('latin1', 5) !== 'I') return;
    session.served += 1;
    session.client = null;
    client.session = null;
    idle.push(session);
    pair();
  };
  for (const session of sessions) session.socket.on('data', framed(answer(session)));

  const ask = (client: Client) => (message: Buffer) => {
    if (isOf(message, 'X')) return void client.socket.end();
    if (isOf(message, 'Q') || isOf(message, 'S')) client.due += 1;
    if (client.session !== null) return send(client.session, client, message);
    client.unsent.push(message);
    if (client.unsent.length === 1) waiting.push(client);
    pair();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.once('data', (startup: Buffer) => {
      const words = startup.toString('utf8', 8).split('\0');
      const refused = words.find((word, at) => at % 2 === 0 && word !== '' && !TAKEN.has(word));
      if (refused !== undefined) return void socket.end(refusal(`unsupported startup parameter: ${refused}`));
      socket.write(Buffer.concat([messageOf('R', Buffer.alloc(4)), messageOf('Z', Buffer.from('I'))]));
      const client: Client = { socket, unsent: [], session: null, due: 0, parsed: new Map() };
      socket.on('data', framed(ask(client)));
      socket.on('close', () => {
        clients.delete(socket);
        if (waiting.includes(client)) waiting.splice(waiting.indexOf(client), 1);
        client.session?.socket.destroy();
      });
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' ? address?.port : 0);
  return {
    url: url.href,
    served: () => sessions.map(({ served }) => served),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...clients, ...sessions.map((session) => session.socket)]) socket.destroy();
      await closed;
    },
  };
}

/** The driver signs in; from then on the socket is ours. */
async function openSession(databaseUrl: string): Promise<Session> {
  const { hostname, port } = new URL(databaseUrl);
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  const options = { max: 1, fetch_types: false, idle_timeout: 0, max_lifetime: null, socket: () => socket };
  await postgres(databaseUrl, options as never).unsafe('select 1');
  socket.removeAllListeners();
  socket.on('error', () => {});
  return { socket, served: 0, client: null, prepared: new Set(), parses: [] };
}

/** Cuts a stream into the messages of the protocol: a letter, and a length that counts itself. */
function framed(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length > 4 && rest.length > rest.readUInt32BE(1)) {
      const end = rest.readUInt32BE(1) + 1;
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

/** The statement that is parsed, bound or described. */
function statementOf(message: Buffer): string | undefined {
  const [first, second] = message.toString('latin1', 5).split('\0');
  if (isOf(message, 'P')) return first;
  if (isOf(message, 'B')) return second;
  return isOf(message, 'D') && first?.startsWith('S') ? first.slice(1) : undefined;
}

const isOf = (message: Buffer, letter: string) => message[0] === letter.charCodeAt(0);

function messageOf(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const refusal = (text: string) => messageOf('E', Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${text}\0\0`));
