/** GraphQL Yoga on node:http, on the schema and the loaders of the default stack. */
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { createLoaders } from './shared/loaders.js';
import { schema } from './shared/schema.js';
import { announce } from './shared/settings.js';

const yoga = createYoga({ schema, context: () => ({ loaders: createLoaders() }) });
announce(createServer(yoga), '/graphql');
