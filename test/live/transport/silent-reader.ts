import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Transport } from '../followers.js';
import { masked, UPGRADE } from './plain-socket.js';

/** A client that has sent an operation, and reads nothing until `read`. */
export interface SilentReader {
  read(): void;
  pause(): void;
  text(): string;
  /** Resolves when the gateway has closed the connection, which the client notices only by reading. */
  closed: Promise<unknown>;
}

interface Operation {
  query: string;
  variables?: object;
}

export async function openSilentReader(
  transport: Transport,
  { url, token }: { url: string; token: string },
  operations: Operation[],
  onData: (data: Buffer) => void = () => {},
): Promise<SilentReader> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (data) => {
    chunks.push(data);
    onData(data);
  });
  const text = () => Buffer.concat(chunks).toString();
  if (transport === 'ws') {
    socket.write(UPGRADE);
    socket.write(masked({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }));
    while (!text().includes('connection_ack')) await once(socket, 'data');
    socket.pause();
    for (const [id, payload] of operations.entries()) {
      socket.write(masked({ type: 'subscribe', id: String(id), payload }));
    }
  } else {
    socket.pause();
    const body = JSON.stringify(operations[0]);
    socket.write(
      `POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
  return {
    read: () => void socket.resume(),
    pause: () => void socket.pause(),
    text,
    closed: once(socket, 'close'),
  };
}
