import { JsonText } from '../../foundation/json-text.js';

const MOST_GROWTH = 6;

/** A result's bytes as JSON in UTF-8, without writing it: exact near `most`, otherwise a lower bound. */
export function answerSize(result: unknown, most: number): number {
  if (typeof result !== 'object' || result === null) return exactSize(result);
  const least = leastSize(result);
  return least > most || least * MOST_GROWTH <= most ? least : exactSize(result);
}

function leastSize(value: object): number {
  if (value instanceof JsonText) return value.written.length;
  let size = 1;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item = value[index];
      size += 1;
      if (typeof item === 'string') size += item.length + 2;
      else if (typeof item === 'object' && item !== null) size += leastSize(item);
      else size += String(item).length;
    }
    return size;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    size += key.length + 4;
    if (typeof member === 'string') size += member.length + 2;
    else if (typeof member === 'object' && member !== null) size += leastSize(member);
  }
  return size;
}

function exactSize(value: unknown): number {
  if (value instanceof JsonText) return Buffer.byteLength(value.written);
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value) ?? '');
  let size = 1;
  if (Array.isArray(value)) for (const item of value) size += 1 + exactSize(item);
  else {
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined) size += key.length + 4 + exactSize(member);
    }
  }
  return Math.max(size, 2);
}
