import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { LiveSocket } from './socket.js';

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

  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave.push(leave);
  }

  async answer(result: FormattedExecutionResult): Promise<void> {
    const { id } = this;
    if (!('data' in result)) this.refuse(result.errors ?? []);
    else {
      await this.#socket.outlet.drained();
      await this.#sendLast(
        { id, type: MessageType.Next, payload: result },
        { id, type: MessageType.Complete },
      );
    }
  }

  refuse(errors: readonly GraphQLFormattedError[]): void {
    void this.#sendLast({ id: this.id, type: MessageType.Error, payload: errors });
  }

  complete(): void {
    void this.#sendLast({ id: this.id, type: MessageType.Complete });
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const leave of this.#leave.splice(0)) leave();
  }

  async #sendLast(...messages: object[]): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await Promise.all(messages.map((message) => this.#socket.send(message)));
  }
}
