import { sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, uuid } from 'drizzle-orm/pg-core';
import { JsonText } from '../json-text.js';

/**
 * Milliseconds, as the API shows them: with microseconds a keyset page would repeat its boundary row. Read as ISO 8601
 * and in UTC, for `new Date` takes the year 0050 of Postgres' own form for 1950.
 */
export const instant = customType<{ data: Date; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (date) => date.toISOString(),
  fromDriver: (text) => {
    const date = instantOf(text);
    if (Number.isNaN(date.getTime())) throw new Error(`the database's time ${text} is not ISO 8601 in UTC`);
    return date;
  },
});

const PLAIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?\+00$/;

/** Reads e.g. `2024-01-15 10:00:00.25+00`. By its digits, for a page has hundreds of times: a third of what Date takes. */
function instantOf(text: string): Date {
  if (!PLAIN.test(text)) return new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z'));
  const digit = (at: number) => (at < text.length - 3 ? text.charCodeAt(at) - 48 : 0);
  const two = (at: number) => digit(at) * 10 + digit(at + 1);
  const year = two(0) * 100 + two(2);
  const milliseconds = two(20) * 10 + digit(22);
  const date = new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds));
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (year < 100) date.setUTCFullYear(year);
  return date;
}

/** First in every key, so that neither a foreign key nor an index entry can span two organizations. */
export const organizationId = () => uuid().notNull();

/** A 64-bit integer kept as decimal text: it is only compared and passed on, never calculated with. */
export const bigintText = customType<{ data: string; driverData: string }>({ dataType: () => 'bigint' });

/** An exact number kept as decimal text, with the digits that it was given. */
export const decimalText = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' });

/** A JSON column of which the value is only shown, under this name; see JsonText. */
export const shownJson = (column: AnyPgColumn, name: string) =>
  sql`${column}::text`.mapWith((text: string) => new JsonText(text)).as(name);

/** What is indexed of a text that may be longer than an index entry holds; compared in full beside it. */
export const beginning = (expression: string) => sql.raw(`left(${expression}, 256)`);

/** A number or address in the form in which two spellings of it are equal; see the function in the migrations. */
export const comparableNumber = (column: string) => sql.raw(`comparable_number(${column})`);

/** The top-level keys of an object as a list in JSON, which GIN can index whatever their length. */
export const objectKeys = (column: string) =>
  sql.raw(`jsonb_path_query_array(${column}, '$.keyvalue().key')`);
