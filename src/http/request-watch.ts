import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { newlySeen, type Seen } from '../graphql/seen.js';
import type { Metrics } from './metrics.js';
import type { RequestSpan, Tracing } from './tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    seen: Seen;
    span: RequestSpan | null;
    /** Is called when the answer is known; by whoever answers past Fastify, too. */
    over(reply: FastifyReply): void;
  }
}

/** What others may call a request: short, and nothing that breaks a line or a header. */
const WELL_FORMED = /^[\w.:+/=@-]{1,128}$/;

/** The client's name for a request if it has a good one, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

export interface Watchers {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing | null;
}

/**
 * Notes every request: its id in the answer's head, and when that is known a line in the log, its numbers and its span.
 * Probes are no requests of clients: they are logged as debug only, and not counted. A request waits for all that is done
 * here, so that nothing is made for it but `seen`.
 */
export function watchRequests(app: FastifyInstance, watchers: Watchers): void {
  const { tracing } = watchers;
  // Always an object of its own, set below: a request has room for it from the beginning.
  app.decorateRequest('seen', null as unknown as Seen);
  app.decorateRequest('span', null);
  app.decorateRequest('over', function over(this: FastifyRequest, reply: FastifyReply) {
    noteRequest(watchers, this, reply);
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.seen = newlySeen();
    if (tracing !== null && !isProbe(request)) request.span = tracing.begin(request.raw);
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    request.over(reply);
    done();
  });
}

/** Notes that the answer of a request is known. */
export function noteRequest(
  { log, metrics }: Pick<Watchers, 'log' | 'metrics'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { seen, span } = request;
  if (seen.isOver) return;
  seen.isOver = true;
  const milliseconds = performance.now() - seen.began;
  conclude(seen, reply);
  if (!isProbe(request)) metrics.count(seen, milliseconds / 1000);
  span?.end(seen, request.id, reply.statusCode);
  const level = isProbe(request) ? 'debug' : 'info';
  if (log.isLevelEnabled(level)) log[level](lineOf(request, reply, milliseconds), 'request');
}

const SHED: Readonly<Seen> = { ...newlySeen(), outcome: 'overloaded', code: 'OVERLOADED' };

/** Notes a request to /graphql that was turned away unseen; answers its id. */
export function noteShed(
  { log, metrics }: Pick<Watchers, 'log' | 'metrics'>,
  request: IncomingMessage,
): string {
  const requestId = requestIdOf(request);
  metrics.count(SHED, 0);
  if (log.isLevelEnabled('info')) {
    const line = { requestId, method: request.method, route: '/graphql', status: 503 };
    log.info({ ...line, ...noted(SHED, 0) }, 'request');
  }
  return requestId;
}

/** Runs one operation of a WebSocket. */
export type WatchOperation = <T>(request: IncomingMessage, run: (seen: Seen) => Promise<T>) => Promise<T>;

/** The same for the operations of a WebSocket, which are requests within one; they end when they are answered, or begin to be. */
export function operationWatch({ log, metrics }: Pick<Watchers, 'log' | 'metrics'>): WatchOperation {
  return async (request, run) => {
    const seen = newlySeen();
    try {
      return await run(seen);
    } finally {
      const milliseconds = performance.now() - seen.began;
      metrics.count(seen, milliseconds / 1000);
      if (log.isLevelEnabled('info')) {
        const line = { requestId: requestIdOf(request), route: '/graphql', transport: 'websocket' };
        log.info({ ...line, ...noted(seen, milliseconds) }, 'request');
      }
    }
  };
}

const PROBES = new Set(['/health/live', '/health/ready', '/metrics']);

const isProbe = ({ raw: { url } }: FastifyRequest) => PROBES.has(url ?? '');

/** What GraphQL has not noted. */
function conclude(seen: Seen, { raw, statusCode }: FastifyReply): void {
  if (raw.destroyed && !raw.writableFinished && seen.type !== 'subscription') seen.outcome = 'aborted';
  else if (seen.outcome === 'ok' && statusCode >= 400) {
    seen.outcome = statusCode === 503 ? 'unavailable' : statusCode >= 500 ? 'failed' : 'refused';
  }
}

/** The route, not the address: a client's query and variables may stand in that. */
function lineOf(
  { id, method, routeOptions, seen }: FastifyRequest,
  reply: FastifyReply,
  milliseconds: number,
) {
  return {
    requestId: id,
    method,
    route: routeOptions.url ?? null,
    status: reply.statusCode,
    ...noted(seen, milliseconds),
  };
}

function noted(
  { operation, type, organization, key, outcome, code, errorIds, cost }: Seen,
  milliseconds: number,
) {
  return {
    type,
    operation,
    organization,
    key,
    outcome,
    ...(code !== null && { code }),
    ...(errorIds !== null && { errorIds }),
    ...(cost !== null && { cost }),
    duration: Math.round(milliseconds * 100) / 100,
  };
}
