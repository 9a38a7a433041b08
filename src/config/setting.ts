export type Parse<T> = (text: string) => T;

export interface Setting<T> {
  readonly variable: string;
  readonly default: T;
  readonly parse: Parse<T>;
  readonly description: string;
  readonly details?: string;
  readonly shownDefault?: string;
  /** No error repeats the value. */
  readonly isSecret?: boolean;
}

export type Table<Values> = { readonly [Name in keyof Values]: Setting<Values[Name]> };

export type ValuesOf<T> = {
  readonly [Name in keyof T]: T[Name] extends Setting<infer Value> ? Value : never;
};

export const settings = <Values>(table: Table<Values>): Table<Values> => table;

export class WrongValue extends Error {
  readonly found: string | undefined;

  constructor(expected: string, found?: string) {
    super(expected);
    this.found = found;
  }
}
