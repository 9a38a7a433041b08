import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { socketUrl } from '../followers.js';

export interface Message {
  type: string;
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
  payload?: any;
}

/** A hand-written graphql-transport-ws client, which can send what no library would. */
export interface PlainSocket {
  socket: WebSocket;
  messages: Message[];
  closed: Promise<[code: number, reason: string]>;
  say(message: Message): void;
  subscribe(id: string, query: string, variables?: object): void;
  /** Resolves when the gateway has processed all earlier messages and its answer has arrived. */
  processed(): Promise<void>;
}

export async function openPlainSocket(
  target: { url: string; token: string },
  onMessage: (message: Message) => void = () => {},
): Promise<PlainSocket> {
  const socket = new WebSocket(socketUrl(target.url), 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  const pongs: (() => void)[] = [];
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    messages.push(message);
    onMessage(message);
    if (message.type === 'pong') pongs.shift()?.();
  });
  const say = (message: Message) => socket.send(JSON.stringify(message), () => {});
  await once(socket, 'open');
  say({ type: 'connection_init', payload: { Authorization: `Bearer ${target.token}` } });
  await once(socket, 'message');
  return {
    socket,
    messages,
    closed,
    say,
    subscribe: (id, query, variables) => say({ type: 'subscribe', id, payload: { query, variables } }),
    processed: () =>
      new Promise((resolve) => {
        pongs.push(resolve);
        say({ type: 'ping' });
        void closed.then(() => resolve());
      }),
  };
}

export const UPGRADE =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** A client's text message as a frame; the mask of zeros leaves it unchanged. */
export function masked(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}
