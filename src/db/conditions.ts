import { and, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { InstantRange, NumberRange } from '../ranges.js';

/** A condition that one of several values fulfils. */
export interface Choice {
  /** Without repetitions. */
  values: string[];
  /** The condition for one value, which may be a column of a surrounding statement. */
  is(value: SQL): SQL;
  /** The condition for all of them. */
  any: SQL;
}

/** What a filter demands of a row: all of it, and of each choice one of its values. */
export interface Conditions {
  all: SQL[];
  /** Those with an index, the most selective first. */
  choices: Choice[];
}

/** The conditions as one; undefined if there are none. */
export function whole({ all, choices }: Conditions): SQL | undefined {
  return and(...all, ...choices.map(({ any }) => any));
}

/** Finds nothing. */
export const NOTHING = sql`false`;

/** As many characters as the indexes of long texts hold. */
const BEGINNING = 256;

export const textArray = (values: readonly string[]): SQL => sql`${sql.param([...values])}::text[]`;

/** The column has one of the values. */
export function choice(column: AnyPgColumn, given: readonly string[]): Choice {
  const values = [...new Set(given)];
  const [only] = values;
  return {
    values,
    is: (value) => sql`${column} = ${value}`,
    any: values.length === 1 ? sql`${column} = ${only}` : sql`${column} = any(${textArray(values)})`,
  };
}

/** The same for a text of any length, which is found by its beginning and then compared in full. */
export function longTextChoice(text: AnyPgColumn | SQL, given: readonly string[]): Choice {
  const values = [...new Set(given)];
  const beginnings = [...new Set(values.map(beginningOf))];
  const [only = ''] = values;
  return {
    values,
    is: (value) => sql`(left(${text}, 256) = left(${value}, 256) and ${text} = ${value})`,
    any:
      values.length === 1
        ? longTextIs(text, only)
        : sql`(left(${text}, 256) = any(${textArray(beginnings)}) and ${text} = any(${textArray(values)}))`,
  };
}

export function longTextIs(text: AnyPgColumn | SQL, value: string): SQL {
  return sql`(left(${text}, 256) = ${beginningOf(value)} and ${text} = ${value})`;
}

/** The first 256 characters, as Postgres counts them. */
export function beginningOf(value: string): string {
  return value.length <= BEGINNING ? value : [...value.slice(0, 2 * BEGINNING)].slice(0, BEGINNING).join('');
}

export function instantWithin(column: AnyPgColumn, { from, to }: InstantRange = {}): SQL[] {
  return [...(from ? [gte(column, from)] : []), ...(to ? [lt(column, to)] : [])];
}

export function numberWithin(column: AnyPgColumn, { min, max }: NumberRange = {}): SQL[] {
  return [...(min === undefined ? [] : [gte(column, min)]), ...(max === undefined ? [] : [lte(column, max)])];
}

/** The time in a UUIDv7 id lies in the range: served by the primary key. */
export function createdWithin(id: AnyPgColumn, { from, to }: InstantRange = {}): SQL[] {
  return [
    ...(from && from.getTime() > 0 ? [gte(id, firstIdAt(from))] : []),
    ...(to ? [to.getTime() > 0 ? lt(id, firstIdAt(to)) : NOTHING] : []),
  ];
}

/** No id of an earlier millisecond sorts behind it, and none of this one or a later before it. */
function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
