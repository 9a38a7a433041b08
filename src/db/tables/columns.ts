import { sql } from 'drizzle-orm';
import { customType, uuid } from 'drizzle-orm/pg-core';

/**
 * Milliseconds, as the API shows them: with microseconds a keyset page would repeat its boundary row. Read as ISO 8601
 * and in UTC, for `new Date` takes the year 0050 of Postgres' own form for 1950.
 */
export const instant = customType<{ data: Date; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (date) => date.toISOString(),
  fromDriver: (text) => {
    // As every time within the years 0001 to 9999 is written: Date itself reads only this form of it quickly.
    const date = new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
    if (Number.isNaN(date.getTime()) || !text.endsWith('+00')) {
      throw new Error(`the database's time ${text} is not ISO 8601 in UTC`);
    }
    return date;
  },
});

/** First in every key, so that neither a foreign key nor an index entry can span two organizations. */
export const organizationId = () => uuid().notNull();

/** A 64-bit integer kept as decimal text: it is only compared and passed on, never calculated with. */
export const bigintText = customType<{ data: string; driverData: string }>({ dataType: () => 'bigint' });

/** An exact number kept as decimal text, with the digits that it was given. */
export const decimalText = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' });

/** What is indexed of a text that may be longer than an index entry holds; compared in full beside it. */
export const beginning = (expression: string) => sql.raw(`left(${expression}, 256)`);

/** A number or address in the form in which two spellings of it are equal; see the function in the migrations. */
export const comparableNumber = (column: string) => sql.raw(`comparable_number(${column})`);

/** The top-level keys of an object as a list in JSON, which GIN can index whatever their length. */
export const objectKeys = (column: string) =>
  sql.raw(`jsonb_path_query_array(${column}, '$.keyvalue().key')`);
