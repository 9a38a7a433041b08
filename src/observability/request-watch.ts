import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { clientAddress } from '../foundation/client-address.js';
import { newRequestRecord, type RequestRecord } from '../graphql/request-record.js';
import type { Metrics } from './metrics.js';
import { traceIdOf } from './trace-id.js';
import type { RequestSpan, Tracing } from './tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    requestRecord: RequestRecord;
    span: RequestSpan | null;
    over(reply: FastifyReply): void;
  }
}

const WELL_FORMED = /^[\w.:+/=@-]{1,128}$/;

export function requestIdOf({ headers }: IncomingMessage): string {
  const id = headers['x-request-id'];
  return typeof id === 'string' && WELL_FORMED.test(id) ? id : randomUUID();
}

export interface Watchers {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing | null;
}

/**
 * Runs in every request, so it allocates nothing but `requestRecord`. Probes are logged at debug level and not counted.
 */
export function watchRequests(app: FastifyInstance, watchers: Watchers): void {
  const { tracing } = watchers;
  // Declared here to keep the object's shape; set below for every request.
  app.decorateRequest('requestRecord', null as unknown as RequestRecord);
  app.decorateRequest('span', null);
  app.decorateRequest('over', function over(this: FastifyRequest, reply: FastifyReply) {
    recordRequest(watchers, this, reply);
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.requestRecord = newRequestRecord();
    if (tracing !== null && !isProbe(request)) {
      request.span = tracing.startSpan(request.raw);
      request.requestRecord.trace = request.span.trace;
    }
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    request.over(reply);
    done();
  });
}

export function recordRequest(
  { log, metrics }: Pick<Watchers, 'log' | 'metrics'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { requestRecord, span } = request;
  if (requestRecord.isOver) return;
  requestRecord.isOver = true;
  const milliseconds = performance.now() - requestRecord.began;
  setOutcome(requestRecord, reply);
  if (!isProbe(request)) metrics.count(requestRecord, milliseconds / 1000);
  span?.end(requestRecord, {
    requestId: request.id,
    protocol: 'http',
    status: reply.statusCode,
    route: request.routeOptions.url,
  });
  const level = isProbe(request) ? 'debug' : 'info';
  if (log.isLevelEnabled(level)) log[level](fieldsOf(request, reply, milliseconds), 'request');
}

const SHED: Readonly<RequestRecord> = { ...newRequestRecord(), outcome: 'overloaded', code: 'OVERLOADED' };

export function recordShed(
  { log, metrics }: Pick<Watchers, 'log' | 'metrics'>,
  request: IncomingMessage,
): string {
  const requestId = requestIdOf(request);
  metrics.count(SHED, 0);
  if (log.isLevelEnabled('info')) {
    const address = clientAddress(request) ?? null;
    const fields = { requestId, address, method: request.method, route: '/graphql', status: 503 };
    log.info({ ...fields, ...outcomeFields(SHED, 0) }, 'request');
  }
  return requestId;
}

export type WatchOperation = <T>(
  request: IncomingMessage,
  run: (requestRecord: RequestRecord) => Promise<T>,
) => Promise<T>;

export function operationWatch({ log, metrics, tracing }: Watchers): WatchOperation {
  return async (request, run) => {
    const requestRecord = newRequestRecord();
    const span = tracing?.startSpan(request) ?? null;
    requestRecord.trace = span?.trace ?? null;
    try {
      return await run(requestRecord);
    } finally {
      const milliseconds = performance.now() - requestRecord.began;
      metrics.count(requestRecord, milliseconds / 1000);
      const requestId = requestIdOf(request);
      span?.end(requestRecord, { requestId, protocol: 'websocket' });
      if (log.isLevelEnabled('info')) {
        const address = clientAddress(request) ?? null;
        const fields = { requestId, route: '/graphql', transport: 'websocket', address };
        log.info({ ...fields, ...outcomeFields(requestRecord, milliseconds) }, 'request');
      }
    }
  };
}

const PROBES = new Set(['/health/live', '/health/ready', '/metrics']);

const isProbe = ({ raw: { url } }: FastifyRequest) => PROBES.has(url ?? '');

function setOutcome(requestRecord: RequestRecord, { raw, statusCode }: FastifyReply): void {
  if (raw.destroyed && !raw.writableFinished && requestRecord.type !== 'subscription')
    requestRecord.outcome = 'aborted';
  else if (requestRecord.outcome === 'ok' && statusCode >= 400) {
    requestRecord.outcome = statusCode === 503 ? 'unavailable' : statusCode >= 500 ? 'failed' : 'refused';
  }
}

/** The route, not the URL, which may contain a client's query and variables. */
function fieldsOf(
  { id, raw, method, routeOptions, requestRecord }: FastifyRequest,
  reply: FastifyReply,
  milliseconds: number,
) {
  return {
    requestId: id,
    address: clientAddress(raw) ?? null,
    method,
    route: routeOptions.url ?? null,
    status: reply.statusCode,
    ...outcomeFields(requestRecord, milliseconds),
  };
}

function outcomeFields(
  { operation, type, organization, key, outcome, code, errorIds, cost, trace }: RequestRecord,
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
    ...(trace !== null && { trace: traceIdOf(trace) }),
    duration: Math.round(milliseconds * 100) / 100,
  };
}
