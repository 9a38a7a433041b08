import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FormattedExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import { jsonText } from '../db/json-text.js';
import type { Frame, Subscriber } from '../live/audience.js';
import { CLOSE, type Close } from './live-codes.js';
import { drained, textFrameHead } from './live-writing.js';

/** Milliseconds that a client has to answer the close of its socket, which comes behind all that it has not read yet. */
const CLOSE_WITHIN = 5_000;

/** One WebSocket, with who is at its other end. */
export class LiveSocket {
  readonly request: IncomingMessage;
  readonly #socket: WebSocket;
  /** What the WebSocket writes to, and this too: see SocketSubscriber. */
  readonly #wire: Duplex;
  readonly #bufferLimit: number;
  /** The Authorization that it has signed in with. */
  authorization: string | undefined;
  /** Ran once when it is closed, from whichever side. */
  readonly #leave: (() => void)[] = [];
  #isAlive = true;
  #isOver = false;

  constructor(socket: WebSocket, wire: Duplex, request: IncomingMessage, bufferLimit: number) {
    this.request = request;
    this.#socket = socket;
    this.#wire = wire;
    this.#bufferLimit = bufferLimit;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.once('close', () => this.#end());
  }

  get address(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave.push(leave);
  }

  /** Cuts off a peer that did not answer the ping before. */
  ping(): void {
    if (!this.#isAlive) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) {
      this.#isAlive = false;
      this.#socket.ping();
    }
  }

  /** Ends all that it was subscribed to at once; the client is told why when it has read what came before. */
  close([code, reason]: Close, within = CLOSE_WITHIN): void {
    if (this.#isOver) return;
    this.#socket.close(code, reason);
    const cut = setTimeout(() => this.#socket.terminate(), within).unref();
    this.#socket.once('close', () => clearTimeout(cut));
    this.#end();
  }

  /** Writes whole frames behind what the WebSocket itself has written. */
  write(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#wire.writableLength > this.#bufferLimit) this.close(CLOSE.TOO_SLOW);
    else this.#wire.write(bytes);
  }

  /** Writes the one answer of an operation, when the client has read what came before; resolves when it has gone out. */
  async answer(id: string, result: FormattedExecutionResult): Promise<void> {
    await this.drained();
    if (this.#isOver) return;
    const [last, ...parts] = nextMessage(headOf(id), Buffer.from(jsonText(result))).reverse();
    for (const part of parts.reverse()) this.#wire.write(part);
    await new Promise((written) => this.#wire.write(last, written));
  }

  drained(): Promise<void> {
    return drained(this.#wire);
  }

  #end(): void {
    this.#isOver = true;
    for (const leave of this.#leave.splice(0)) leave();
  }
}

const TAIL = Buffer.from('}');

const headOf = (id: string) => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);

const nextMessage = (head: Buffer, payload: Buffer) => [
  textFrameHead(head.length + payload.length + TAIL.length),
  head,
  payload,
  TAIL,
];

/**
 * One subscription on a WebSocket. Its frames are built around the answer that all subscribers share, and written as one
 * piece: `ws` would write each in four, and graphql-ws make each anew of the parsed answer. Nothing is compressed, so that
 * `ws` itself writes nothing later than it is asked to, and frames do not mix.
 */
export class SocketSubscriber implements Subscriber {
  readonly #socket: LiveSocket;
  readonly #head: Buffer;
  readonly #failed: (error: unknown) => void;

  constructor(socket: LiveSocket, id: string, failed: (error: unknown) => void) {
    this.#socket = socket;
    this.#head = headOf(id);
    this.#failed = failed;
  }

  send(frames: readonly Frame[]): void {
    const parts = frames.flatMap(({ payload }) => nextMessage(this.#head, payload));
    this.#socket.write(Buffer.concat(parts));
  }

  drained(): Promise<void> {
    return this.#socket.drained();
  }

  fail(error: unknown): void {
    this.#failed(error);
  }
}
