import { sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, uuid } from 'drizzle-orm/pg-core';
import { JsonText } from '../../foundation/json-text.js';

/**
 * Milliseconds: with microseconds, a keyset page would repeat its boundary row. ISO 8601, because `new Date` reads
 * Postgres' own form of the year 1950 as 0050.
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

/** A third of the time of `new Date`: a page has hundreds. */
function instantOf(text: string): Date {
  if (!PLAIN.test(text)) return new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z'));
  const digit = (at: number) => (at < text.length - 3 ? text.charCodeAt(at) - 48 : 0);
  const two = (at: number) => digit(at) * 10 + digit(at + 1);
  const year = two(0) * 100 + two(2);
  const milliseconds = two(20) * 10 + digit(22);
  const date = new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds));
  // Date.UTC maps the years 0 to 99 to 1900 to 1999.
  if (year < 100) date.setUTCFullYear(year);
  return date;
}

/** First in every key, so that no foreign key or index entry can span two organizations. */
export const organizationId = () => uuid().notNull();

export const bigintText = customType<{ data: string; driverData: string }>({ dataType: () => 'bigint' });

export const decimalText = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' });

export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const sha256 = bytes;

export const shownJson = (column: AnyPgColumn, name: string) =>
  sql`${column}::text`.mapWith((text: string) => new JsonText(text)).as(name);

export const beginning = (expression: string) => sql.raw(`left(${expression}, 256)`);

export const comparableNumber = (column: string) => sql.raw(`comparable_number(${column})`);

/** An object's top-level keys as a JSON list, which GIN can index at any length. */
export const objectKeys = (column: string) =>
  sql.raw(`jsonb_path_query_array(${column}, '$.keyvalue().key')`);
