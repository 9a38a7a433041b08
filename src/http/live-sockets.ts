import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionInitMessage,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  handleProtocols,
  type SubscribePayload,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOSE, TOO_MANY_SUBSCRIPTIONS } from './live-codes.js';
import type { LiveEndpoint } from './live-endpoint.js';
import { type Followed, runOperation, shownErrors } from './live-operation.js';
import { LiveSocket, SocketSubscriber } from './live-socket.js';
import type { SocketOperation } from './socket-operation.js';
import { type SocketHandlers, SocketProtocol } from './socket-protocol.js';

type Params = ConnectionInitMessage['payload'];

/** Milliseconds that clients have to answer the close when the gateway stops. */
const LAST_CLOSE_WITHIN = 500;

/** GraphQL over WebSocket by the protocol graphql-transport-ws. */
export class LiveSockets {
  readonly #endpoint: LiveEndpoint;
  readonly #sockets = new Set<LiveSocket>();
  readonly #webSockets: WebSocketServer;
  readonly #handlers: SocketHandlers = {
    signIn: (socket, params) => this.#signIn(socket, params),
    run: (socket, operation, payload) => this.#run(socket, operation, payload),
  };
  readonly #pinging: NodeJS.Timeout;

  constructor(endpoint: LiveEndpoint) {
    this.#endpoint = endpoint;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: endpoint.config.bodyLimit,
      handleProtocols,
    });
    this.#pinging = setInterval(() => {
      for (const socket of this.#sockets) socket.ping();
    }, endpoint.config.livePingInterval * 1000).unref();
  }

  /** Takes over a connection that asks to be a WebSocket. */
  upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, wire, head, (socket) => this.#open(socket, request));
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Sends all clients away, to come back to another gateway. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    for (const socket of [...this.#sockets]) socket.close(CLOSE.GOING_AWAY, LAST_CLOSE_WITHIN);
    for (let waited = 0; this.#sockets.size > 0 && waited < 2 * LAST_CLOSE_WITHIN; waited += 10)
      await sleep(10);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { log, config, bodyRoom } = this.#endpoint;
    const live = new LiveSocket(socket, request.socket, request, config);
    this.#sockets.add(live);
    socket.once('close', () => this.#sockets.delete(live));
    // It is closed by ws itself, with the code of what was wrong.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      live.close(CLOSE.SUBPROTOCOL);
      return;
    }
    const protocol = new SocketProtocol(live, this.#handlers);
    socket.on('message', (data) => {
      if (live.isOver) return;
      const giveBack = bodyRoom.take((data as Buffer).length, live.authorization, live.address);
      if (giveBack === null) return live.close(CLOSE.TRY_AGAIN_LATER);
      // ws looks at the bytes of text frames only.
      const text = isUtf8(data as Buffer) ? String(data) : '';
      const taken = protocol.take(text).catch((error) => {
        log.error({ err: error }, 'a message of a WebSocket could not be taken');
        live.close(CLOSE.FAULT);
      });
      void taken.then(giveBack);
      live.holdBack();
    });
    socket.on('ping', () => live.holdBack());
  }

  async #signIn(socket: LiveSocket, params: Params): Promise<boolean> {
    socket.authorization = authorizationIn(params) || socket.request.headers.authorization;
    const { contextOf, connections } = this.#endpoint;
    const context = await contextOf(socket.authorization).catch(() => null);
    if (context === null || socket.isOver) {
      socket.close(CLOSE.TRY_AGAIN_LATER);
      return false;
    }
    const release = connections.connect(context.viewer, () => socket.close(CLOSE.UNAUTHORIZED));
    if (release === null) {
      socket.close(CLOSE.TOO_MANY_CONNECTIONS);
      return false;
    }
    socket.onEnd(release);
    return true;
  }

  async #run(socket: LiveSocket, operation: SocketOperation, payload: SubscribePayload): Promise<void> {
    const outcome = await this.#endpoint.watchOperation(socket.request, (seen) =>
      runOperation(this.#endpoint, socket, payload, false, seen),
    );
    if (outcome.subscription !== null) this.#follow(socket, operation, outcome);
    else await operation.answer(outcome.result).finally(() => outcome.account?.release());
  }

  #follow(socket: LiveSocket, operation: SocketOperation, { viewer, subscription }: Followed): void {
    // Completed by the client meanwhile, or closed: nothing is begun that would have to be ended.
    if (operation.isOver) return;
    const { connections, live, formatError } = this.#endpoint;
    const release = connections.subscribe(viewer);
    if (release === null) {
      operation.refuse([TOO_MANY_SUBSCRIPTIONS]);
      return;
    }
    operation.onEnd(release);
    const subscriber = new SocketSubscriber(socket, operation, (error) => shownErrors(formatError, error));
    operation.onEnd(live.subscribe(subscription, subscriber));
  }
}

/** The Authorization in the payload of connection_init, whichever case it is written in. */
function authorizationIn(params: Params): string | undefined {
  const [, value] =
    Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value : undefined;
}
