import type { LogPosition } from '../changes/change.queries.js';
import { badUserInput } from './bad-input.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const POSITIVE_INT = /^[1-9]\d{0,8}$/;
const PLACE = /^(\d{1,19})\.(\d{1,19})$/;
const BIGINT_MAX = 2n ** 63n - 1n;
const CURSOR_LENGTH = 300;

type Argument = 'after' | 'before';

/** An opaque cursor of one kind of list: clients hand it back, and read nothing from it. */
export function encodeCursor(kind: string, position: string): string {
  return Buffer.from(`${kind}|${position}`).toString('base64url');
}

/**
 * The position in a cursor that encodeCursor made for this kind of list.
 * @throws BAD_USER_INPUT naming the argument, for any other text
 */
export function decodeCursor(kind: string, cursor: string, argument: Argument): string {
  const plain = cursor.length <= CURSOR_LENGTH ? Buffer.from(cursor, 'base64url').toString() : '';
  const position = plain.slice(kind.length + 1);
  if (!plain.startsWith(`${kind}|`) || encodeCursor(kind, position) !== cursor) throw foreign(argument);
  return position;
}

function foreign(argument: Argument): Error {
  return badUserInput(`${argument} is no cursor of this list: only cursors that it gave out are good.`);
}

/** Reads the cursors of a list that is ordered by id. */
export function uuidPosition(kind: string) {
  return (cursor: string, argument: Argument): string => {
    const position = decodeCursor(kind, cursor, argument);
    if (!UUID.test(position)) throw foreign(argument);
    return position;
  };
}

/** Reads the cursors of a list that is ordered by a number counted from 1. */
export function numberPosition(kind: string) {
  return (cursor: string, argument: Argument): number => {
    const position = decodeCursor(kind, cursor, argument);
    if (!POSITIVE_INT.test(position)) throw foreign(argument);
    return Number(position);
  };
}

/** The cursor of a row of the change log. */
export function logCursor(row: LogPosition): string {
  return encodeCursor('change', `${row.label}.${row.seq}`);
}

/** Reads what logCursor wrote. */
export function logPosition(cursor: string, argument: Argument): LogPosition {
  const [, label, seq] = PLACE.exec(decodeCursor('change', cursor, argument)) ?? [];
  if (label === undefined || seq === undefined) throw foreign(argument);
  if (BigInt(label) > BIGINT_MAX || BigInt(seq) > BIGINT_MAX) throw foreign(argument);
  return { label, seq };
}
