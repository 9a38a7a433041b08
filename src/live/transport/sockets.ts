import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionInitMessage, GRAPHQL_TRANSPORT_WS_PROTOCOL, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { HEADER } from '../../graphql/consistency.js';
import { CLOSE, type Close, forbidden, TOO_MANY_SUBSCRIPTIONS, tryAgainLater } from './close-codes.js';
import type { EndpointDependencies } from './endpoint-dependencies.js';
import { type Followed, runOperation, shownErrors } from './operation.js';
import { LiveSocket } from './socket.js';
import type { SocketOperation } from './socket-operation.js';
import { type SocketHandlers, SocketProtocol } from './socket-protocol.js';
import { SocketSubscriber } from './socket-subscriber.js';

type Params = ConnectionInitMessage['payload'];

/** Milliseconds. */
const LAST_CLOSE_WITHIN = 500;

export class LiveSockets {
  readonly #endpoint: EndpointDependencies;
  readonly #sockets = new Set<LiveSocket>();
  readonly #anonymous = new Set<LiveSocket>();
  readonly #webSockets: WebSocketServer;
  readonly #handlers: SocketHandlers = {
    signIn: (socket, params) => this.#signIn(socket, params),
    run: (socket, operation, payload) => this.#run(socket, operation, payload),
  };
  readonly #pinging: NodeJS.Timeout;

  constructor(endpoint: EndpointDependencies) {
    this.#endpoint = endpoint;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: endpoint.config.bodyLimit,
      handleProtocols: chosenProtocol,
    });
    this.#pinging = setInterval(() => {
      for (const socket of this.#sockets) socket.ping();
    }, endpoint.config.livePingInterval * 1000).unref();
  }

  upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, wire, head, (socket) => this.#open(socket, request));
  }

  get size(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging);
    for (const socket of [...this.#sockets]) socket.close(CLOSE.GOING_AWAY, LAST_CLOSE_WITHIN);
    for (let waited = 0; this.#sockets.size > 0 && waited < 2 * LAST_CLOSE_WITHIN; waited += 10)
      await sleep(10);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { log, config, bodyBudget, origins } = this.#endpoint;
    const live = new LiveSocket(socket, request.socket, request, config);
    this.#sockets.add(live);
    live.onEnd(() => this.#anonymous.delete(live));
    socket.once('close', () => {
      this.#sockets.delete(live);
      const [code, reason] = live.closeReason ?? [];
      if (code !== undefined) log.info({ code, reason }, 'a WebSocket was closed');
    });
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
    const refused = refusalOf(socket.protocol, origins.refusalOf(request.headers));
    if (refused !== null) {
      live.close(refused);
      return;
    }
    this.#anonymous.add(live);
    if (this.#anonymous.size > config.liveMaxAnonymous)
      this.#firstAnonymous().close(CLOSE.TOO_MANY_ANONYMOUS);
    const protocol = new SocketProtocol(live, this.#handlers);
    socket.on('message', (data) => {
      if (live.isOver) return;
      const release = bodyBudget.take((data as Buffer).length, live.sender);
      if (release === null) return live.close(CLOSE.NO_ROOM);
      // ws validates UTF-8 of text frames only.
      const text = isUtf8(data as Buffer) ? String(data) : '';
      const taken = protocol.take(text).catch((error) => {
        log.error({ err: error }, 'a WebSocket message could not be processed');
        live.close(CLOSE.FAULT);
      });
      void taken.then(release);
      live.holdBack();
    });
    socket.on('ping', () => live.holdBack());
  }

  #firstAnonymous(): LiveSocket {
    const [first] = [...this.#anonymous].filter(({ isSigningIn }) => !isSigningIn);
    if (first === undefined) throw new Error('every anonymous WebSocket is signing in');
    return first;
  }

  async #signIn(socket: LiveSocket, params: Params): Promise<boolean> {
    const { headers } = socket.request;
    const given = (name: string) => valueIn(params, name) || headers[name]?.toString();
    socket.signInWith(given('authorization'), given(HEADER) ?? null);
    const { contextOf, connections, formatError, log } = this.#endpoint;
    const context = await contextOf(socket.sender).catch((error) => {
      log.info({ err: error }, 'a WebSocket could not be signed in');
      const [shown] = shownErrors(formatError, error);
      const { message = '', extensions } = shown ?? {};
      socket.close(extensions?.code === 'FORBIDDEN' ? forbidden(message) : tryAgainLater(message));
      return null;
    });
    if (context === null || socket.isOver) return false;
    if (context.viewer === null) {
      socket.close(CLOSE.SIGN_IN);
      return false;
    }
    const release = connections.connect(context.viewer, (hasMoved) =>
      socket.close(hasMoved ? CLOSE.MOVED : CLOSE.SIGNED_OUT),
    );
    if (release === null) {
      socket.close(CLOSE.TOO_MANY_CONNECTIONS);
      return false;
    }
    socket.onEnd(release);
    this.#anonymous.delete(socket);
    return true;
  }

  async #run(socket: LiveSocket, operation: SocketOperation, payload: SubscribePayload): Promise<void> {
    const outcome = await this.#endpoint.watchOperation(socket.request, (requestRecord) =>
      runOperation(this.#endpoint, socket.sender, payload, false, requestRecord),
    );
    if (outcome.subscription !== null) this.#follow(socket, operation, outcome);
    else await operation.answer(outcome.result).finally(() => outcome.account?.release());
  }

  #follow(socket: LiveSocket, operation: SocketOperation, { viewer, subscription }: Followed): void {
    if (operation.isOver) return;
    const { connections, live, formatError } = this.#endpoint;
    const release = connections.subscribe(viewer);
    if (release === null) {
      operation.refuse([TOO_MANY_SUBSCRIPTIONS]);
      return;
    }
    operation.onEnd(release);
    const subscriber = new SocketSubscriber(socket, operation, (error) => shownErrors(formatError, error));
    operation.onEnd(live.subscribe(viewer, subscription, subscriber));
  }
}

/** One that is not served is accepted too: a browser shows why it was closed only of a connection that was opened. */
function chosenProtocol(offered: Set<string>): string | false {
  if (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return GRAPHQL_TRANSPORT_WS_PROTOCOL;
  const [first = false] = offered;
  return first;
}

/** The name that the older protocol, of subscriptions-transport-ws, has taken. */
const LEGACY_PROTOCOL = 'graphql-ws';

function refusalOf(protocol: string, originRefusal: string | null): Close | null {
  if (originRefusal !== null) return forbidden(originRefusal);
  if (protocol === GRAPHQL_TRANSPORT_WS_PROTOCOL) return null;
  return protocol === LEGACY_PROTOCOL ? CLOSE.LEGACY_SUBPROTOCOL : CLOSE.SUBPROTOCOL;
}

function valueIn(params: Params, header: string): string | undefined {
  const [, value] = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === header) ?? [];
  return typeof value === 'string' ? value : undefined;
}
