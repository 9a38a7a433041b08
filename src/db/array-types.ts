import { makePgArray } from 'drizzle-orm/pg-core';
import { parse } from 'postgres-array';

/** Oids of the array types that statements use, by the names of their elements' types (pg_type.dat of PostgreSQL). */
const ARRAYS = {
  bool: 1000,
  name: 1003,
  int2: 1005,
  int4: 1007,
  text: 1009,
  varchar: 1015,
  int8: 1016,
  timestamptz: 1185,
  numeric: 1231,
  uuid: 2951,
  jsonb: 3807,
};

/** Elements that are not text for JavaScript. */
const ELEMENTS: Partial<Record<keyof typeof ARRAYS, (text: string) => unknown>> = {
  bool: (text) => text === 't',
  int2: Number,
  int4: Number,
  jsonb: (text) => JSON.parse(text),
};

/**
 * The driver would ask each new connection for these types, in a statement whose failure ends the process
 * (https://github.com/porsager/postgres/issues/1192), and which costs a round trip.
 */
export const arrayTypes = Object.fromEntries(
  Object.entries(ARRAYS).map(([name, oid]) => {
    const element = ELEMENTS[name as keyof typeof ARRAYS] ?? ((text: string) => text);
    return [
      `${name}_array`,
      {
        to: oid,
        from: [oid],
        // A column's own encoder has made text of it already.
        serialize: (value: unknown) => (typeof value === 'string' ? value : makePgArray(value as unknown[])),
        parse: (text: string) => (text === '{}' ? [] : parse(text, element)),
      },
    ];
  }),
);
