import { Ajv, type Options } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { instantOf } from './instants.js';
import type { JsonSchema } from './vendor-api.js';

/** Strict: a schema with an unknown keyword or format fails the start. */
const COMMON: Options = {
  strict: true,
  discriminator: true,
  formats: { 'date-time': { type: 'string', validate: (text: string) => instantOf(text) !== null } },
};

/** Texts of paths and queries become numbers. Bodies are taken as they are: Fastify's own would turn 5 into "5". */
const OF_TEXTS = new Ajv({ ...COMMON, allErrors: true, coerceTypes: true, useDefaults: true });
const OF_BODIES = { all: new Ajv({ ...COMMON, allErrors: true }), first: new Ajv(COMMON) };

export function validatorsFor({ reportsAll }: { reportsAll: boolean }): FastifySchemaCompiler<JsonSchema> {
  const ofBodies = OF_BODIES[reportsAll ? 'all' : 'first'];
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBodies : OF_TEXTS).compile(schema);
}
