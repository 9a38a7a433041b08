import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AnonymousContext, Context } from '../graphql/context.js';
import type { GraphqlLimits } from '../graphql/limits.js';
import { sourceRefusal } from '../graphql/source-limits.js';
import { HttpRefusal } from './http-refusal.js';
import type { ContextOf } from './request-context.js';

export interface GraphqlEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  limits: GraphqlLimits;
}

/** GraphQL over HTTP at /graphql: POST for all, GET for queries; a browser's GET shows the explorer. */
export function graphqlEndpoint(app: FastifyInstance, { apollo, contextOf, limits }: GraphqlEndpoint): void {
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    preHandler: (request, _reply, done) => {
      const source = sourceOf(request);
      const refused = source === null ? null : sourceRefusal(source, limits);
      done(refused === null ? undefined : HttpRefusal.of(refused));
    },
    handler: fastifyApolloHandler(apollo, {
      context: (request) => contextOf(request.headers.authorization),
    }),
  });
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
