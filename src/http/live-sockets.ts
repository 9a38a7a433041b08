import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GraphQLSchema, parse } from 'graphql';
import { type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOSE, TOO_MANY_SUBSCRIPTIONS } from './live-codes.js';
import type { LiveEndpoint } from './live-endpoint.js';
import { runOperation, shownErrors } from './live-operation.js';
import { LiveSocket, SocketSubscriber } from './live-socket.js';
import { OneAnswer, OpenSubscription, RefusedOperation } from './socket-operation.js';

type Params = Record<string, unknown>;
type SocketContext = Context<Params, LiveSocket>;

/** Milliseconds that clients have to answer the close when the gateway stops. */
const LAST_CLOSE_WITHIN = 500;

/** What graphql-ws is told to execute: it need not know, for operations are run elsewhere. */
const ANY = parse('subscription { any }');

/** GraphQL over WebSocket by the protocol graphql-transport-ws. */
export class LiveSockets {
  readonly #endpoint: LiveEndpoint;
  readonly #sockets = new Set<LiveSocket>();
  readonly #webSockets: WebSocketServer;
  readonly #protocol: ReturnType<typeof makeServer<Params, LiveSocket>>;
  readonly #pinging: NodeJS.Timeout;

  constructor(endpoint: LiveEndpoint, schema: GraphQLSchema) {
    this.#endpoint = endpoint;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: endpoint.config.bodyLimit,
      handleProtocols,
    });
    this.#protocol = makeServer<Params, LiveSocket>({
      connectionInitWaitTimeout: 10_000,
      onConnect: (context) => this.#signIn(context),
      onSubscribe: (context, id, payload) => ({
        schema,
        document: ANY,
        contextValue: { context, id, payload },
      }),
      subscribe: ({ contextValue }) => {
        const { context, id, payload } = contextValue as {
          context: SocketContext;
          id: string;
          payload: SubscribePayload;
        };
        return this.#run(context.extra, id, payload);
      },
      onError: (_context, _id, _payload, [error]) =>
        error?.originalError instanceof RefusedOperation ? [...error.originalError.errors] : undefined,
    });
    this.#pinging = setInterval(() => {
      for (const socket of this.#sockets) socket.ping();
    }, endpoint.config.livePingInterval * 1000).unref();
  }

  /** Takes over a connection that asks to be a WebSocket. */
  upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, wire, head, (socket) => this.#open(socket, wire, request));
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

  #open(socket: WebSocket, wire: Duplex, request: IncomingMessage): void {
    const { log, config } = this.#endpoint;
    const live = new LiveSocket(socket, wire, request, config.liveBufferLimit);
    this.#sockets.add(live);
    // It is closed by ws itself, with the code of what was wrong.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: async (text) => {
          if (socket.readyState === socket.OPEN) socket.send(text);
        },
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.on('message', (data) => {
            if (live.isOver) return;
            take(String(data)).catch((error) => {
              log.error({ err: error }, 'a message of a WebSocket could not be taken');
              socket.close(4500, 'Internal server error');
            });
          });
        },
      },
      live,
    );
    live.onEnd(() => void closed());
    socket.once('close', () => this.#sockets.delete(live));
  }

  async #signIn({ extra: socket, connectionParams }: SocketContext): Promise<boolean> {
    socket.authorization = authorizationIn(connectionParams) ?? socket.request.headers.authorization;
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

  async #run(socket: LiveSocket, id: string, payload: SubscribePayload) {
    const outcome = await this.#endpoint.watchOperation(socket.request, (seen) =>
      runOperation(this.#endpoint, socket, payload, false, seen),
    );
    if (outcome.subscription === null) {
      const { result, account } = outcome;
      const send = async () => {
        if (!('data' in result)) throw new RefusedOperation(result.errors ?? []);
        await socket.answer(id, result);
      };
      return new OneAnswer(send, () => account?.release());
    }
    const { viewer, subscription } = outcome;
    const { connections, live } = this.#endpoint;
    return new OpenSubscription((fail) => {
      const release = connections.subscribe(viewer);
      if (release === null) {
        fail(new RefusedOperation([TOO_MANY_SUBSCRIPTIONS]));
        return () => {};
      }
      const leave = live.subscribe(
        subscription,
        new SocketSubscriber(socket, id, (error) =>
          fail(new RefusedOperation(shownErrors(this.#endpoint.formatError, error))),
        ),
      );
      return () => {
        leave();
        release();
      };
    });
  }
}

/** The Authorization in the payload of connection_init, whichever case it is written in. */
function authorizationIn(params: Params | undefined): string | undefined {
  const [, value] =
    Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value : undefined;
}
