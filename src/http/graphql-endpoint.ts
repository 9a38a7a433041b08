import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AnonymousContext, Context } from '../graphql/context.js';
import type { GraphqlLimits } from '../graphql/limits.js';
import { sourceRefusal } from '../graphql/source-limits.js';
import { type Admission, overloaded, shedBeforeBody } from './admission.js';
import { HttpRefusal } from './http-refusal.js';
import type { ContextOf } from './request-context.js';

export interface GraphqlEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  contextOf: ContextOf;
  limits: GraphqlLimits;
  admission: Admission;
}

/** GraphQL over HTTP at /graphql: POST for all, GET for queries; a browser's GET shows the explorer. */
export function graphqlEndpoint(
  app: FastifyInstance,
  { apollo, contextOf, limits, admission }: GraphqlEndpoint,
): void {
  const handle = fastifyApolloHandler(apollo, {
    context: async ({ headers: { authorization }, seen }) => {
      const context = await contextOf(authorization);
      context.seen = seen;
      return context;
    },
  });
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    onRequest: shedBeforeBody(admission),
    preHandler: (request, _reply, done) => {
      const source = sourceOf(request);
      const refused = source === null ? null : sourceRefusal(source, limits);
      done(refused === null ? undefined : HttpRefusal.of(refused));
    },
    async handler(request, reply) {
      const entered = admission.enter();
      if (entered !== true && !(await entered)) throw overloaded(request, reply);
      try {
        return await handle.call(this, request, reply);
      } finally {
        admission.leave();
      }
    },
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
