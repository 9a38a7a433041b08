import type { IncomingMessage } from 'node:http';
import type { Seen } from '../graphql/seen.js';

/** Spans of requests, for OpenTelemetry. */
export interface Tracing {
  /** Begins the span of a request; below the caller's own, where it names one by `traceparent`. */
  begin(request: IncomingMessage): RequestSpan;
  /** Sends what has not been sent, if that can be done soon. */
  close(): Promise<void>;
}

export interface RequestSpan {
  end(seen: Seen, requestId: string, status: number): void;
}

/** Milliseconds that the last spans have to reach the collector: one that is away must not hold a stop back. */
const LAST_CALL = 1_000;

/** The `traceparent` of W3C Trace Context, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Loads OpenTelemetry, which nothing does where there is no endpoint. */
export async function openTracing(endpoint: string): Promise<Tracing> {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = await import('@opentelemetry/api');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { defaultResource, resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'switchboard' }),
    ),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('switchboard');
  const parentOf = ({ headers: { traceparent } }: IncomingMessage) => {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(String(traceparent)) ?? [];
    if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
    const traceFlags = Number.parseInt(flags, 16);
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
  };
  return {
    begin(request) {
      const span = tracer.startSpan(`${request.method}`, { kind: SpanKind.SERVER }, parentOf(request));
      return {
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
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_CALL);
      });
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}
