import { refuse } from '../foundation/refusal.js';
import { type JsonObject, jsonObjectProblem } from '../graphql/json-object.js';

/** @throws Refusal INVALID for what JSONObject refuses */
export function metadataOf(value: unknown): JsonObject {
  const problem = jsonObjectProblem(value);
  if (problem !== null) refuse('INVALID', `metadata ${problem}.`, ['metadata']);
  return value as JsonObject;
}
