import type { ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Account } from '../db/connection/account.js';
import { type AnonymousContext, type Context, endOperation } from '../graphql/context.js';
import type { GraphqlLimits } from '../graphql-server/limits/limits.js';
import { sourceRefusal } from '../graphql-server/limits/source-limits.js';
import { withoutEmptyName, withoutEmptyParameters } from '../graphql-server/pipeline/absent-parameters.js';
import { type Admission, shedBeforeBody } from './admission.js';
import { textOf } from './answer-text.js';
import type { ShowPage } from './built-page.js';
import { prefersHtml } from './explorer.js';
import { HttpRefusal } from './http-refusal.js';
import { inTurn } from './in-turn.js';
import type { ContextOf } from './request-context.js';

export interface GraphqlEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  limits: GraphqlLimits;
  admission: Admission;
  showExplorer: ShowPage;
}

/**
 * Calls Apollo Server directly: @as-integrations/fastify spends a tenth of a small query's time on URLs and headers.
 */
export function graphqlEndpoint(
  app: FastifyInstance,
  { apollo, contextOf, limits, admission, showExplorer }: GraphqlEndpoint,
): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: shedBeforeBody(admission),
    handler: (request, reply): Promise<string | Buffer> => {
      if (prefersHtml(request)) return showExplorer(request, reply);
      return inTurn(admission, request, reply, async (sender) => {
        let context: Context | AnonymousContext | undefined;
        try {
          const source = sourceOf(request);
          const refused = source === null ? null : sourceRefusal(source, limits);
          if (refused !== null) throw HttpRefusal.of(refused);
          const answer = await apollo.executeHTTPGraphQLRequest({
            httpGraphQLRequest: toApolloRequest(request),
            context: async () => {
              context = await contextOf(sender, request.requestRecord);
              return context;
            },
          });
          const { body, status } = answer;
          for (const [name, value] of answer.headers) reply.header(name, value);
          if (status !== undefined) reply.code(status);
          if (body.kind !== 'complete') throw new Error('Apollo Server returned an incremental result');
          return await textOf(body.string, admission.clients.clientOf(sender).key);
        } finally {
          endOperation(context);
          if (context?.viewer) releaseWhenSent(context.viewer.account, reply.raw);
        }
      });
    },
  });
}

export function releaseWhenSent(account: Account, response: ServerResponse): void {
  if (response.destroyed) account.release();
  else response.once('close', () => account.release());
}

function toApolloRequest({ raw: { method = '', url = '', headers }, body }: FastifyRequest) {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value) map.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return { method, headers: map, search: searchOf(url), body: withoutEmptyName(body) };
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const search = url.slice(start);
  if (search.includes('%') && !isDecodable(search)) {
    throw new HttpRefusal(400, 'BAD_REQUEST', 'The query string of the URL is malformed, or not UTF-8');
  }
  return withoutEmptyParameters(search);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function sourceOf({ body, query }: FastifyRequest): string | null {
  for (const source of [body, query]) {
    if (
      typeof source === 'object' &&
      source !== null &&
      'query' in source &&
      typeof source.query === 'string'
    ) {
      return source.query;
    }
  }
  return null;
}
