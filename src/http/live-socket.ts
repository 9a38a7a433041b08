import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import type { WebSocket } from 'ws';
import { jsonText } from '../db/json-text.js';
import type { Frame, Subscriber } from '../live/audience.js';
import { CLOSE, type Close } from './live-codes.js';
import { Outlet, portionsOf, textFrameHead } from './live-writing.js';
import type { SocketOperation } from './socket-operation.js';

/** Milliseconds that a client has to answer the close of its socket, which comes behind all that it has not read yet. */
const CLOSE_WITHIN = 5_000;

/** So many times LIVE_BUFFER_LIMIT may wait of answers and all else that a client has asked for. */
const ANSWERS = 8;

/** What a client has to read, and within which time. */
export interface ReadingLimits {
  /** Bytes that may wait for it. */
  liveBufferLimit: number;
  /** Seconds between two pings. */
  livePingInterval: number;
}

/**
 * Calls `stuck` when a client has taken nothing of what waits for it for as long as between two pings, and for twice as long
 * at most: when Node's own timer ends and something has gone out since it began, Node waits once more.
 */
export function watchReading(
  stream: { setTimeout(milliseconds: number, listener: () => void): unknown },
  outlet: Outlet,
  { livePingInterval }: ReadingLimits,
  stuck: () => void,
): void {
  stream.setTimeout(1_000 * livePingInterval, () => {
    if (outlet.waiting > 0) stuck();
  });
}

/** One WebSocket, with who is at its other end. */
export class LiveSocket {
  readonly request: IncomingMessage;
  readonly outlet: Outlet;
  readonly #socket: WebSocket;
  readonly #mostWaiting: number;
  /** The Authorization that it has signed in with. */
  authorization: string | undefined;
  /** Ran once when it is closed, from whichever side. */
  readonly #leave: (() => void)[] = [];
  #isAlive = true;
  #isOver = false;

  /** `wire` is what the WebSocket writes to, and this too: see SocketSubscriber. */
  constructor(socket: WebSocket, wire: Socket, request: IncomingMessage, limits: ReadingLimits) {
    this.request = request;
    this.outlet = new Outlet(wire, limits.liveBufferLimit);
    this.#socket = socket;
    this.#mostWaiting = ANSWERS * limits.liveBufferLimit;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    watchReading(wire, this.outlet, limits, () => this.close(CLOSE.TOO_SLOW));
    socket.once('close', () => this.#end());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get address(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  /** Sends a message of the protocol, and resolves when it has gone out. A client that asks and asks, and does not read, is sent away. */
  say(message: object): Promise<void> {
    if (this.#isOver || this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    if (this.outlet.waiting <= this.#mostWaiting) {
      return new Promise((resolve) => this.#socket.send(jsonText(message), () => resolve()));
    }
    this.close(CLOSE.TOO_SLOW);
    return Promise.resolve();
  }

  /** Takes nothing more from the client until it has read what waits for it. */
  holdBack(): void {
    if (this.outlet.hasRoom || this.#isOver) return;
    this.#socket.pause();
    void this.outlet.drained().then(() => this.#socket.resume());
  }

  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave.push(leave);
  }

  /** Cuts off a peer that did not answer the ping before. One that has something to read would answer behind that. */
  ping(): void {
    if (this.outlet.waiting > 0) return;
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

  #end(): void {
    this.#isOver = true;
    for (const leave of this.#leave.splice(0)) leave();
  }
}

const TAIL = Buffer.from('}');

/**
 * One subscription on a WebSocket. Its frames are built around the answer that all subscribers share, and written as one
 * piece: `ws` would write each in four. Nothing is compressed, so that `ws` itself writes nothing later than it is asked to,
 * and frames do not mix.
 */
export class SocketSubscriber implements Subscriber {
  readonly #socket: LiveSocket;
  readonly #operation: SocketOperation;
  readonly #head: Buffer;
  readonly #formatted: (error: unknown) => readonly GraphQLFormattedError[];

  constructor(
    socket: LiveSocket,
    operation: SocketOperation,
    formatted: (error: unknown) => readonly GraphQLFormattedError[],
  ) {
    this.#socket = socket;
    this.#operation = operation;
    this.#head = Buffer.from(`{"id":${JSON.stringify(operation.id)},"type":"next","payload":`);
    this.#formatted = formatted;
  }

  send(frames: readonly Frame[]): number {
    if (this.#operation.isOver) return 0;
    const portions = portionsOf(frames, (payload) => {
      const length = this.#head.length + payload.length + TAIL.length;
      return [textFrameHead(length), this.#head, payload, TAIL];
    });
    return this.#socket.outlet.write(portions);
  }

  drained(): Promise<void> {
    return this.#socket.outlet.drained();
  }

  fail(error: unknown): void {
    this.#operation.refuse(this.#formatted(error));
  }
}
