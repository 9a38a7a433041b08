import type { ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Account } from '../db/account.js';
import type { AnonymousContext, Context } from '../graphql/context.js';
import type { GraphqlLimits } from '../graphql/limits.js';
import { sourceRefusal } from '../graphql/source-limits.js';
import { type Admission, overloaded, shedBeforeBody } from './admission.js';
import { textOf } from './answer-text.js';
import { HttpRefusal } from './http-refusal.js';
import type { ContextOf } from './request-context.js';

export interface GraphqlEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  limits: GraphqlLimits;
  admission: Admission;
}

/**
 * GraphQL over HTTP at /graphql: POST for all, GET for queries; a browser's GET shows the explorer. Requests are handed to
 * Apollo Server here: @as-integrations/fastify spends a tenth of a small query's time on URLs and copies of headers.
 */
export function graphqlEndpoint(
  app: FastifyInstance,
  { apollo, contextOf, limits, admission }: GraphqlEndpoint,
): void {
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    onRequest: shedBeforeBody(admission),
    async handler(request, reply) {
      const { headers, socket } = request.raw;
      const arrival = admission.askers.arrivalOf(headers.authorization, socket.remoteAddress);
      const entered = admission.enter(arrival, (giveUp) => reply.raw.once('close', giveUp));
      const leave = entered instanceof Promise ? await entered : entered;
      if (leave === null) throw overloaded(request, reply);
      let account: Account | undefined;
      try {
        // Nobody waits for it any more.
        if (reply.raw.destroyed) return '';
        const source = sourceOf(request);
        const refused = source === null ? null : sourceRefusal(source, limits);
        if (refused !== null) throw HttpRefusal.of(refused);
        const answer = await apollo.executeHTTPGraphQLRequest({
          httpGraphQLRequest: asApolloTakes(request),
          context: async () => {
            const context = await contextOf(headers.authorization, request.seen, arrival);
            account = context.viewer?.account;
            return context;
          },
        });
        const { body, status } = answer;
        for (const [name, value] of answer.headers) reply.header(name, value);
        if (status !== undefined) reply.code(status);
        if (body.kind !== 'complete') throw new Error('an answer came in parts');
        return textOf(body.string, arrival.key);
      } finally {
        leave();
        if (account !== undefined) releaseWhenSent(account, reply.raw);
      }
    },
  });
}

/** What an answer takes is kept until it was sent, or its client is gone. */
export function releaseWhenSent(account: Account, response: ServerResponse): void {
  if (response.destroyed) account.release();
  else response.once('close', () => account.release());
}

function asApolloTakes({ raw: { method = '', url = '', headers }, body }: FastifyRequest) {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value) map.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return { method, headers: map, search: searchOf(url), body: withoutEmptyName(body) };
}

/** @throws HttpRefusal for what no text comes out of */
function searchOf(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const search = url.slice(start);
  if (search.includes('%') && !isDecodable(search)) {
    throw new HttpRefusal(400, 'BAD_REQUEST', 'The query string of the URL is malformed, or not UTF-8');
  }
  // Empty and null are none, as in a body.
  return search.replace(/([?&])(?:operationName=|variables=(?:null)?)(?=&|$)/g, '$1');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Empty is none: clients that have no name to send send this. */
function withoutEmptyName(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('operationName' in body)) return body;
  return body.operationName === '' ? { ...body, operationName: null } : body;
}

function sourceOf({ body, query }: FastifyRequest): string | null {
  for (const holder of [body, query]) {
    if (
      typeof holder === 'object' &&
      holder !== null &&
      'query' in holder &&
      typeof holder.query === 'string'
    ) {
      return holder.query;
    }
  }
  return null;
}
