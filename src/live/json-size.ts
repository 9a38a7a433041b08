import { JsonText } from '../foundation/json-text.js';

export type KnownSizes = WeakMap<object, number>;

/** In bytes, usually a lower bound: escapes and non-ASCII characters take more. Stops above `most`. */
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
      if (size > most) return size;
    }
  }
  known.set(value, size);
  return size;
}
