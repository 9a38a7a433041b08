import { and, gte, lt, lte, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { firstIdAt } from '../../foundation/new-id.js';
import type { InstantRange, NumberRange } from '../../foundation/ranges.js';

export interface Choice {
  values: string[];
  is(value: SQL): SQL;
  any: SQL;
}

/** One form that its index serves, and one that is fast to check row by row. */
export interface Scattered {
  indexed: SQL;
  plain: SQL;
  /** With a placeholder, for prepared statements; null if the values change its text. */
  fixed: Fixed | null;
  /**
   * Selects the ids of matching rows, perhaps twice, and perhaps some of rows that are not in the list; for a condition
   * whose rows are found through another table.
   */
  ids?: SQL;
  /**
   * Selects the ids of matching rows that are in the list, if its index finds those of a range of ids without looking at
   * the others.
   */
  idsWithin?: (ids: IdRange) => SQL;
}

/** Both inclusive; absent means open. */
export interface IdRange {
  from?: string | SQL;
  to?: string | SQL;
  /** The one that fewer rows lie beyond, if it is known: GIN reads all that lie beyond each that it is given. */
  nearest?: 'from' | 'to';
}

interface Fixed {
  name: string;
  of(value: SQLWrapper): SQL;
  column: AnyPgColumn;
  value: unknown;
}

export function inOneForm(conditions: SQL[]): Scattered[] {
  return conditions.map((condition) => ({ indexed: condition, plain: condition, fixed: null }));
}

export function onValue(
  name: string,
  value: unknown,
  column: AnyPgColumn,
  of: (value: SQLWrapper) => SQL,
): Scattered {
  const condition = of(sql.param(value));
  return { indexed: condition, plain: condition, fixed: { name, of, column, value } };
}

export interface Conditions {
  always: SQL[];
  /** Their index is in list order, so a scan can stop at the limit. */
  all: SQL[];
  /** Each value separately; the most selective first. */
  choices: Choice[];
  /** Their index is in another order: their rows may be anywhere in the list. */
  scattered: Scattered[];
  rest: SQL[];
}

export function whole({ always, all, choices, scattered, rest }: Conditions): SQL | undefined {
  return and(
    ...always,
    ...all,
    ...choices.map(({ any }) => any),
    ...scattered.map(({ indexed }) => indexed),
    ...rest,
  );
}

export const NOTHING = sql`false`;
export const ANYTHING = sql`true`;

const BEGINNING = 256;

export const textArray = (values: readonly string[]): SQL => sql`${sql.param([...values])}::text[]`;

export function choice(column: AnyPgColumn, input: readonly string[]): Choice {
  const values = [...new Set(input)];
  const [only] = values;
  return {
    values,
    is: (value) => sql`${column} = ${value}`,
    any: values.length === 1 ? sql`${column} = ${only}` : sql`${column} = any(${textArray(values)})`,
  };
}

export function longTextChoice(text: AnyPgColumn | SQL, input: readonly string[]): Choice {
  const values = [...new Set(input)];
  const beginnings = [...new Set(values.map(beginningOf))];
  const [only = ''] = values;
  const whole = values.some(isCut);
  const matches = (value: SQL) => sql`left(${text}, 256) = left(${value}, 256)`;
  const matchesAny = sql`left(${text}, 256) = any(${textArray(beginnings)})`;
  return {
    values,
    is: (value) => (whole ? sql`(${matches(value)} and ${text} = ${value})` : matches(value)),
    any:
      values.length === 1
        ? longTextIs(text, only)
        : whole
          ? sql`(${matchesAny} and ${text} = any(${textArray(values)}))`
          : matchesAny,
  };
}

export function longTextIs(text: AnyPgColumn | SQL, value: string): SQL {
  const beginning = sql`left(${text}, 256) = ${beginningOf(value)}`;
  return isCut(value) ? sql`(${beginning} and ${text} = ${value})` : beginning;
}

/** On a text that is not cut, a second condition would make the planner expect far too few rows. */
export function isCut(value: string): boolean {
  return [...value].length >= BEGINNING;
}

export function beginningOf(value: string): string {
  return value.length <= BEGINNING ? value : [...value.slice(0, 2 * BEGINNING)].slice(0, BEGINNING).join('');
}

export function instantWithin(instant: AnyPgColumn | SQL, { from, to }: InstantRange = {}): SQL[] {
  const [least, end] = [from?.toISOString(), to?.toISOString()];
  return [
    ...(least ? [sql`${instant} >= ${least}::timestamptz`] : []),
    ...(end ? [sql`${instant} < ${end}::timestamptz`] : []),
  ];
}

export function numberWithin(column: AnyPgColumn, { min, max }: NumberRange = {}): SQL[] {
  return [...(min === undefined ? [] : [gte(column, min)]), ...(max === undefined ? [] : [lte(column, max)])];
}

export function createdWithin(id: AnyPgColumn, { from, to }: InstantRange = {}): SQL[] {
  return [
    ...(from && from.getTime() > 0 ? [gte(id, firstIdAt(from))] : []),
    ...(to ? [to.getTime() > 0 ? lt(id, firstIdAt(to)) : NOTHING] : []),
  ];
}
