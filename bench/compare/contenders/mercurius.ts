/** Mercurius on Fastify with its JIT, on the schema and the loaders of the default stack. */
import { fastify } from 'fastify';
import { mercurius } from 'mercurius';
import { createLoaders } from './shared/loaders.js';
import { schema } from './shared/schema.js';
import { sayListening } from './shared/settings.js';

const app = fastify();
await app.register(mercurius, { schema, jit: 1, context: () => ({ loaders: createLoaders() }) });
sayListening(await app.listen({ host: '127.0.0.1', port: 0 }), '/graphql');
