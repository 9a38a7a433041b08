import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestRecord } from '../../graphql/request-record.js';
import { acceptedTypes } from '../../graphql-server/pipeline/media-types.js';
import { recordErrors } from '../../graphql-server/pipeline/request-record-steps.js';
import { releaseWhenSent } from '../../http/graphql-endpoint.js';
import { HttpRefusal } from '../../http/http-refusal.js';
import { senderOf } from '../../http/sender.js';
import { TOO_MANY_CONNECTIONS, TOO_MANY_SUBSCRIPTIONS } from './close-codes.js';
import type { EndpointDependencies } from './endpoint-dependencies.js';
import { type Operation, type OperationResult, runOperation, shownErrors } from './operation.js';
import { LiveStream } from './stream.js';

/** graphql-sse in distinct connections mode: one operation per request. */
export class LiveStreams {
  readonly #endpoint: EndpointDependencies;
  readonly #streams = new Set<LiveStream>();
  readonly #pinging: NodeJS.Timeout;

  constructor(endpoint: EndpointDependencies) {
    this.#endpoint = endpoint;
    this.#pinging = setInterval(() => {
      for (const stream of this.#streams) stream.ping();
    }, endpoint.config.livePingInterval * 1000).unref();
  }

  get size(): number {
    return this.#streams.size;
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (acceptedTypes(request.headers.accept ?? '', ['text/event-stream']).length === 0) {
      throw new HttpRefusal(
        406,
        'NOT_ACCEPTABLE',
        'Answers are an event stream, not multipart: accept text/event-stream',
      );
    }
    const isRead = request.method === 'GET';
    const operation = isRead ? fromQuery(request.query) : (request.body ?? {});
    const outcome = await runOperation(
      this.#endpoint,
      senderOf(request.raw),
      operation as Operation,
      isRead,
      request.requestRecord,
    );
    if (outcome.subscription === null && outcome.account !== undefined) {
      releaseWhenSent(outcome.account, reply.raw);
    }
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    if (reply.raw.destroyed) return request.over(reply);
    reply.raw.once('close', () => request.over(reply));
    const { config, formatError } = this.#endpoint;
    const stream = new LiveStream(reply.raw, config, (error) => shownErrors(formatError, error));
    this.#follow(stream, outcome, request.requestRecord);
  }

  close(): void {
    clearInterval(this.#pinging);
    for (const stream of this.#streams) stream.sendAway();
  }

  #follow(stream: LiveStream, outcome: OperationResult, requestRecord: RequestRecord): void {
    if (outcome.subscription === null) {
      stream.answer(outcome.result);
      return;
    }
    const { viewer, subscription } = outcome;
    const { connections, live } = this.#endpoint;
    const disconnect = connections.connect(viewer, (hasMoved) =>
      hasMoved ? stream.sendAway() : stream.signOut(),
    );
    const release = disconnect && connections.subscribe(viewer);
    if (disconnect === null || release === null) {
      disconnect?.();
      const errors = [disconnect === null ? TOO_MANY_CONNECTIONS : TOO_MANY_SUBSCRIPTIONS];
      recordErrors(requestRecord, errors);
      stream.answer({ errors });
      return;
    }
    this.#streams.add(stream);
    const leave = live.subscribe(viewer, subscription, stream);
    stream.onEnd(() => {
      this.#streams.delete(stream);
      leave();
      release();
      disconnect();
    });
  }
}

function fromQuery(query: unknown): Operation {
  const { variables, extensions, ...rest } = query as Operation;
  return {
    ...rest,
    ...(typeof variables === 'string' && { variables: fromJson(variables, 'variables') }),
    ...(typeof extensions === 'string' && { extensions: fromJson(extensions, 'extensions') }),
  };
}

function fromJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpRefusal(400, 'BAD_REQUEST', `The ${name} are not JSON`);
  }
}
