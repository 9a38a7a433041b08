import { Column, type DriverValueDecoder, is, type Query, Subquery } from 'drizzle-orm';
import type { PreparedQueryConfig, SelectedFieldsOrdered } from 'drizzle-orm/pg-core';
import { PostgresJsSession } from 'drizzle-orm/postgres-js';

type Rows = (rows: unknown[][]) => unknown;

/**
 * Drizzle's session with a quicker way from the driver's arrays to rows: what becomes of each column is decided once a
 * statement, instead of for every value. Transactions stay Drizzle's own, and outer joins, of which a side may be missing.
 */
export class RowSession extends PostgresJsSession<
  ConstructorParameters<typeof PostgresJsSession>[0],
  Record<string, never>,
  Record<string, never>
> {
  override prepareQuery<T extends PreparedQueryConfig>(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    ...[name, isArray, mapper, ...more]: Rest<T>
  ) {
    const mayMiss = OUTER_JOIN.test(query.sql);
    const quick = mapper ?? (mayMiss ? undefined : fields && (rowMapper(fields) as Rest<T>[2]));
    return super.prepareQuery<T>(query, fields, name, isArray, quick, ...more);
  }
}

const OUTER_JOIN = /\b(?:left|right|full) (?:outer )?join\b/i;

type Rest<T extends PreparedQueryConfig> =
  Parameters<typeof PostgresJsSession.prototype.prepareQuery<T>> extends [unknown, unknown, ...infer More]
    ? More
    : never;

type Row = Record<string, unknown>;

/** Undefined for rows with objects in objects. */
function rowMapper(fields: SelectedFieldsOrdered): Rows | undefined {
  if (fields.some(({ path, field }) => path.length > 2 || is(field, Subquery))) return undefined;
  const parts = [...new Set(fields.map(({ path }) => partOf(path)))].map((part) => partMapper(fields, part));
  const [own] = parts;
  if (parts.length === 1 && own !== undefined && own.name === null) return (rows) => rows.map(own.toRow);
  return (rows) =>
    rows.map((values) => {
      const row: Row = {};
      for (const { name, toRow } of parts) {
        if (name === null) Object.assign(row, toRow(values));
        else row[name] = toRow(values);
      }
      return row;
    });
}

/** The member that holds the value; null for the row itself. */
const partOf = (path: string[]) => (path.length === 1 ? null : (path[0] ?? null));

/** Reads one of the objects that a row consists of. */
function partMapper(fields: SelectedFieldsOrdered, part: string | null) {
  const columns = fields.flatMap(({ path, field }, index) =>
    partOf(path) === part ? [{ index, name: path.at(-1) ?? '', decoder: decoderOf(field) }] : [],
  );
  // All rows begin with all members: they are copies of one object, which costs less than adding members one by one.
  const empty: Row = Object.fromEntries(columns.map(({ name }) => [name, null]));
  const toRow = (values: unknown[]) => {
    const row = { ...empty };
    for (const { index, name, decoder } of columns) {
      const value = values[index];
      if (value !== null) row[name] = decoder === null ? value : decoder.mapFromDriverValue(value);
    }
    return row;
  };
  return { name: part, toRow };
}

/** Null for a column whose values are taken as the driver gives them. */
function decoderOf(
  field: SelectedFieldsOrdered[number]['field'],
): DriverValueDecoder<unknown, unknown> | null {
  if (is(field, Column)) {
    return field.mapFromDriverValue === Column.prototype.mapFromDriverValue ? null : field;
  }
  // What an expression is mapped with, Drizzle keeps to itself.
  const expression = field as unknown as { decoder?: Decoder; sql?: { decoder: Decoder } };
  return expression.decoder ?? expression.sql?.decoder ?? null;
}

type Decoder = DriverValueDecoder<unknown, unknown>;
