import { createHash } from 'node:crypto';
import { canonicalKey } from '../foundation/canonical-key.js';
import { badUserInput } from './bad-input.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const POSITIVE_INT = /^[1-9]\d{0,8}$/;
const CURSOR_LENGTH = 300;
const HASH_LENGTH = 12;

export type CursorArgument = 'after' | 'before';

export function encodeCursor(kind: string, position: string): string {
  return Buffer.from(`${kind}|${position}`).toString('base64url');
}

/** @throws BAD_USER_INPUT naming the argument, unless encodeCursor made the text for this kind of list */
export function decodeCursor(kind: string, cursor: string, argument: CursorArgument): string {
  const plain = cursor.length <= CURSOR_LENGTH ? Buffer.from(cursor, 'base64url').toString() : '';
  const position = plain.slice(kind.length + 1);
  if (!plain.startsWith(`${kind}|`) || encodeCursor(kind, position) !== cursor) throw foreignCursor(argument);
  return position;
}

export function foreignCursor(argument: CursorArgument): Error {
  return badUserInput(`${argument} is not a cursor of this list: use only cursors that this list returned.`);
}

/** Hashes what determines the rows and their order, so that a cursor of another filter or order is refused. */
export function listKind(name: string, decides: Record<string, unknown>): string {
  const present = Object.entries(decides).filter(([, value]) => value !== undefined);
  const text = canonicalKey(Object.fromEntries(present));
  if (text === '{}') return name;
  return `${name}:${createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH)}`;
}

interface ValuePosition {
  value: string | null;
  id: string;
}

export function encodeValuePosition(kind: string, { value, id }: ValuePosition): string {
  return encodeCursor(kind, `${value ?? ''}|${id}`);
}

export function valuePosition(kind: string, isValue: (value: string | null) => boolean) {
  return (cursor: string, argument: CursorArgument): ValuePosition => {
    const [text = '', id = '', ...more] = decodeCursor(kind, cursor, argument).split('|');
    const value = text === '' ? null : text;
    if (more.length > 0 || !UUID.test(id) || !isValue(value)) throw foreignCursor(argument);
    return { value, id };
  };
}

export function uuidPosition(kind: string) {
  return (cursor: string, argument: CursorArgument): string => {
    const position = decodeCursor(kind, cursor, argument);
    if (!UUID.test(position)) throw foreignCursor(argument);
    return position;
  };
}

export function numberPosition(kind: string) {
  return (cursor: string, argument: CursorArgument): number => {
    const position = decodeCursor(kind, cursor, argument);
    if (!POSITIVE_INT.test(position)) throw foreignCursor(argument);
    return Number(position);
  };
}
