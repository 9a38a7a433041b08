import { isObject, type JsonObject } from '../foundation/json-object.js';

/**
 * RFC 7396, section 2; must agree with the database function merge_patch. Uses entries, because `__proto__` is an
 * ordinary key.
 */
export function mergePatch(target: unknown, patch: JsonObject): JsonObject {
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, isObject(value) ? mergePatch(members.get(key), value) : value);
  }
  return Object.fromEntries(members);
}

/** Of compact JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
