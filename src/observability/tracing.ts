import type { IncomingMessage } from 'node:http';
import type { Attributes, Context, SpanKind as Kind, Span, SpanContext } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { Asker } from '../db/connection/account.js';
import type { ServerAddress } from '../db/connection/driver.js';
import { type StatementWatch, summaryOf } from '../db/connection/statement-watch.js';
import { missingPackage, StartError } from '../foundation/start-error.js';
import { databaseErrorCode } from '../foundation/unavailable.js';
import { VERSION } from '../foundation/version.js';
import { withTimeout } from '../foundation/with-timeout.js';
import type { RequestRecord } from '../graphql/request-record.js';
import type { WatchAnswer } from '../graphql-server/execution/subscriptions.js';

export interface Tracing {
  startSpan(request: IncomingMessage): RequestSpan;
  /** A span of each statement that is for a traced operation, below that. */
  statementsOf(database: ServerAddress): StatementWatch;
  /** A span of the answer to changes that a subscription is sent, with a link to that. */
  startAnswer: WatchAnswer;
  /** A span of its own, with a link to the request that made the change. */
  recordDelivery(delivery: TracedDelivery): void;
  /** A span of its own for a try of a vendor's webhook. */
  recordMessage(message: TracedMessage): void;
  close(): Promise<void>;
}

export interface RequestSpan {
  /** Its W3C trace context. */
  readonly trace: string;
  end(requestRecord: RequestRecord, ended: EndedRequest): void;
}

export type EndedRequest = { requestId: string } & (
  | { protocol: 'http'; status: number; route: string | undefined }
  | { protocol: 'websocket' }
);

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
  const contexts = new WeakMap<Asker, Context>();
  const contextOfAsker = (asker: Asker, traceparent: string) => {
    const context =
      contexts.get(asker) ?? propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    contexts.set(asker, context);
    return context;
  };
  const traceOf = (span: Span) => {
    const carrier: { traceparent?: string } = {};
    propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
    return carrier.traceparent ?? '';
  };
  return {
    statementsOf({ host, port, database }) {
      const ofServer = {
        'db.system.name': 'postgresql',
        'db.namespace': database,
        'server.address': host,
        'server.port': port,
      };
      return (statement) => {
        const asker = statement.account?.asker;
        if (asker?.trace == null) return () => {};
        const { name, operation } = summaryOf(statement);
        const attributes = { ...ofServer, 'db.operation.name': operation, 'db.query.summary': name };
        const parent = contextOfAsker(asker, asker.trace);
        const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
        return (error) => {
          if (error !== null) {
            const code = databaseErrorCode(error);
            if (code !== undefined) span.setAttribute('db.response.status_code', code);
            span.setAttribute('error.type', code ?? (error instanceof Error ? error.name : '_OTHER'));
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        };
      };
    },
    startAnswer(asker) {
      if (asker?.trace == null) return null;
      const { operation } = asker;
      const linked = contextOf(asker.trace);
      const span = tracer.startSpan(
        'answer subscription',
        {
          kind: SpanKind.PRODUCER,
          links: linked === undefined ? [] : [{ context: linked }],
          attributes: {
            'graphql.operation.name': operation ?? undefined,
            'graphql.operation.type': 'subscription',
          },
        },
        ROOT_CONTEXT,
      );
      return {
        asker: { operation, trace: traceOf(span) },
        end: (isDone) => {
          if (!isDone) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    startSpan(request) {
      const span = tracer.startSpan(`${request.method}`, { kind: SpanKind.SERVER }, parentContextOf(request));
      return {
        trace: traceOf(span),
        end({ operation, type, organization, outcome, code, document }, { requestId, ...ended }) {
          const status = ended.protocol === 'http' ? ended.status : undefined;
          if (type !== null) span.updateName(operation === null ? type : `${type} ${operation}`);
          span.setAttributes({
            ...(ended.protocol === 'http' && {
              'http.request.method': request.method,
              'http.response.status_code': ended.status,
              'http.route': ended.route,
            }),
            'network.protocol.name': ended.protocol,
            'graphql.operation.name': operation ?? undefined,
            'graphql.operation.type': type ?? undefined,
            'graphql.document': document ?? undefined,
            'switchboard.request_id': requestId,
            'switchboard.organization': organization ?? undefined,
            'switchboard.outcome': outcome,
            'error.type': code ?? undefined,
          });
          if ((status ?? 0) >= 500 || outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
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
