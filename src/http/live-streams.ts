import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Seen } from '../graphql/seen.js';
import { noteErrors } from '../graphql/seen-steps.js';
import { releaseWhenSent } from './graphql-endpoint.js';
import { HttpRefusal } from './http-refusal.js';
import { TOO_MANY_CONNECTIONS, TOO_MANY_SUBSCRIPTIONS } from './live-codes.js';
import type { LiveEndpoint } from './live-endpoint.js';
import { type Operation, type Outcome, runOperation, shownErrors } from './live-operation.js';
import { LiveStream } from './live-stream.js';

/** GraphQL over Server-Sent Events, by the protocol of graphql-sse in distinct connections mode: one request, one operation. */
export class LiveStreams {
  readonly #endpoint: LiveEndpoint;
  readonly #streams = new Set<LiveStream>();
  readonly #pinging: NodeJS.Timeout;

  constructor(endpoint: LiveEndpoint) {
    this.#endpoint = endpoint;
    this.#pinging = setInterval(() => {
      for (const stream of this.#streams) stream.ping();
    }, endpoint.config.livePingInterval * 1000).unref();
  }

  get size(): number {
    return this.#streams.size;
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!/text\/event-stream|\*\/\*/.test(request.headers.accept ?? '')) {
      throw new HttpRefusal(406, 'NOT_ACCEPTABLE', 'Answers are an event stream: accept text/event-stream');
    }
    const { authorization } = request.headers;
    const address = request.raw.socket.remoteAddress;
    const isRead = request.method === 'GET';
    const operation = isRead ? fromQuery(request.query) : (request.body ?? {});
    const outcome = await runOperation(
      this.#endpoint,
      { authorization, address },
      operation as Operation,
      isRead,
      request.seen,
    );
    if (outcome.subscription === null && outcome.account !== undefined) {
      releaseWhenSent(outcome.account, reply.raw);
    }
    // What is for every answer was given to the reply, which does not write this one.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    if (reply.raw.destroyed) return request.over(reply);
    reply.raw.once('close', () => request.over(reply));
    const { config, formatError } = this.#endpoint;
    const stream = new LiveStream(reply.raw, config, (error) => shownErrors(formatError, error));
    this.#follow(stream, outcome, request.seen);
  }

  /** Ends all streams, for their clients to come back to another gateway. */
  close(): void {
    clearInterval(this.#pinging);
    for (const stream of this.#streams) stream.sendAway();
  }

  #follow(stream: LiveStream, outcome: Outcome, seen: Seen): void {
    if (outcome.subscription === null) {
      stream.answer(outcome.result);
      return;
    }
    const { viewer, subscription } = outcome;
    const { connections, live } = this.#endpoint;
    const disconnect = connections.connect(viewer, () => stream.signOut());
    const release = disconnect && connections.subscribe(viewer);
    if (disconnect === null || release === null) {
      disconnect?.();
      const errors = [disconnect === null ? TOO_MANY_CONNECTIONS : TOO_MANY_SUBSCRIPTIONS];
      noteErrors(seen, errors);
      stream.answer({ errors });
      return;
    }
    this.#streams.add(stream);
    const leave = live.subscribe(subscription, stream);
    stream.onEnd(() => {
      this.#streams.delete(stream);
      leave();
      release();
      disconnect();
    });
  }
}

/** GraphQL over HTTP has variables in a URL as JSON. */
function fromQuery(query: unknown): Operation {
  const { variables, ...rest } = query as Operation;
  if (typeof variables !== 'string') return rest;
  try {
    return { ...rest, variables: JSON.parse(variables) };
  } catch {
    throw new HttpRefusal(400, 'BAD_REQUEST', 'The variables are no JSON');
  }
}
