import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { eventLoop } from '../db/event-loop.js';
import { FairQueue, type Place } from '../fair-queue.js';
import type { Seen } from '../graphql/seen.js';
import { type Arrival, Askers } from './askers.js';
import { HttpRefusal } from './http-refusal.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** How long a request waits for its turn at most, in milliseconds: its client would rather be told. */
const MOST_WAITING = 2_000;

export interface AdmissionLimits {
  maxConcurrentRequests: number;
  maxQueuedRequests: number;
}

/** Ends a request's turn. */
export type Leave = () => void;

/**
 * Lets so many requests be executed at once, and so many wait for their turn, which is fair to keys and organizations; the
 * surplus is refused at once, for what waits longer than its client does is work for nobody.
 */
export class Admission {
  readonly askers = new Askers();
  readonly #line: FairQueue;

  constructor({ maxConcurrentRequests, maxQueuedRequests }: AdmissionLimits) {
    this.#line = new FairQueue({
      size: maxConcurrentRequests,
      maxWaiting: maxQueuedRequests,
      patience: MOST_WAITING,
    });
  }

  get counts(): { executing: number; queued: number } {
    return { executing: this.#line.inUse, queued: this.#line.waiting };
  }

  /** Whether the request would be refused. */
  isFullFor({ headers: { authorization }, socket }: IncomingMessage): boolean {
    if (!this.#line.isFull) return false;
    const { organization, key } = this.askers.arrivalOf(authorization, socket.remoteAddress);
    return this.#line.isFullFor(organization, key);
  }

  /**
   * Lets a request in when it is its turn; answers with what is to be called when it is over, or with null where it is
   * refused. Without a promise, where it is its turn at once. `whenGone` is given what ends the wait.
   */
  enter(arrival: Arrival, whenGone?: (giveUp: () => void) => void): Leave | Promise<Leave | null> {
    const { organization, key } = arrival;
    const place = this.#line.tryEnter(organization, key);
    if (place !== null) {
      const leave = this.#begin(key, place);
      const paused = eventLoop.pause(key);
      return paused === undefined ? leave : paused.then(() => leave);
    }
    const wait = this.#line.wait(organization, key);
    whenGone?.(wait.giveUp);
    return this.#await(key, wait.place);
  }

  async #await(key: string, waiting: Promise<Place | null>): Promise<Leave | null> {
    const place = await waiting;
    if (place === null) return null;
    const leave = this.#begin(key, place);
    await eventLoop.pause(key);
    return leave;
  }

  #begin(key: string, place: Place): Leave {
    const leave = eventLoop.enter(key);
    return () => {
      leave();
      this.#line.leave(place);
    };
  }
}

export const TOO_MUCH = 'Too many requests are being executed; try again in a moment';
/** Seconds, as the header Retry-After has them. */
const RETRY_AFTER = '1';
const BODY = JSON.stringify({ errors: [{ message: TOO_MUCH, extensions: { code: 'OVERLOADED' } }] });

/** Without the id of the request, the last of them; what a page could do with an answer is no matter of this one. */
const HEAD = [
  ...['cache-control', SECURITY_HEADERS['cache-control']],
  ...['x-content-type-options', SECURITY_HEADERS['x-content-type-options']],
  ...['content-type', 'application/json; charset=utf-8'],
  ...['content-length', `${BODY.length}`],
  ...['retry-after', RETRY_AFTER],
  'x-request-id',
];

/**
 * Turns the surplus away before anything else: under a flood each microsecond that this takes is one that nobody is served
 * in. Pages of other origins go the longer way, for whether they may read the answer is decided there.
 */
export function shedFirst(
  server: Server,
  admission: Admission,
  noteShed: (request: IncomingMessage) => string,
): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.url !== '/graphql' || request.headers.origin !== undefined || !admission.isFullFor(request)) {
      for (const listener of listeners) listener(request, response);
      return;
    }
    response.writeHead(503, HEAD.concat(noteShed(request)));
    response.end(BODY);
  });
}

/** Turns the surplus away before its body is read, where that was not done at first. */
export function shedBeforeBody(admission: Admission): onRequestHookHandler {
  return (request, reply, done) =>
    done(admission.isFullFor(request.raw) ? overloaded(request, reply) : undefined);
}

/** The refusal of a request that Fastify has seen. */
export function overloaded(request: FastifyRequest, reply: FastifyReply): HttpRefusal {
  noteOverload(request.seen);
  reply.header('retry-after', RETRY_AFTER);
  return new HttpRefusal(503, 'OVERLOADED', TOO_MUCH);
}

export function noteOverload(seen: Seen): void {
  seen.outcome = 'overloaded';
  seen.code = 'OVERLOADED';
}
