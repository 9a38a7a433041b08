import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { quote } from '../graphql/bad-input.js';

/** A value of a call, by its path in the schema, then by keys in the metadata. */
export interface Column {
  name: string;
  path: string[];
  keys: string[];
}

export type Form = 'csv' | 'ndjson';

export class WrongColumn extends Error {}

export const isLong = ({ path: [first = ''] }: Column): boolean => LONG.has(first);

type Selection = Map<string, Selection>;
type Fields = Record<string, GraphQLField<unknown, unknown>>;

const MOST = 200;
const METADATA = 'metadata';
/** Transcripts are longer than all the rest; a URL of a recording is good for an hour. */
const ONLY_IF_CHOSEN = new Set(['transcripts', 'callFlow']);
const LONG = new Set(['transcripts']);
const NEVER = new Set(['CallRecording.url']);

/** What calls have, as the schema says: a new field is a new column. */
export class ExportColumns {
  readonly #call: GraphQLNamedType;

  constructor(schema: GraphQLSchema) {
    this.#call = schema.getType('Call') as GraphQLNamedType;
  }

  /** All of a call; objects in one piece, or each of their fields where a row has no room for objects. */
  defaults(form: Form): Column[] {
    const names = [...fieldsOf(this.#call)].filter((name) => !ONLY_IF_CHOSEN.has(name));
    const paths =
      form === 'csv' ? names.flatMap((name) => this.#leaves([name])) : names.map((name) => [name]);
    return paths.map((path) => ({ name: path.join('.'), path, keys: [] }));
  }

  /** @throws WrongColumn */
  chosen(list: string): Column[] {
    const names = [...new Set(list.split(',').map((name) => name.trim()))];
    if (names.length > MOST) throw new WrongColumn(`at most ${MOST} columns, not ${names.length}`);
    return names.map((name) => this.#column(name));
  }

  /** The fields of a call that the columns need, as a selection of GraphQL. */
  selection(columns: readonly Column[]): string {
    const whole: Selection = new Map();
    for (const { path } of columns) {
      let at = whole;
      for (const name of path) at = below(at, name);
      const type = this.#typeAt(path);
      if (type !== undefined) addAll(at, type, 1);
    }
    return printed(whole);
  }

  #column(name: string): Column {
    const path = name.split('.');
    const [first] = path;
    if (first === METADATA) {
      if (path.includes('')) throw new WrongColumn(`${quote(name)} has an empty key`);
      return { name, path: [METADATA], keys: path.slice(1) };
    }
    if (this.#typeAt(path) === undefined) throw new WrongColumn(`a call has no ${quote(name)}`);
    return { name, path, keys: [] };
  }

  /** Undefined unless the path leads through objects to something that can be exported. */
  #typeAt(path: readonly string[]): GraphQLNamedType | undefined {
    let type: GraphQLNamedType | undefined = this.#call;
    for (const [depth, name] of path.entries()) {
      const parent: GraphQLNamedType | undefined = type;
      if (parent === undefined || !fieldsOf(parent, depth).has(name)) return undefined;
      const field: GraphQLField<unknown, unknown> | undefined = ownFields(parent)[name];
      const isLast = depth === path.length - 1;
      type = field === undefined || (isList(field) && !isLast) ? undefined : getNamedType(field.type);
    }
    return type;
  }

  #leaves(path: string[]): string[][] {
    const type = this.#typeAt(path);
    const parent = path.length === 1 ? this.#call : this.#typeAt(path.slice(0, -1));
    const field = parent && ownFields(parent)[path.at(-1) ?? ''];
    if (type === undefined || field === undefined || isLeafType(type) || isList(field)) return [path];
    return [...fieldsOf(type, path.length)].flatMap((name) => this.#leaves([...path, name]));
  }
}

const ownFields = (type: GraphQLNamedType): Fields =>
  isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};

const isList = ({ type }: GraphQLField<unknown, unknown>) => isListType(getNullableType(type));

/** Of a call what has no pages; of its parent the id, and of others nothing. */
function fieldsOf(type: GraphQLNamedType, depth = 0): Set<string> {
  if (depth > 0 && type.name === 'Call') return new Set(['id']);
  const fields = Object.values(ownFields(type)).filter((field) => {
    const named = getNamedType(field.type);
    const hasPages = field.args.length > 0 && !isLeafType(named);
    if (hasPages || NEVER.has(`${type.name}.${field.name}`)) return false;
    return depth === 0 || named.name !== 'Call';
  });
  return new Set(fields.map(({ name }) => name));
}

function addAll(selection: Selection, type: GraphQLNamedType, depth: number): void {
  for (const name of isLeafType(type) ? [] : fieldsOf(type, depth)) {
    const field = ownFields(type)[name];
    if (field !== undefined) addAll(below(selection, name), getNamedType(field.type), depth + 1);
  }
}

function below(selection: Selection, name: string): Selection {
  const known = selection.get(name) ?? new Map();
  selection.set(name, known);
  return known;
}

const printed = (selection: Selection): string =>
  [...selection]
    .map(([name, inner]) => (inner.size === 0 ? name : `${name} { ${printed(inner)} }`))
    .join(' ');
