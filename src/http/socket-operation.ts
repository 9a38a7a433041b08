import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { LiveSocket } from './live-socket.js';

/** One operation of a WebSocket, from its `subscribe` until it is over, from whichever side. Once it is, it says nothing. */
export class SocketOperation {
  readonly id: string;
  readonly #socket: LiveSocket;
  readonly #leave: (() => void)[] = [];
  #isOver = false;

  constructor(socket: LiveSocket, id: string) {
    this.#socket = socket;
    this.id = id;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What is to be done when it is over: at once, where it is. */
  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave.push(leave);
  }

  /**
   * Says the one answer of a query or mutation, once the client has read what came before; resolves when it has gone out.
   * Where there is no data it was refused as a whole.
   */
  async answer(result: FormattedExecutionResult): Promise<void> {
    const { id } = this;
    if (!('data' in result)) this.refuse(result.errors ?? []);
    else {
      await this.#socket.outlet.drained();
      await this.#sayLast(
        { id, type: MessageType.Next, payload: result },
        { id, type: MessageType.Complete },
      );
    }
  }

  /** Ends it with an error. */
  refuse(errors: readonly GraphQLFormattedError[]): void {
    void this.#sayLast({ id: this.id, type: MessageType.Error, payload: errors });
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const leave of this.#leave.splice(0)) leave();
  }

  async #sayLast(...messages: object[]): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await Promise.all(messages.map((message) => this.#socket.say(message)));
  }
}
