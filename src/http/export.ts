import { Readable } from 'node:stream';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { type AskPage, CallExport, ExportRefused } from '../export/call-export.js';
import { type Form, WrongColumn } from '../export/export-columns.js';
import { OVERLOADED } from '../foundation/overload.js';
import { SharedMemory } from '../foundation/shared-memory.js';
import { HEADER, NOW } from '../graphql/consistency.js';
import { type AnonymousContext, type Context, endOperation } from '../graphql/context.js';
import type { FormatError } from '../graphql-server/execution/executor.js';
import { plainAnswer } from '../graphql-server/execution/plain-answer.js';
import { shownErrors } from '../live/transport/operation.js';
import { type Admission, overloaded, shedBeforeBody } from './admission.js';
import { HttpRefusal } from './http-refusal.js';
import type { ContextOf } from './request-context.js';
import { senderOf } from './sender.js';

export interface ExportEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  schema: GraphQLSchema;
  contextOf: ContextOf;
  formatError: FormatError;
  admission: Admission;
  log: Logger;
  hasReplicas: boolean;
}

/** At a time; an organization alone has half of them. */
const MOST_EXPORTS = 8;

const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  OVERLOADED: 503,
  SERVICE_UNAVAILABLE: 503,
};

/**
 * Streams calls as fast as the client reads. Each page is a request of its own: in its turn, signed in and charged
 * anew. What fails after the beginning cuts the connection, so that no client takes a part for the whole.
 */
export function exportEndpoint(app: FastifyInstance, endpoint: ExportEndpoint): void {
  const exports = new SharedMemory(MOST_EXPORTS);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  for (const form of ['ndjson', 'csv'] as const) {
    app.route({
      method: 'GET',
      url: `/export/calls.${form}`,
      exposeHeadRoute: false,
      onRequest: shedBeforeBody(endpoint.admission),
      handler: (request, reply) =>
        answer(form, request, reply, { ...endpoint, exports, closing: closing.signal }),
    });
  }
}

type Running = ExportEndpoint & { exports: SharedMemory; closing: AbortSignal };

async function answer(
  form: Form,
  request: FastifyRequest,
  reply: FastifyReply,
  { exports, closing, ...endpoint }: Running,
): Promise<FastifyReply> {
  const wanted = exportOf(form, request, endpoint.schema);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const pages = wanted.pages(asking(endpoint, request, reply), AbortSignal.any([gone.signal, closing]));
  const first = await pages.next().catch((error) => {
    if (closing.aborted) throw overloaded(request, reply);
    throw error instanceof ExportRefused ? refusalOf(error, reply) : error;
  });
  if (reply.raw.destroyed) {
    await pages.return(undefined);
    return reply;
  }
  const { organization } = endpoint.admission.clients.clientOf(senderOf(request.raw));
  exports.hold(organization, 1);
  reply.raw.once('close', () => exports.hold(organization, -1));
  if (!exports.hasSpace(organization)) {
    await pages.return(undefined);
    throw overloaded(request, reply);
  }
  async function* texts() {
    const about = { requestId: request.id, organization: request.requestRecord.organization, calls: 0 };
    let page = first;
    try {
      for (; !page.done; page = await pages.next()) {
        yield page.value.text;
        about.calls += page.value.calls;
      }
    } finally {
      await pages.return(undefined);
      endpoint.log.info(about, page.done ? 'an export has ended' : 'an export was cut off');
    }
  }
  return reply
    .headers({
      'content-type': wanted.rows.type,
      'content-disposition': `attachment; filename="calls.${form}"`,
      // The reader will have seen what is read later than this.
      ...(endpoint.hasReplicas && { [HEADER]: NOW }),
    })
    .send(Readable.from(texts(), { highWaterMark: 1, signal: closing }));
}

const PARAMETERS: ReadonlySet<string> = new Set(['filter', 'orderBy', 'columns']);

/** @throws HttpRefusal */
function exportOf(form: Form, { query }: FastifyRequest, schema: GraphQLSchema): CallExport {
  const given = query as Record<string, string | string[]>;
  for (const [name, value] of Object.entries(given)) {
    if (!PARAMETERS.has(name)) throw bad(`${name.slice(0, 60)}: there are filter, orderBy and columns`);
    if (typeof value !== 'string') throw bad(`${name}: is given several times`);
  }
  const { columns } = given as Record<string, string>;
  try {
    return new CallExport(schema, {
      form,
      filter: jsonOf(given, 'filter'),
      orderBy: jsonOf(given, 'orderBy'),
      columns,
    });
  } catch (error) {
    throw error instanceof WrongColumn ? bad(`columns: ${error.message}`) : error;
  }
}

function jsonOf(given: Record<string, unknown>, name: string): unknown {
  const text = given[name];
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw bad(`${name}: is not JSON`);
  }
}

const bad = (message: string) => new HttpRefusal(400, 'BAD_USER_INPUT', message);

function refusalOf({ message, errors: [error] }: ExportRefused, reply: FastifyReply): HttpRefusal {
  const { code = 'INTERNAL_SERVER_ERROR', ...details } = error?.extensions ?? {};
  const status = STATUS[String(code)] ?? 400;
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="switchboard"');
  if (status === 429 || status === 503) reply.header('retry-after', String(details.retryAfter ?? 1));
  return new HttpRefusal(status, String(code), message, details);
}

function asking(
  { apollo, contextOf, formatError, admission }: Omit<ExportEndpoint, 'schema' | 'log' | 'hasReplicas'>,
  { raw, requestRecord }: FastifyRequest,
  reply: FastifyReply,
): AskPage {
  const sender = senderOf(raw);
  let giveUp = () => {};
  reply.raw.once('close', () => giveUp());
  return async (query, variables) => {
    const leave = await admission.enter(admission.clients.clientOf(sender), (cancel) => {
      giveUp = cancel;
    });
    if (leave === null) return failed([FULL]);
    let context: Context | AnonymousContext | undefined;
    try {
      context = await contextOf(sender, requestRecord);
      const { account } = context.viewer ?? {};
      const { data, errors } = await plainAnswer(apollo, { query, variables }, context);
      return { data: data as never, errors, release: () => account?.release() };
    } catch (error) {
      context?.viewer?.account.release();
      return failed(shownErrors(formatError, error));
    } finally {
      endOperation(context);
      leave();
    }
  };
}

const FULL: GraphQLFormattedError = { message: OVERLOADED, extensions: { code: 'OVERLOADED' } };
const failed = (errors: readonly GraphQLFormattedError[]) => ({ errors, release: () => {} });
