import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { eventLoop } from '../foundation/event-loop.js';
import { FairQueue, type Slot } from '../foundation/fair-queue.js';
import { OVERLOADED, RETRY_AFTER } from '../foundation/overload.js';
import type { RequestRecord } from '../graphql/request-record.js';
import { HttpRefusal } from './http-refusal.js';
import { type Client, KnownClients } from './known-clients.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { senderOf } from './sender.js';

/** Milliseconds. */
const MOST_WAITING = 2_000;

export interface AdmissionLimits {
  maxConcurrentRequests: number;
  maxQueuedRequests: number;
}

export type Leave = () => void;

export class Admission {
  readonly clients = new KnownClients();
  readonly #queue: FairQueue;

  constructor({ maxConcurrentRequests, maxQueuedRequests }: AdmissionLimits) {
    this.#queue = new FairQueue({
      size: maxConcurrentRequests,
      maxWaiting: maxQueuedRequests,
      maxWait: MOST_WAITING,
    });
  }

  get counts(): { executing: number; queued: number } {
    return { executing: this.#queue.inUse, queued: this.#queue.waiting };
  }

  isFullFor(request: IncomingMessage): boolean {
    if (!this.#queue.isFull) return false;
    const { organization, key } = this.clients.clientOf(senderOf(request));
    return this.#queue.isFullFor(organization, key);
  }

  /**
   * Returns the callback for the request's end, or null if refused; synchronously if it need not wait. `whenGone`
   * receives a function that cancels the wait.
   */
  enter(
    { organization, key }: Client,
    whenGone?: (giveUp: () => void) => void,
  ): Leave | Promise<Leave | null> {
    const slot = this.#queue.tryEnter(organization, key);
    if (slot !== null) {
      const leave = this.#start(key, slot);
      const paused = eventLoop.pause(key);
      return paused === undefined ? leave : paused.then(() => leave);
    }
    const wait = this.#queue.wait(organization, key);
    whenGone?.(wait.cancel);
    return this.#await(key, wait.slot);
  }

  async #await(key: string, waiting: Promise<Slot | null>): Promise<Leave | null> {
    const slot = await waiting;
    if (slot === null) return null;
    const leave = this.#start(key, slot);
    await eventLoop.pause(key);
    return leave;
  }

  #start(key: string, slot: Slot): Leave {
    const leave = eventLoop.enter(key);
    return () => {
      leave();
      this.#queue.leave(slot);
    };
  }
}

const BODY = JSON.stringify({ errors: [{ message: OVERLOADED, extensions: { code: 'OVERLOADED' } }] });

const HEAD = [
  ...['cache-control', SECURITY_HEADERS['cache-control']],
  ...['x-content-type-options', SECURITY_HEADERS['x-content-type-options']],
  ...['content-type', 'application/json; charset=utf-8'],
  ...['content-length', `${BODY.length}`],
  ...['retry-after', RETRY_AFTER],
  'x-request-id',
];

/**
 * Runs before Fastify: in a flood, each microsecond here is lost for requests that could be served. Requests with an
 * Origin header pass on, because CORS is decided there.
 */
export function shedFirst(
  server: Server,
  admission: Admission,
  recordShed: (request: IncomingMessage) => string,
): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.url !== '/graphql' || request.headers.origin !== undefined || !admission.isFullFor(request)) {
      for (const listener of listeners) listener(request, response);
      return;
    }
    response.writeHead(503, HEAD.concat(recordShed(request)));
    response.end(BODY);
  });
}

export function shedBeforeBody(admission: Admission): onRequestHookHandler {
  return (request, reply, done) =>
    done(admission.isFullFor(request.raw) ? overloaded(request, reply) : undefined);
}

export function overloaded(request: FastifyRequest, reply: FastifyReply): HttpRefusal {
  recordOverload(request.requestRecord);
  reply.header('retry-after', RETRY_AFTER);
  return new HttpRefusal(503, 'OVERLOADED', OVERLOADED);
}

export function recordOverload(requestRecord: RequestRecord): void {
  requestRecord.outcome = 'overloaded';
  requestRecord.code = 'OVERLOADED';
}
