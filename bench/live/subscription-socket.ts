import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clientFrame, frameReader, PONG } from './frames.js';

/** One subscription by the graphql-transport-ws protocol, with no more client around it than its frames need. */
export interface SubscriptionSocket {
  /** When each of the frames came, in milliseconds since the epoch. */
  arrivals: Float64Array;
  received: number;
  close(): void;
}

export interface Subscribing {
  url: string;
  token: string;
  /** The payload of the subscribe message. */
  subscribe: object;
  /** The most frames that will come. */
  frames: number;
  /** Is given each result. The bytes are valid during the call only. */
  onNext(payload: Buffer): void;
  onFailure(message: string): void;
}

const now = () => performance.timeOrigin + performance.now();
/** Where a message's type stands: before its payload. */
const HEAD = 60;
/** One for all sockets: what is read is done with before the next read. */
const BUFFER = Buffer.alloc(256 * 1024);

/** Resolves once the subscription has been asked for. */
export function openSubscription(options: Subscribing): Promise<SubscriptionSocket> {
  const { url, token, subscribe, frames, onNext, onFailure } = options;
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    let upgraded = '';
    let closed = false;
    const result: SubscriptionSocket = {
      arrivals: new Float64Array(frames),
      received: 0,
      close() {
        closed = true;
        socket.destroy();
      },
    };
    const say = (message: object) => socket.write(clientFrame(JSON.stringify(message)));
    const reader = frameReader({
      onText(payload) {
        const head = payload.toString('latin1', 0, HEAD);
        if (head.includes('"next"')) {
          result.arrivals[result.received] = now();
          result.received += 1;
          onNext(payload);
        } else if (head.includes('"connection_ack"')) {
          say({ id: '1', type: 'subscribe', payload: subscribe });
          resolve(result);
        } else if (head.includes('"ping"')) say({ type: 'pong' });
        else if (!head.includes('"pong"')) onFailure(payload.toString());
      },
      onPing: (payload) => socket.write(clientFrame(payload, PONG)),
      onClose: (code, reason) => onFailure(`closed with ${code} ${reason}`),
    });
    const onread = {
      buffer: BUFFER,
      callback(length: number, buffer: Uint8Array) {
        const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length);
        if (upgraded !== 'yes') {
          upgraded += bytes.toString('latin1');
          if (!upgraded.endsWith('\r\n\r\n')) return true;
          if (!upgraded.startsWith('HTTP/1.1 101')) onFailure(upgraded);
          upgraded = 'yes';
          say({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
        } else reader.read(bytes);
        return true;
      },
    };
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    socket.on('error', (error) => onFailure(error.message));
    socket.on('close', () => {
      if (!closed) onFailure('the connection has ended');
    });
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
  });
}
