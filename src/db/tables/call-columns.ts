import { getTableColumns, type SQL } from 'drizzle-orm';
import type { JsonText } from '../../foundation/json-text.js';
import { othersIn, storedIn, textColumns } from '../lists/row-text.js';
import type { RequestedFields } from '../loading/loader-set.js';
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

const textsOf = textColumns({
  stored({ name }) {
    const column = getTableColumns(calls)[name as keyof CallRow];
    return column === undefined ? null : storedIn(column);
  },
});

/** Each is a prepared statement of each write on every connection. */
const MOST_SHOWN = 50;
const shown = new Map<string, CallColumns>();
/** An operation has the same fields each time. */
const ofOperations = new WeakMap<NonNullable<RequestedFields>, CallColumns>();

/**
 * For the field `call` of a payload. There is no text in them: graphql-js may have to make the answer of the same row.
 */
export function writtenColumns(requestedFields: RequestedFields): CallColumns {
  if (requestedFields === null) return ALL_COLUMNS;
  const known = ofOperations.get(requestedFields) ?? columnsOf(requestedFields);
  ofOperations.set(requestedFields, known);
  return known;
}

function columnsOf(requestedFields: NonNullable<RequestedFields>): CallColumns {
  const names = shownIn(requestedFields);
  if (names === null) return callColumns(requestedFields);
  const found = Object.entries(COLUMNS).filter(([name]) => name in WRITTEN || names.has(name));
  const key = found.map(([name]) => name).join();
  const known = shown.get(key);
  if (known !== undefined) return known;
  if (shown.size === MOST_SHOWN) return callColumns(new Set(requestedFields));
  const made = {
    name: `shown_${shown.size}`,
    columns: Object.fromEntries(found) as object as typeof COLUMNS,
  };
  shown.set(key, made);
  return made;
}

/** Null if any column may be needed. */
function shownIn(requestedFields: NonNullable<RequestedFields>): ReadonlySet<string> | null {
  if (!requestedFields.has('call')) return new Set();
  const shape = requestedFields.shapes?.get('Call');
  if (shape === undefined) return null;
  return new Set([...shape.others, ...shape.runs.flatMap(({ fields }) => fields.map(({ name }) => name))]);
}

export function callColumns(requestedFields: RequestedFields): CallColumns {
  const shape = requestedFields?.shapes?.get('Call');
  const texts = textsOf(shape);
  if (shape !== undefined && texts !== null) {
    const columns = {
      ...LOOKED_AT,
      ...othersIn(shape, COLUMNS),
      ...texts.columns,
    } as object as typeof COLUMNS;
    return { ...texts, columns, reads: shape.runs.flatMap(({ fields }) => fields.map(({ name }) => name)) };
  }
  return (requestedFields?.has('metadata') ?? true) ? ALL_COLUMNS : SMALL_COLUMNS;
}
