import { getTableColumns, type SQL } from 'drizzle-orm';
import type { JsonText } from '../../foundation/json-text.js';
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
}

export const ALL_COLUMNS: CallColumns = { name: 'all', columns: COLUMNS };
const SMALL_COLUMNS: CallColumns = { name: 'small', columns: SMALL as typeof COLUMNS };

export const callColumns = (requestedFields: RequestedFields): CallColumns =>
  (requestedFields?.has('metadata') ?? true) ? ALL_COLUMNS : SMALL_COLUMNS;

export function onceByName<Made>(make: (columns: CallColumns) => Made): (columns: CallColumns) => Made {
  const made = new Map<string, Made>();
  return (columns) => {
    const known = made.get(columns.name) ?? make(columns);
    made.set(columns.name, known);
    return known;
  };
}
