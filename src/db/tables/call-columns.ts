import { getTableColumns } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { JsonText } from '../json-text.js';
import type { Asked } from '../loader-set.js';
import { type CallRow, calls } from './calls.js';
import { shownJson } from './columns.js';

/** A call to be shown: where it was read for that alone, its metadata is only passed on. */
export type ShownCall = Omit<CallRow, 'metadata'> & { metadata: JsonText | CallRow['metadata'] };

const COLUMNS = {
  ...getTableColumns(calls),
  metadata: shownJson(calls.metadata, 'metadata'),
};
type Columns = typeof COLUMNS;
type Field = keyof Columns;

/** What the gateway itself needs of a call; the rest is only shown, under its own name. */
const ALWAYS: readonly Field[] = ['id', 'parentId', 'joinedInto'];

const SHOWN = (Object.keys(COLUMNS) as Field[]).filter((field) => !ALWAYS.includes(field));

/** Some of a call's columns, and a name for which they are. */
export interface CallColumns {
  name: string;
  columns: Columns;
}

export const ALL_COLUMNS: CallColumns = { name: 'all', columns: COLUMNS };

const { metadata: _, ...SMALL } = COLUMNS;
const SMALL_COLUMNS: CallColumns = { name: 'small', columns: SMALL as Columns };

/** Statements are prepared for each set, and Postgres keeps them: as many as screens may have, and an end to it. */
const MOST_SETS = 64;
const sets = new Map<string, CallColumns>();

/** What was asked for at least once: who never asks the same again takes no set. */
const once = new LRUCache<string, true>({ max: 1_000 });

function isKnown(name: string): boolean {
  if (once.has(name)) return true;
  once.set(name, true);
  return false;
}

/** The columns that fields of these names show; all, where it is not known what will be asked for. */
export function callColumns(asked: Asked): CallColumns {
  if (asked === null) return ALL_COLUMNS;
  const shown = SHOWN.filter((field) => asked.has(field));
  const name = shown.join();
  const known = sets.get(name);
  if (known !== undefined) return known;
  if (sets.size === MOST_SETS || !isKnown(name)) return asked.has('metadata') ? ALL_COLUMNS : SMALL_COLUMNS;
  const columns = Object.fromEntries([...ALWAYS, ...shown].map((field) => [field, COLUMNS[field]]));
  // Whoever asks for what was left out has not said so: the fields that are asked for decide.
  const set = { name: `${sets.size}`, columns: columns as Columns };
  sets.set(name, set);
  return set;
}

/** Makes something for each set of columns, once. */
export function onceByName<Made>(make: (columns: CallColumns) => Made): (columns: CallColumns) => Made {
  const made = new Map<string, Made>();
  return (columns) => {
    const known = made.get(columns.name) ?? make(columns);
    made.set(columns.name, known);
    return known;
  };
}
