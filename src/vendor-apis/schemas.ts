import type { JsonSchema } from './vendor-api.js';

/** Ids beyond it would be rounded. */
const { MAX_SAFE_INTEGER } = Number;
const MAX_INT = 2_147_483_647;

export const STRING: JsonSchema = { type: 'string' };
export const FLAG: JsonSchema = { type: 'boolean' };
export const INSTANT: JsonSchema = { type: 'string', format: 'date-time' };
export const ID: JsonSchema = { type: 'integer', maximum: MAX_SAFE_INTEGER, minimum: -MAX_SAFE_INTEGER };

export const integer = (minimum = 0, maximum = MAX_INT): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
});
export const words = (list: readonly string[]): JsonSchema => ({ type: 'string', enum: list });
export const described = (schema: JsonSchema, description: string): JsonSchema => ({
  ...schema,
  description,
});

/** As the vendors do, it ignores other members. */
export const object = (
  properties: Record<string, JsonSchema>,
  required: readonly string[] = [],
): JsonSchema => ({ type: 'object', properties, required });

/** Metadata of any members. */
export const METADATA: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  description: 'A merge patch (RFC 7396): null removes a member.',
};
