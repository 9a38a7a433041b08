import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

interface Subscribe {
  id: string;
  payload: { query: string; variables?: Record<string, unknown> | null };
}

/** One connection of a client, in the words of the protocol. */
export interface FakeConnection {
  socket: WebSocket;
  token: unknown;
  subscribed: Subscribe[];
}

export interface FakeGateway {
  url: string;
  connections: FakeConnection[];
  /** Waits for a connection's subscription; all are counted from 1. */
  connection(count: number): Promise<FakeConnection>;
  subscription(connection: FakeConnection, count?: number): Promise<Subscribe>;
}

export interface FakeBehaviour {
  /** What a sign-in with this token is closed with; null lets it in. */
  refuses?(authorization: unknown): number | null;
  answersPings?: boolean;
}

/** Says what a real gateway says rarely. `changeCursor` is always `start`. */
export async function openFakeGateway({ refuses = () => null, answersPings = true }: FakeBehaviour = {}) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'graphql-transport-ws',
  });
  await once(server, 'listening');
  const connections: FakeConnection[] = [];
  server.on('connection', (socket) => {
    const connection: FakeConnection = { socket, token: null, subscribed: [] };
    connections.push(connection);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      const send = (answer: object) => socket.send(JSON.stringify(answer));
      if (message.type === 'connection_init') {
        connection.token = message.payload?.Authorization;
        const code = refuses(connection.token);
        if (code !== null) socket.close(code, 'refused');
        else send({ type: 'connection_ack' });
      } else if (message.type === 'ping' && answersPings) send({ type: 'pong' });
      else if (message.type === 'subscribe' && message.payload.query === '{ changeCursor }') {
        send({ id: message.id, type: 'next', payload: { data: { changeCursor: 'start' } } });
        send({ id: message.id, type: 'complete' });
      } else if (message.type === 'subscribe' && message.payload.query === '{ __typename }') {
        send({ id: message.id, type: 'next', payload: { data: { __typename: 'Query' } } });
        send({ id: message.id, type: 'complete' });
      } else if (message.type === 'subscribe') connection.subscribed.push(message);
    });
  });
  onTestFinished(() => {
    for (const { socket } of connections) socket.terminate();
    server.close();
  });
  const found = <T>(find: () => T | undefined): Promise<T> =>
    vi.waitFor(
      () => {
        const one = find();
        if (one === undefined) throw new Error('not yet');
        return one;
      },
      { timeout: 20_000, interval: 2 },
    );
  const gateway: FakeGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    connections,
    connection: (count) => found(() => connections[count - 1]),
    subscription: (connection, count = 1) => found(() => connection.subscribed[count - 1]),
  };
  return gateway;
}

/** A change of `callsChanged`, as the gateway sends it. */
export function sendChange({ socket }: FakeConnection, { id }: Subscribe, cursor: string): void {
  const data = { callsChanged: { cursor, kind: 'UPDATED' } };
  socket.send(JSON.stringify({ id, type: 'next', payload: { data } }));
}

export function sendError(
  { socket }: FakeConnection,
  { id }: Subscribe,
  code: string,
  more: object = {},
): void {
  const payload = [{ message: code.toLowerCase(), extensions: { code, ...more } }];
  socket.send(JSON.stringify({ id, type: 'error', payload }));
}
