import { createHash } from 'node:crypto';
import { canonicalKey } from '../db/canonical-key.js';
import { badUserInput } from './bad-input.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const POSITIVE_INT = /^[1-9]\d{0,8}$/;
const CURSOR_LENGTH = 300;
/** 72 bits: that two filters share a hash by chance is out of the question. */
const HASH_LENGTH = 12;

export type CursorArgument = 'after' | 'before';

/** An opaque cursor of one kind of list: clients hand it back, and read nothing from it. */
export function encodeCursor(kind: string, position: string): string {
  return Buffer.from(`${kind}|${position}`).toString('base64url');
}

/**
 * The position in a cursor that encodeCursor made for this kind of list.
 * @throws BAD_USER_INPUT naming the argument, for any other text
 */
export function decodeCursor(kind: string, cursor: string, argument: CursorArgument): string {
  const plain = cursor.length <= CURSOR_LENGTH ? Buffer.from(cursor, 'base64url').toString() : '';
  const position = plain.slice(kind.length + 1);
  if (!plain.startsWith(`${kind}|`) || encodeCursor(kind, position) !== cursor) throw foreignCursor(argument);
  return position;
}

/** What a list says of a cursor that it has not given out. */
export function foreignCursor(argument: CursorArgument): Error {
  return badUserInput(`${argument} is no cursor of this list: only cursors that it gave out are good.`);
}

/**
 * The kind of a list's cursors: its name, and a hash of what decides which rows it holds in which order, so that the
 * cursor of another filter or order is refused. What is absent decides nothing.
 */
export function listKind(name: string, decides: Record<string, unknown>): string {
  const present = Object.entries(decides).filter(([, value]) => value !== undefined);
  const text = canonicalKey(Object.fromEntries(present));
  if (text === '{}') return name;
  return `${name}:${createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH)}`;
}

/** A row's place in a list that is ordered by a value and then by id: the value as text, null where there is none. */
interface ValuePlace {
  value: string | null;
  id: string;
}

/** What valuePosition reads. */
export function encodeValuePlace(kind: string, { value, id }: ValuePlace): string {
  return encodeCursor(kind, `${value ?? ''}|${id}`);
}

/** Reads the cursors of a list that is ordered by a value and then by id; `isValue` knows what rows may hold. */
export function valuePosition(kind: string, isValue: (value: string | null) => boolean) {
  return (cursor: string, argument: CursorArgument): ValuePlace => {
    const [text = '', id = '', ...more] = decodeCursor(kind, cursor, argument).split('|');
    const value = text === '' ? null : text;
    if (more.length > 0 || !UUID.test(id) || !isValue(value)) throw foreignCursor(argument);
    return { value, id };
  };
}

/** Reads the cursors of a list that is ordered by id. */
export function uuidPosition(kind: string) {
  return (cursor: string, argument: CursorArgument): string => {
    const position = decodeCursor(kind, cursor, argument);
    if (!UUID.test(position)) throw foreignCursor(argument);
    return position;
  };
}

/** Reads the cursors of a list that is ordered by a number counted from 1. */
export function numberPosition(kind: string) {
  return (cursor: string, argument: CursorArgument): number => {
    const position = decodeCursor(kind, cursor, argument);
    if (!POSITIVE_INT.test(position)) throw foreignCursor(argument);
    return Number(position);
  };
}
