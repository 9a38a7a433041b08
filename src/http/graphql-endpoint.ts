import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../db/unavailable.js';
import type { AnonymousContext, Context } from '../graphql/context.js';
import { databaseAway } from '../graphql/errors.js';
import { isNestedTooDeeply, TOO_DEEP } from '../graphql/limits.js';
import type { IdentityService } from '../identity/identity.service.js';
import { tokenOf } from '../identity/token.js';
import type { Viewer } from '../identity/viewer.js';
import { HttpRefusal } from './http-refusal.js';

export interface GraphqlEndpoint {
  apollo: ApolloServer<Context | AnonymousContext>;
  identity: IdentityService;
  contextOf(viewer: Viewer): Context;
}

/** GraphQL over HTTP at /graphql: POST for all, GET for queries; a browser's GET shows the explorer. */
export function graphqlEndpoint(
  app: FastifyInstance,
  { apollo, identity, contextOf }: GraphqlEndpoint,
): void {
  const viewerOf = async (token: string) => {
    try {
      return await identity.viewerOf(token);
    } catch (error) {
      throw isDatabaseAway(error) ? databaseAway() : error;
    }
  };
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    preHandler: (request, _reply, done) => {
      const source = sourceOf(request);
      const isTooDeep = source !== null && isNestedTooDeeply(source);
      done(isTooDeep ? new HttpRefusal(400, 'GRAPHQL_PARSE_FAILED', TOO_DEEP) : undefined);
    },
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => {
        const token = tokenOf(request.headers.authorization);
        const viewer = token === null ? null : await viewerOf(token);
        return viewer === null ? { viewer } : contextOf(viewer);
      },
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
