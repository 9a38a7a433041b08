import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Seen } from '../graphql/seen.js';
import { HttpRefusal } from './http-refusal.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** How long a request waits for its turn at most, in milliseconds: its client would rather be told. */
const MOST_WAITING = 2_000;

export interface AdmissionLimits {
  maxConcurrentRequests: number;
  maxQueuedRequests: number;
}

interface Waiting {
  since: number;
  admit(isAdmitted: boolean): void;
}

/**
 * Lets so many requests be executed at once, and so many wait in line; the surplus is turned away at once, for what waits
 * longer than its client does is work for nobody.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #line: Waiting[] = [];
  #executing = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get counts(): { executing: number; queued: number } {
    return { executing: this.#executing, queued: this.#line.length };
  }

  /** Whether the next request would be turned away. */
  get isFull(): boolean {
    const { maxConcurrentRequests, maxQueuedRequests } = this.#limits;
    return this.#executing >= maxConcurrentRequests && this.#line.length >= maxQueuedRequests;
  }

  /** Answers whether the request may be executed; then `leave` is due. True at once, without a promise, where there is room. */
  enter(): true | Promise<boolean> {
    if (this.#executing < this.#limits.maxConcurrentRequests) {
      this.#executing += 1;
      return true;
    }
    if (this.isFull) return Promise.resolve(false);
    return new Promise((admit) => {
      this.#line.push({ since: performance.now(), admit });
      this.#timer ??= setInterval(() => this.#giveUp(), 100).unref();
    });
  }

  leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#executing -= 1;
    else next.admit(true);
  }

  #giveUp(): void {
    const latest = performance.now() - MOST_WAITING;
    while (this.#line[0] !== undefined && this.#line[0].since < latest) this.#line.shift()?.admit(false);
    if (this.#line.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
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
    if (!admission.isFull || request.url !== '/graphql' || request.headers.origin !== undefined) {
      for (const listener of listeners) listener(request, response);
      return;
    }
    response.writeHead(503, HEAD.concat(noteShed(request)));
    response.end(BODY);
  });
}

/** Turns the surplus away before its body is read, where that was not done at first. */
export function shedBeforeBody(admission: Admission): onRequestHookHandler {
  return (request, reply, done) => done(admission.isFull ? overloaded(request, reply) : undefined);
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
