import type { CallRow } from '../../db/tables/calls.js';
import {
  encodeCursor,
  encodeValuePosition,
  listKind,
  uuidPosition,
  valuePosition,
} from '../../graphql/cursor.js';
import { type CallOrderField, type CallPosition, NEWEST_FIRST } from './call-filter.values.js';
import type { CallList } from './call-list.queries.js';

const INT_MAX = 2 ** 31 - 1;
/** Only what toISOString writes for the years 1 to 9999, because Postgres must read it. */
const isInstant = (text: string) =>
  /^(?!0000)\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;
const isInt = (text: string) => /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= INT_MAX;

type Listed = Pick<CallRow, 'id' | 'startedAt' | 'updatedAt' | 'duration'>;

const VALUES: Record<
  Exclude<CallOrderField, 'CREATED_AT'>,
  { of: (call: Listed) => Date | number | null; is: (text: string | null) => boolean }
> = {
  STARTED_AT: { of: (call) => call.startedAt, is: (text) => text === null || isInstant(text) },
  UPDATED_AT: { of: (call) => call.updatedAt, is: (text) => text !== null && isInstant(text) },
  DURATION: { of: (call) => call.duration, is: (text) => text === null || isInt(text) },
};

export function callCursors({ filter, order }: CallList): {
  cursorOf: (call: Listed) => string;
  position: (cursor: string, argument: 'after' | 'before') => CallPosition;
} {
  const isDefault = order.field === NEWEST_FIRST.field && order.direction === NEWEST_FIRST.direction;
  let cachedKind: string | undefined;
  const kind = () => {
    cachedKind ??= listKind('calls', { ...filter, ...(isDefault ? {} : { order }) });
    return cachedKind;
  };
  if (order.field === 'CREATED_AT') {
    return {
      cursorOf: ({ id }) => encodeCursor(kind(), id),
      position: (cursor, argument) => ({ id: uuidPosition(kind())(cursor, argument) }),
    };
  }
  const { of, is } = VALUES[order.field];
  const textOf = (value: Date | number | null) => (value instanceof Date ? value.toISOString() : value);
  return {
    cursorOf: (call) =>
      encodeValuePosition(kind(), { value: textOf(of(call))?.toString() ?? null, id: call.id }),
    position: (cursor, argument) => valuePosition(kind(), is)(cursor, argument),
  };
}
