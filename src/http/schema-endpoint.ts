import type { FastifyInstance } from 'fastify';
import { type GraphQLSchema, printSchema } from 'graphql';
import { isKnown } from './entity-tag.js';
import { HttpRefusal } from './http-refusal.js';

/** `GET /schema.graphql`: what introspection shows, as text. */
export function schemaEndpoint(app: FastifyInstance, schema: GraphQLSchema, isShown: boolean): void {
  let text: string | undefined;
  app.get('/schema.graphql', async (request, reply) => {
    if (!isShown) {
      throw new HttpRefusal(403, 'FORBIDDEN', 'The schema is not shown here (GRAPHQL_INTROSPECTION)');
    }
    text ??= `${printSchema(schema)}\n`;
    reply.headers({ 'cache-control': 'no-cache', 'content-type': 'text/plain; charset=utf-8' });
    return isKnown(text, request, reply) ? reply.code(304).send() : text;
  });
}
