import { JsonText } from '../db/json-text.js';

/** How many times its length a string may have in bytes: a control character is escaped by six. */
const MOST_GROWTH = 6;

/**
 * Bytes of a result as JSON in UTF-8, without making it: exact where it matters, else at least so many. `most` is what
 * matters: the size is at most that, or greater by what is said here.
 */
export function answerSize(result: unknown, most: number): number {
  const least = sizeOf(result, leastLength);
  return least > most || least * MOST_GROWTH <= most ? least : sizeOf(result, exactLength);
}

type LengthOf = (leaf: string | number | boolean | JsonText) => number;

function sizeOf(value: unknown, lengthOf: LengthOf): number {
  if (typeof value !== 'object')
    return value === undefined ? 0 : lengthOf(value as string | number | boolean);
  if (value === null) return 4;
  if (value instanceof JsonText) return lengthOf(value);
  // With its brackets, and a comma behind each but the last.
  let size = 1;
  if (Array.isArray(value)) for (const item of value) size += 1 + sizeOf(item, lengthOf);
  else {
    for (const key in value) {
      const member = (value as Record<string, unknown>)[key];
      if (member !== undefined) size += key.length + 4 + sizeOf(member, lengthOf);
    }
  }
  return Math.max(size, 2);
}

const leastLength: LengthOf = (leaf) => {
  if (typeof leaf === 'string') return leaf.length + 2;
  return leaf instanceof JsonText ? leaf.written.length : 1;
};

const exactLength: LengthOf = (leaf) =>
  Buffer.byteLength(leaf instanceof JsonText ? leaf.written : JSON.stringify(leaf));
