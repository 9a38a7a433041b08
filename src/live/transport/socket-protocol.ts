import { type ConnectionInitMessage, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import { CLOSE } from './close-codes.js';
import type { LiveSocket } from './socket.js';
import { SocketOperation } from './socket-operation.js';

/** Milliseconds. */
const INIT_WITHIN = 5_000;

export interface SocketHandlers {
  signIn(socket: LiveSocket, params: ConnectionInitMessage['payload']): Promise<boolean>;
  run(socket: LiveSocket, operation: SocketOperation, payload: SubscribePayload): Promise<void>;
}

/**
 * The server of graphql-ws knows operations only by id, and confuses two when a client completes an id and reuses it at
 * once.
 */
export class SocketProtocol {
  readonly #socket: LiveSocket;
  readonly #handlers: SocketHandlers;
  readonly #operations = new Map<string, SocketOperation>();
  #isInitialised = false;
  #isAcknowledged = false;

  constructor(socket: LiveSocket, handlers: SocketHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    const late = setTimeout(() => {
      if (!this.#isInitialised) socket.close(CLOSE.INIT_TIMEOUT);
    }, INIT_WITHIN).unref();
    socket.onEnd(() => {
      clearTimeout(late);
      for (const operation of [...this.#operations.values()]) operation.end();
    });
  }

  async take(text: string): Promise<void> {
    const message = messageIn(text);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        await this.#initialise(message.payload);
        break;
      case MessageType.Ping:
        void this.#socket.send({
          type: MessageType.Pong,
          ...(message.payload && { payload: message.payload }),
        });
        break;
      case MessageType.Pong:
        break;
      case MessageType.Subscribe:
        await this.#subscribe(message.id, message.payload);
        break;
      case MessageType.Complete:
        this.#operations.get(message.id)?.end();
        break;
      default:
        this.#socket.close(CLOSE.BAD_REQUEST);
    }
  }

  async #initialise(params: ConnectionInitMessage['payload']): Promise<void> {
    if (this.#isInitialised) {
      this.#socket.close(CLOSE.TOO_MANY_INITS);
      return;
    }
    this.#isInitialised = true;
    if (!(await this.#handlers.signIn(this.#socket, params))) return;
    this.#isAcknowledged = true;
    void this.#socket.send({ type: MessageType.ConnectionAck });
  }

  async #subscribe(id: string, payload: SubscribePayload): Promise<void> {
    if (!this.#isAcknowledged || this.#operations.has(id)) {
      this.#socket.close(this.#isAcknowledged ? alreadyExists(id) : CLOSE.TOO_EARLY);
      return;
    }
    const operation = new SocketOperation(this.#socket, id);
    this.#operations.set(id, operation);
    operation.onEnd(() => this.#operations.delete(id));
    await this.#handlers.run(this.#socket, operation, payload);
  }
}

function messageIn(text: string) {
  try {
    return parseMessage(text);
  } catch {
    return null;
  }
}

function alreadyExists(id: string) {
  const reason = `Subscriber for ${id} already exists`;
  return [4409, Buffer.byteLength(reason) > 123 ? 'Subscriber already exists' : reason] as const;
}
