import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { LRUCache } from 'lru-cache';
import {
  type LeafField,
  type ListField,
  MARK,
  type ObjectField,
  type RowField,
  type RowShape,
  runColumn,
} from '../loading/row-shape.js';

/** What stands in the database for a field. */
export interface Stored {
  value: SQL | AnyPgColumn;
  type: string;
  notNull: boolean;
  /** JSON for null. */
  ifNull?: string | undefined;
}

/** The columns of what a shape shows in another way than as text. */
export function othersIn<Columns extends object>({ others }: RowShape, columns: Columns): Partial<Columns> {
  const found = Object.entries(columns).filter(([name]) => others.includes(name));
  return Object.fromEntries(found) as Partial<Columns>;
}

export const storedIn = (column: AnyPgColumn): Stored => ({
  value: column,
  type: column.getSQLType(),
  notNull: column.notNull,
});

export interface ShownRows {
  stored(field: LeafField): Stored | null;
  list?(field: ListField): SQL | null;
  /** Null in SQL for a row that is not there. */
  object?(field: ObjectField): SQL | null;
}

export interface TextColumns {
  name: string;
  columns: Record<string, SQL.Aliased<string>>;
}

/** Of a type. Each has prepared statements, which go with it here, and with their connection in Postgres. */
const MOST_SHAPES = 100;

let made = 0;

/**
 * Lets Postgres write rows as JSON: decoding each value only to write it again costs several times as much. Null if it
 * cannot.
 */
export function textColumns<Columns>(
  rows: ShownRows,
  withTexts: (shape: RowShape, texts: TextColumns) => Columns,
): (shape: RowShape | undefined) => Columns | null {
  const known = new LRUCache<string, { columns: Columns | null }>({ max: MOST_SHAPES });
  return (shape) => {
    if (shape === undefined) return null;
    let found = known.get(shape.name);
    if (found === undefined) {
      made += 1;
      const texts = columnsOf(shape, rows, `text_${made}`);
      found = { columns: texts && withTexts(shape, texts) };
      known.set(shape.name, found);
    }
    return found.columns;
  };
}

function columnsOf({ runs }: RowShape, rows: ShownRows, name: string): TextColumns | null {
  const texts = runs.map(({ fields, start }) => runText(fields, rows, start));
  if (texts.includes(null)) return null;
  const aliased = texts.map((text, index): [string, SQL.Aliased<string>] => {
    const column = runColumn(index);
    return [column, (text as SQL<string>).as(column)];
  });
  return { name, columns: Object.fromEntries(aliased) };
}

/** An object's whole text. */
export function objectText(fields: readonly RowField[], rows: ShownRows): SQL | null {
  return fields.length === 0 ? literal('{}') : runText(fields, rows, '{', '}');
}

function runText(fields: readonly RowField[], rows: ShownRows, start: string, end = ''): SQL | null {
  const parts: (string | SQL)[] = [];
  for (const [index, field] of fields.entries()) {
    const value = valueParts(field, rows);
    if (value === null) return null;
    parts.push(`${index === 0 ? start : ','}"${field.name}":`, ...value);
  }
  parts.push(end);
  return sql`concat(${sql.join(joinedLiterals(parts), sql`, `)})`;
}

function valueParts(field: RowField, rows: ShownRows): (string | SQL)[] | null {
  if ('items' in field) {
    const items = rows.list?.(field) ?? null;
    return items && ['[', items, ']'];
  }
  if ('fields' in field) {
    const object = rows.object?.(field) ?? null;
    return object && [sql`coalesce(${object}, 'null')`];
  }
  if (field.form === 'NAME') return [`"${field.words?.[0]}"`];
  const stored = rows.stored(field);
  return stored && leafParts(field, stored);
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

function leafParts(field: LeafField, stored: Stored): (string | SQL)[] | null {
  const { value, type, notNull } = stored;
  const missing = literal(stored.ifNull ?? (field.nullable ? 'null' : MARK.wrong));
  const either = (text: SQL): SQL[] => [notNull ? text : sql`coalesce(${text}, ${missing})`];
  const quoted = (text: SQL | AnyPgColumn, quote = '"'): (string | SQL)[] =>
    notNull
      ? [quote, sql`${text}`, quote]
      : [sql`coalesce(${literal(quote)} || ${text} || ${literal(quote)}, ${missing})`];
  switch (`${field.form} ${type}`) {
    case 'ID uuid':
      return notNull ? [`"${field.prefix}_${MARK.id}`, sql`${value}`, '"'] : null;
    case 'WORD text':
      return [wordText(field, stored)];
    case 'TEXT text':
      return either(sql`to_json(${value})::text`);
    case 'TEXT numeric':
      return quoted(value);
    case 'INT integer':
    case 'BOOLEAN boolean':
      return either(sql`${value}::text`);
    case 'TIME timestamp (3) with time zone':
      return quoted(sql`to_char(${value} at time zone 'UTC', ${sql.raw(INSTANT)})`);
    case 'JSON jsonb':
      return quoted(sql`${value}::text`, MARK.json);
    case 'TEXTS text[]':
      return either(sql`to_json(${value})::text`);
    case 'TEXTS member':
      return member(field, value, quoted(sql`${value}::text`, MARK.json));
    case 'TEXT member':
    case 'INT member':
    case 'BOOLEAN member':
      return member(field, value, either(sql`${value}::text`));
    default:
      return null;
  }
}

/** Of an object in jsonb. */
function member({ nullable }: LeafField, value: SQL | AnyPgColumn, [text]: (string | SQL)[]): SQL[] {
  return [
    nullable ? sql`${text}` : sql`case when ${value} = 'null' then ${literal(MARK.wrong)} else ${text} end`,
  ];
}

function wordText({ words = [], nullable }: LeafField, { value, notNull }: Stored): SQL {
  const cases = words.map((word) => sql`when ${literal(word)} then ${literal(`"${word}"`)}`);
  const known = sql`case ${value} ${sql.join(cases, sql` `)} else ${literal(MARK.wrong)} end`;
  return notNull || !nullable ? known : sql`case when ${value} is null then 'null' else ${known} end`;
}

function joinedLiterals(parts: readonly (string | SQL)[]): SQL[] {
  const joined: SQL[] = [];
  let text = '';
  for (const part of [...parts, sql``]) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    if (text !== '') joined.push(literal(text));
    text = '';
    joined.push(part);
  }
  joined.pop();
  return joined;
}

/** Of names and words of the schema, never of input. */
function literal(text: string): SQL {
  if (text.includes("'") || text.includes('\\')) throw new Error(`${text} is no word of the schema`);
  return sql.raw(`'${text}'`);
}
