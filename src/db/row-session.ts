import { Column, type DriverValueDecoder, is, type Query, Subquery } from 'drizzle-orm';
import type { PreparedQueryConfig, SelectedFieldsOrdered } from 'drizzle-orm/pg-core';
import { PostgresJsSession } from 'drizzle-orm/postgres-js';

type Rows = (rows: unknown[][]) => unknown;

/**
 * Drizzle's session with a quicker way from the driver's arrays to rows: what becomes of each column is decided once a
 * statement, instead of for every value. Rows with nested objects and transactions stay Drizzle's own.
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
    const quick = mapper ?? (fields && (rowMapper(fields) as Rest<T>[2]));
    return super.prepareQuery<T>(query, fields, name, isArray, quick, ...more);
  }
}

type Rest<T extends PreparedQueryConfig> =
  Parameters<typeof PostgresJsSession.prototype.prepareQuery<T>> extends [unknown, unknown, ...infer More]
    ? More
    : never;

/** Undefined for rows that are not flat. */
function rowMapper(fields: SelectedFieldsOrdered): Rows | undefined {
  if (fields.some(({ path, field }) => path.length > 1 || is(field, Subquery))) return undefined;
  const columns = fields.map(({ path, field }) => ({ name: path[0] ?? '', decoder: decoderOf(field) }));
  // All rows begin with all members: they are copies of one object, which costs less than adding members one by one.
  const empty: Record<string, unknown> = Object.fromEntries(columns.map(({ name }) => [name, null]));
  const toRow = (values: unknown[]) => {
    const row = { ...empty };
    for (let index = 0; index < columns.length; index += 1) {
      const value = values[index];
      const { name, decoder } = columns[index] as (typeof columns)[number];
      if (value !== null) row[name] = decoder === null ? value : decoder.mapFromDriverValue(value);
    }
    return row;
  };
  return (rows) => rows.map(toRow);
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
