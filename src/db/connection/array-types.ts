import { makePgArray } from 'drizzle-orm/pg-core';
import { parse } from 'postgres-array';

/** Oids, as in pg_type.dat of PostgreSQL. */
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

const ELEMENTS: Partial<Record<keyof typeof ARRAYS, (text: string) => unknown>> = {
  bool: (text) => text === 't',
  int2: Number,
  int4: Number,
  jsonb: (text) => JSON.parse(text),
};

/**
 * Without these, the driver asks for them on each new connection, and a failure of that statement ends the process
 * (https://github.com/porsager/postgres/issues/1192).
 */
export const arrayTypes = Object.fromEntries(
  Object.entries(ARRAYS).map(([name, oid]) => {
    const element = ELEMENTS[name as keyof typeof ARRAYS] ?? ((text: string) => text);
    return [
      `${name}_array`,
      {
        to: oid,
        from: [oid],
        serialize: (value: unknown) => (typeof value === 'string' ? value : makePgArray(value as unknown[])),
        parse: (text: string) => (text === '{}' ? [] : parse(text, element)),
      },
    ];
  }),
);
