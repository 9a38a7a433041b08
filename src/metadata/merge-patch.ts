type JsonObject = Record<string, unknown>;

/** A JSON object; no list, and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * RFC 7396, section 2, for a write that holds the call's lock and has its metadata at hand; the same as the database's
 * merge_patch. Neither argument is changed. Members go through entries, for `__proto__` is a key like any other.
 */
export function mergePatch(target: unknown, patch: JsonObject): JsonObject {
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, isObject(value) ? mergePatch(members.get(key), value) : value);
  }
  return Object.fromEntries(members);
}

/** Bytes of a value as compact JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
