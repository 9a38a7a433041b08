import type { IncomingMessage } from 'node:http';
import type { Attributes, SpanKind as Kind, SpanContext } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { missingPackage, StartError } from '../foundation/start-error.js';
import { VERSION } from '../foundation/version.js';
import { withTimeout } from '../foundation/with-timeout.js';
import type { RequestRecord } from '../graphql/request-record.js';

export interface Tracing {
  startSpan(request: IncomingMessage): RequestSpan;
  /** A span of its own, with a link to the request that made the change. */
  recordDelivery(delivery: TracedDelivery): void;
  /** A span of its own for a try of a vendor's webhook. */
  recordMessage(message: TracedMessage): void;
  close(): Promise<void>;
}

export interface RequestSpan {
  /** Its W3C trace context. */
  readonly trace: string;
  end(requestRecord: RequestRecord, requestId: string, status: number): void;
}

/** A try of something that was stored before. */
interface TracedTry {
  system: string;
  state: string;
  organizationId: string;
  callId: string | null;
  attempt: number;
  milliseconds: number;
  hasFailed: boolean;
}

export interface TracedDelivery extends TracedTry {
  kind: string;
  deliveryId: string;
  trace: string | null;
}

export interface TracedMessage extends TracedTry {
  messageId: string;
  isVerified: boolean;
}

/** Milliseconds; a missing collector must not delay the shutdown. */
const LAST_CALL = 1_000;

const openTelemetry = () =>
  Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);

export async function openTracing(
  { otlpEndpoint, otelServiceName }: Pick<Config, 'otlpEndpoint' | 'otelServiceName'>,
  log: Logger,
): Promise<Tracing | null> {
  if (otlpEndpoint === undefined) return null;
  const [
    { ROOT_CONTEXT, SpanKind, SpanStatusCode, defaultTextMapGetter, defaultTextMapSetter, trace },
    { W3CTraceContextPropagator },
    { BasicTracerProvider, BatchSpanProcessor },
    { OTLPTraceExporter },
    { defaultResource, resourceFromAttributes },
  ] = await openTelemetry().catch((error) => {
    const missing = missingPackage(error);
    if (missing === null) throw error;
    throw new StartError(`OTEL_EXPORTER_OTLP_ENDPOINT needs the optional package ${missing}: npm install it`);
  });
  const exporter = new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces` });
  const send = exporter.export.bind(exporter);
  let isFailing = false;
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      const hasFailed = result.code !== 0;
      if (hasFailed && !isFailing) log.warn({ err: result.error }, 'spans do not reach the collector');
      if (!hasFailed && isFailing) log.warn('spans reach the collector again');
      isFailing = hasFailed;
      done(result);
    });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': otelServiceName, 'service.version': VERSION }),
    ),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('switchboard');
  const propagator = new W3CTraceContextPropagator();
  const parentContextOf = ({ headers }: IncomingMessage) =>
    propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const contextOf = (traceparent: string) =>
    trace.getSpanContext(propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter));
  const record = (
    name: string,
    { organizationId, callId, system, milliseconds, hasFailed }: TracedTry,
    { kind, linked, attributes }: { kind: Kind; linked?: SpanContext | undefined; attributes: Attributes },
  ) => {
    const end = Date.now();
    const span = tracer.startSpan(name, {
      kind,
      startTime: end - milliseconds,
      links: linked === undefined ? [] : [{ context: linked }],
      attributes: {
        'switchboard.organization': organizationId,
        'switchboard.call': callId ?? undefined,
        'switchboard.system': system,
        ...attributes,
      },
    });
    if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
  };
  return {
    startSpan(request) {
      const span = tracer.startSpan(`${request.method}`, { kind: SpanKind.SERVER }, parentContextOf(request));
      const carrier: { traceparent?: string } = {};
      propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
      return {
        trace: carrier.traceparent ?? '',
        end({ operation, type, organization, outcome, code }, requestId, status) {
          if (type !== null) span.updateName(operation === null ? type : `${type} ${operation}`);
          span.setAttributes({
            'http.request.method': request.method,
            'http.response.status_code': status,
            'graphql.operation.name': operation ?? undefined,
            'graphql.operation.type': type ?? undefined,
            'switchboard.request_id': requestId,
            'switchboard.organization': organization ?? undefined,
            'switchboard.outcome': outcome,
            'error.type': code ?? undefined,
          });
          if (status >= 500 || outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    recordDelivery(delivery) {
      record(`deliver ${delivery.kind}`, delivery, {
        kind: SpanKind.CLIENT,
        linked: delivery.trace === null ? undefined : contextOf(delivery.trace),
        attributes: {
          'switchboard.delivery': delivery.deliveryId,
          'switchboard.delivery.state': delivery.state,
          'switchboard.delivery.attempt': delivery.attempt,
        },
      });
    },
    recordMessage(message) {
      record(`process ${message.system} webhook`, message, {
        kind: SpanKind.CONSUMER,
        attributes: {
          'switchboard.message': message.messageId,
          'switchboard.message.state': message.state,
          'switchboard.message.attempt': message.attempt,
          'switchboard.message.verified': message.isVerified,
        },
      });
    },
    async close() {
      await withTimeout(LAST_CALL, () => provider.shutdown()).catch(() => {});
    },
  };
}
