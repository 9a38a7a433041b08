import { type ConnectionInitMessage, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import { CLOSE } from './live-codes.js';
import type { LiveSocket } from './live-socket.js';
import { SocketOperation } from './socket-operation.js';

/** Milliseconds that a client has to say who it is. */
const INIT_WITHIN = 10_000;

export interface SocketHandlers {
  /** Answers whether the client is let in; where it is not, the socket is closed already. */
  signIn(socket: LiveSocket, params: ConnectionInitMessage['payload']): Promise<boolean>;
  /** Answers the operation, or has it subscribed. It may be over at any time. */
  run(socket: LiveSocket, operation: SocketOperation, payload: SubscribePayload): Promise<void>;
}

/**
 * The messages of one WebSocket by graphql-transport-ws. The server of graphql-ws knows operations by their ids alone, and
 * takes the old one for the new when a client completes an id and uses it again at once. Here an operation is an object:
 * whatever comes of one that is over goes nowhere.
 */
export class SocketProtocol {
  readonly #socket: LiveSocket;
  readonly #handlers: SocketHandlers;
  /** Those that are not over. */
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
        void this.#socket.say({
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
    void this.#socket.say({ type: MessageType.ConnectionAck });
  }

  async #subscribe(id: string, payload: SubscribePayload): Promise<void> {
    if (!this.#isAcknowledged || this.#operations.has(id)) {
      this.#socket.close(this.#isAcknowledged ? alreadyExists(id) : CLOSE.UNAUTHORIZED);
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

/** A reason has at most 123 bytes. */
function alreadyExists(id: string) {
  const reason = `Subscriber for ${id} already exists`;
  return [4409, Buffer.byteLength(reason) > 123 ? 'Subscriber already exists' : reason] as const;
}
