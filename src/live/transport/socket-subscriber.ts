import type { GraphQLFormattedError } from 'graphql';
import type { Payload, Subscriber } from '../subscription-handle.js';
import { portionsOf, textFrameHead } from './outlet.js';
import type { LiveSocket } from './socket.js';
import type { SocketOperation } from './socket-operation.js';

const TAIL = Buffer.from('}');

/**
 * `ws` would need four writes per frame. Compression is off, so that `ws` writes nothing late, and frames do not
 * interleave.
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

  send(frames: readonly Payload[]): number {
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

  complete(): void {
    this.#operation.complete();
  }

  fail(error: unknown): void {
    this.#operation.refuse(this.#formatted(error));
  }
}
