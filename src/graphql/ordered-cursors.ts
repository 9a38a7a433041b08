import { encodeCursor, encodeValuePosition, listKind, uuidPosition, valuePosition } from './cursor.js';

const INT_MAX = 2 ** 31 - 1;
/** Only what toISOString writes for the years 1 to 9999, because Postgres must read it. */
const isInstant = (text: string) =>
  /^(?!0000)\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;
const isInt = (text: string) => /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= INT_MAX;

export interface OrderedValue<Row> {
  of: (row: Row) => Date | number | null;
  is: (text: string | null) => boolean;
}

export const instantOf = <Row>(of: (row: Row) => Date): OrderedValue<Row> => ({
  of,
  is: (text) => text !== null && isInstant(text),
});
export const instantOrNull = <Row>(of: (row: Row) => Date | null): OrderedValue<Row> => ({
  of,
  is: (text) => text === null || isInstant(text),
});
export const intOrNull = <Row>(of: (row: Row) => number | null): OrderedValue<Row> => ({
  of,
  is: (text) => text === null || isInt(text),
});

export interface Position {
  /** As text; null for what has none. Absent in the order of creation, which is that of the ids. */
  value?: string | null;
  id: string;
}

export interface OrderedCursors<Row> {
  cursorOf: (row: Row) => string;
  position: (cursor: string, argument: 'after' | 'before') => Position;
}

/** `value` is null in the order of creation; `name` and `decides` say which list it is. */
export function orderedCursors<Row extends { id: string }>(
  name: string,
  decides: Record<string, unknown>,
  value: OrderedValue<Row> | null,
): OrderedCursors<Row> {
  let cachedKind: string | undefined;
  const kind = () => {
    cachedKind ??= listKind(name, decides);
    return cachedKind;
  };
  if (value === null) {
    return {
      cursorOf: ({ id }) => encodeCursor(kind(), id),
      position: (cursor, argument) => ({ id: uuidPosition(kind())(cursor, argument) }),
    };
  }
  const textOf = (of: Date | number | null) => (of instanceof Date ? of.toISOString() : of);
  return {
    cursorOf: (row) =>
      encodeValuePosition(kind(), { value: textOf(value.of(row))?.toString() ?? null, id: row.id }),
    position: (cursor, argument) => valuePosition(kind(), value.is)(cursor, argument),
  };
}
