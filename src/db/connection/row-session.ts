import { Column, type DriverValueDecoder, is, SQL } from 'drizzle-orm';
import { PostgresJsSession } from 'drizzle-orm/postgres-js';

type Parameters = globalThis.Parameters<PostgresJsSession<never, never, never>['prepareQuery']>;
type Fields = NonNullable<Parameters[1]>;
type Row = Record<string, unknown>;
type Decode = (value: unknown) => unknown;

/** Drizzle looks for the decoder of every value anew, which takes longer than all the rest of reading a page. */
export class RowSession extends PostgresJsSession<never, never, never> {
  override prepareQuery(...[query, fields, name, inArrays, mapper, ...rest]: Parameters) {
    const own = mapper ?? (fields === undefined ? undefined : mapperOf(fields));
    const prepared = super.prepareQuery(query, fields, name, inArrays, own as Parameters[4], ...rest);
    // The driver takes it as true. Here it also says whose statement is slow.
    return Object.assign(prepared, { prepare: name ?? false }) as never;
  }
}

/** Undefined for rows with objects in them, which Drizzle maps. */
function mapperOf(fields: Fields): ((rows: unknown[][]) => Row[]) | undefined {
  if (fields.some(({ path }) => path.length > 1)) return undefined;
  const names = fields.map(({ path: [name = ''] }) => name);
  const decoders = fields.map(({ field }) => decoderOf(field));
  const empty: Row = Object.fromEntries(names.map((name) => [name, null]));
  return (rows) => {
    const mapped = new Array<Row>(rows.length);
    for (let at = 0; at < rows.length; at += 1) {
      const values = rows[at] as unknown[];
      const row = { ...empty };
      for (let index = 0; index < names.length; index += 1) {
        const value = values[index];
        if (value === null) continue;
        const decode = decoders[index] as Decode | null;
        row[names[index] as string] = decode === null ? value : decode(value);
      }
      mapped[at] = row;
    }
    return mapped;
  };
}

/** Null if the driver's value is the value. */
function decoderOf(field: Fields[number]['field']): Decode | null {
  if (is(field, Column)) {
    if (field.mapFromDriverValue === Column.prototype.mapFromDriverValue) return null;
    return (value) => field.mapFromDriverValue(value);
  }
  const inner = (is(field, SQL) ? field : (field as SQL.Aliased).sql) as SQL & {
    decoder: DriverValueDecoder<unknown, unknown>;
  };
  return (value) => inner.decoder.mapFromDriverValue(value);
}
