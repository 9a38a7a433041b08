export type TextForm = 'NAME' | 'ID' | 'WORD' | 'TEXT' | 'INT' | 'BOOLEAN' | 'TIME' | 'JSON' | 'TEXTS';

export interface LeafField {
  name: string;
  form: TextForm;
  nullable: boolean;
  /** Of an enum; or the name itself. */
  words?: readonly string[];
  /** Of an id. */
  prefix?: string;
}

/** Rows of another table in a list; the key is the kind of the row. */
export interface ListField {
  name: string;
  items: Readonly<Record<string, readonly RowField[]>>;
}

/** The row of another table that belongs to this one, or null. */
export interface ObjectField {
  name: string;
  fields: readonly RowField[];
}

export type RowField = LeafField | ListField | ObjectField;

/** Fields that stand side by side. */
export interface RowRun {
  start: '{' | ',';
  fields: readonly RowField[];
}

/** What an operation shows of the rows of one type. */
export interface RowShape {
  /** Equal shapes have equal names. */
  name: string;
  runs: readonly RowRun[];
  /** What it shows in another way. */
  others: readonly string[];
}

/** The column that holds a run as JSON. */
export const runColumn = (index: number): string => `run_${index}`;

/** In the text of a run, where JSON has no control characters: before an id, around jsonb, and for a value that is wrong. */
export const MARK = { id: '\u0001', json: '\u0002', wrong: '\u0003' } as const;
