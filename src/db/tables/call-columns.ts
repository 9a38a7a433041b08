import { getTableColumns, type SQL } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { JsonText } from '../../foundation/json-text.js';
import { othersIn, type ShownRows, storedIn, textColumns } from '../lists/row-text.js';
import type { RequestedFields } from '../loading/loader-set.js';
import { onceFor } from '../loading/once-for.js';
import type { ObjectField } from '../loading/row-shape.js';
import { type CallRow, calls } from './calls.js';
import { shownJson } from './columns.js';

/** For display only: the metadata stays JSON text, and is absent if no field asks for it. */
export type ShownCall = Omit<CallRow, 'metadata' | 'fieldTimes'> & {
  metadata: JsonText | CallRow['metadata'] | undefined;
};

const { metadata, fieldTimes: _, ...SMALL } = getTableColumns(calls);
const COLUMNS = { ...SMALL, metadata: shownJson(metadata, 'metadata') as SQL.Aliased<JsonText | undefined> };

export interface CallColumns {
  name: string;
  columns: typeof COLUMNS;
  /** The columns that expressions among them read, besides themselves. */
  reads?: readonly string[];
}

export const ALL_COLUMNS: CallColumns = { name: 'all', columns: COLUMNS };
const SMALL_COLUMNS: CallColumns = { name: 'small', columns: SMALL as typeof COLUMNS };

/** What resolvers and loaders look at, beside what is shown. */
const { id, parentId, joinedInto } = SMALL;
const LOOKED_AT = { id, parentId, joinedInto };
/** What services look at beside that. */
const WRITTEN = { ...LOOKED_AT, revision: SMALL.revision, flowRevision: SMALL.flowRevision };

export const callColumns = (requestedFields: RequestedFields): CallColumns =>
  (requestedFields?.has('metadata') ?? true) ? ALL_COLUMNS : SMALL_COLUMNS;

/** What an object of other tables, found by its call, shows; by the field's name. */
export type CallObjects = Readonly<Record<string, (field: ObjectField) => SQL | null>>;

/** What those objects are found by. */
const FOUND_BY = ['organizationId', 'flowRevision'];

/** The text of an operation's shape, if Postgres can write it. */
export function callTextColumns(objects: CallObjects): (requestedFields: RequestedFields) => CallColumns {
  const rows: ShownRows = {
    stored({ name }) {
      const column = getTableColumns(calls)[name as keyof CallRow];
      return column === undefined ? null : storedIn(column);
    },
    object: (field) => objects[field.name]?.(field) ?? null,
  };
  const textsOf = textColumns(rows, (shape, texts): CallColumns => {
    const columns = { ...LOOKED_AT, ...othersIn(shape, COLUMNS), ...texts.columns };
    const shown = shape.runs.flatMap(({ fields }) => fields.map(({ name }) => name));
    return { ...texts, columns: columns as object as typeof COLUMNS, reads: [...shown, ...FOUND_BY] };
  });
  return (requestedFields) => textsOf(requestedFields?.shapes?.get('Call')) ?? callColumns(requestedFields);
}

/** Each has a prepared statement of each write, which goes with it here, and with its connection in Postgres. */
const MOST_SHOWN = 50;
const shown = new LRUCache<string, CallColumns>({ max: MOST_SHOWN });
let made = 0;

/** An operation has the same fields each time. */
const namesOfOperation = onceFor((requestedFields: NonNullable<RequestedFields>): string | null => {
  const names = shownIn(requestedFields);
  return (
    names &&
    Object.keys(COLUMNS)
      .filter((name) => name in WRITTEN || names.has(name))
      .join()
  );
});

/**
 * For the field `call` of a payload. There is no text in them: graphql-js may have to make the answer of the same row.
 */
export function writtenColumns(requestedFields: RequestedFields): CallColumns {
  const names = requestedFields && namesOfOperation(requestedFields);
  if (names === null) return callColumns(requestedFields);
  let columns = shown.get(names);
  if (columns === undefined) {
    made += 1;
    columns = { name: `shown_${made}`, columns: only(names.split(',')) };
    shown.set(names, columns);
  }
  return columns;
}

function only(names: readonly string[]): typeof COLUMNS {
  const found = Object.entries(COLUMNS).filter(([name]) => names.includes(name));
  return Object.fromEntries(found) as object as typeof COLUMNS;
}

/** Null if any column may be needed. */
function shownIn(requestedFields: NonNullable<RequestedFields>): ReadonlySet<string> | null {
  if (!requestedFields.has('call')) return new Set();
  const shape = requestedFields.shapes?.get('Call');
  if (shape === undefined) return null;
  return new Set([...shape.others, ...shape.runs.flatMap(({ fields }) => fields.map(({ name }) => name))]);
}
