import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { clientAddress } from '../../foundation/client-address.js';
import { jsonText } from '../../foundation/json-text.js';
import { Sender } from '../../http/sender.js';
import { CLOSE, type Close } from './close-codes.js';
import { Outlet } from './outlet.js';

/** Milliseconds; the close frame follows everything that the client has not read yet. */
const CLOSE_WITHIN = 5_000;

/** A multiple of LIVE_BUFFER_LIMIT. */
const ANSWERS = 8;

export interface ReadingLimits {
  liveBufferLimit: number;
  /** Seconds. */
  livePingInterval: number;
}

/** Calls `stuck` after one to two ping intervals: Node restarts its timer once if something was written meanwhile. */
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

export class LiveSocket {
  readonly request: IncomingMessage;
  readonly outlet: Outlet;
  readonly #socket: WebSocket;
  readonly #mostWaiting: number;
  #sender: Sender;
  #isSigningIn = false;
  closeReason: Close | null = null;
  readonly #leave: (() => void)[] = [];
  #isAlive = true;
  #isOver = false;

  constructor(socket: WebSocket, wire: Socket, request: IncomingMessage, limits: ReadingLimits) {
    this.request = request;
    this.#sender = new Sender(undefined, clientAddress(request));
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

  get sender(): Sender {
    return this.#sender;
  }

  get isSigningIn(): boolean {
    return this.#isSigningIn;
  }

  signInWith(authorization: string | undefined, consistency: string | null): void {
    this.#isSigningIn = true;
    this.#sender = new Sender(authorization, clientAddress(this.request), consistency);
  }

  send(message: object): Promise<void> {
    if (this.#isOver || this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    if (this.outlet.waiting <= this.#mostWaiting) {
      return new Promise((resolve) => this.#socket.send(jsonText(message), () => resolve()));
    }
    this.close(CLOSE.TOO_SLOW);
    return Promise.resolve();
  }

  holdBack(): void {
    if (this.outlet.hasRoom || this.#isOver) return;
    this.#socket.pause();
    void this.outlet.drained().then(() => this.#socket.resume());
  }

  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave.push(leave);
  }

  /** Skips the check while data waits, because the answer would follow that data. */
  ping(): void {
    if (this.outlet.waiting > 0) return;
    if (!this.#isAlive) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) {
      this.#isAlive = false;
      this.#socket.ping();
    }
  }

  close([code, reason]: Close, within = CLOSE_WITHIN): void {
    if (this.#isOver) return;
    this.closeReason = [code, reason];
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
