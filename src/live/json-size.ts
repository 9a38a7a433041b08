import { JsonText } from '../db/json-text.js';

/** What objects come to, for those that stand in several places. */
export type KnownSizes = WeakMap<object, number>;

/**
 * About how many bytes JSON takes for a value, and rather fewer: what has to be escaped, or is not ASCII, takes more. Gives
 * up once it is above `most`, and answers with a number above it.
 */
export function jsonSize(
  value: unknown,
  most = Number.POSITIVE_INFINITY,
  known: KnownSizes = new WeakMap(),
): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  let size = known.get(value);
  if (size !== undefined) return size;
  if (value instanceof JsonText) return value.written.length;
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    size = jsonSize(value.toJSON(), most, known);
  } else {
    size = 2;
    const isList = Array.isArray(value);
    for (const key in value) {
      size += isList ? 1 : key.length + 4;
      size += jsonSize((value as Record<string, unknown>)[key], most - size, known);
      // Not known then, for only a part of it was measured.
      if (size > most) return size;
    }
  }
  known.set(value, size);
  return size;
}
