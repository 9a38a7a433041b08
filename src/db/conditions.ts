import { and, gte, lt, lte, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
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

/** A condition in the form that its index serves, and in the one that is quick to look at row by row. */
export interface Scattered {
  indexed: SQL;
  plain: SQL;
  /** The plain form with a place for its value, so that it can be prepared; null where the values change its text. */
  fixed: Fixed | null;
}

interface Fixed {
  /** Of one form, whatever the value: one in a table. */
  name: string;
  of(value: SQLWrapper): SQL;
  /** What it looks at. */
  column: AnyPgColumn;
  value: unknown;
}

/** Conditions that have one form for both. */
export function inOneForm(conditions: SQL[]): Scattered[] {
  return conditions.map((condition) => ({ indexed: condition, plain: condition, fixed: null }));
}

/** A condition that compares a column with a value, of one form for both. */
export function onValue(
  name: string,
  value: unknown,
  column: AnyPgColumn,
  of: (value: SQLWrapper) => SQL,
): Scattered {
  const condition = of(sql.param(value));
  return { indexed: condition, plain: condition, fixed: { name, of, column, value } };
}

/** What a filter demands of a row: all of it, and of each choice one of its values. */
export interface Conditions {
  /** Those without a value, which every list of the table has. */
  always: SQL[];
  /** Those whose index is in the order of the list, so that it is walked from its end. */
  all: SQL[];
  /** Likewise, each value by itself; the most selective first. */
  choices: Choice[];
  /** Those that have an index in another order: where in the list their rows lie, nobody knows. */
  scattered: Scattered[];
  /** Those that have none. */
  rest: SQL[];
}

/** The conditions as one; undefined if there are none. */
export function whole({ always, all, choices, scattered, rest }: Conditions): SQL | undefined {
  return and(
    ...always,
    ...all,
    ...choices.map(({ any }) => any),
    ...scattered.map(({ indexed }) => indexed),
    ...rest,
  );
}

/** Finds nothing. */
export const NOTHING = sql`false`;
export const ANYTHING = sql`true`;

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
  const whole = values.some(isCut);
  const one = (value: SQL) => sql`left(${text}, 256) = left(${value}, 256)`;
  const many = sql`left(${text}, 256) = any(${textArray(beginnings)})`;
  return {
    values,
    is: (value) => (whole ? sql`(${one(value)} and ${text} = ${value})` : one(value)),
    any:
      values.length === 1
        ? longTextIs(text, only)
        : whole
          ? sql`(${many} and ${text} = any(${textArray(values)}))`
          : many,
  };
}

export function longTextIs(text: AnyPgColumn | SQL, value: string): SQL {
  const beginning = sql`left(${text}, 256) = ${beginningOf(value)}`;
  return isCut(value) ? sql`(${beginning} and ${text} = ${value})` : beginning;
}

/**
 * Whether the index may hold only a part of the text. The beginning alone decides otherwise: what is equal to a shorter
 * text is not cut, and a second condition on the same text would make the planner expect far fewer rows than there are.
 */
export function isCut(value: string): boolean {
  return [...value].length >= BEGINNING;
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
