import { isObject } from './merge-patch.js';

export type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array';

/** Null is no type here: in a merge patch it removes a member. */
export const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'string', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'True or false' },
  { value: 'object', label: 'Object' },
  { value: 'array', label: 'List' },
];

export function kindOf(value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'array';
  return isObject(value) ? 'object' : 'string';
}

/** How a value is written in the field of a kind, as near to it as that kind allows. */
export function writtenAs(value: unknown, kind: Kind): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  switch (kind) {
    case 'string':
      return text;
    case 'number':
      return Number.isFinite(Number(text)) && text.trim() !== '' ? text.trim() : '0';
    case 'boolean':
      return text === 'false' ? 'false' : 'true';
    case 'object':
      return JSON.stringify(isObject(value) ? value : {}, null, 2);
    case 'array':
      return JSON.stringify(Array.isArray(value) ? value : value === '' ? [] : [value], null, 2);
  }
}

export type Parsed = { value: unknown } | { problem: string };

export function parsed(kind: Kind, text: string): Parsed {
  switch (kind) {
    case 'string':
      return { value: text };
    case 'boolean':
      return { value: text === 'true' };
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value)) return { problem: 'A number, such as 4.5' };
      return { value };
    }
    case 'object':
    case 'array':
      return parsedJson(kind, text);
  }
}

function parsedJson(kind: 'object' | 'array', text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    if (kindOf(value) !== kind)
      return { problem: kind === 'object' ? 'An object, such as {}' : 'A list, such as []' };
    if (kind === 'object' && hasNull(value)) {
      return { problem: 'A merge patch cannot write null into an object: leave the member out' };
    }
    return { value };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'Not JSON' };
  }
}

const hasNull = (value: unknown): boolean =>
  value === null || (isObject(value) && Object.values(value).some(hasNull));
