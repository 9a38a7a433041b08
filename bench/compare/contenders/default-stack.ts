/** What one would write first: Apollo Server on Express, TypeGraphQL, ad-hoc Drizzle queries, DataLoaders. */
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';
import { type Context, createLoaders } from './shared/loaders.js';
import { schema } from './shared/schema.js';
import { announce } from './shared/settings.js';

const apollo = new ApolloServer<Context>({ schema });
await apollo.start();
const app = express();
app.use(
  '/graphql',
  express.json(),
  expressMiddleware(apollo, { context: async () => ({ loaders: createLoaders() }) }),
);
announce(createServer(app), '/graphql');
