import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLBoolean,
  type GraphQLEnumType,
  type GraphQLField,
  GraphQLID,
  GraphQLInt,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLString,
  type GraphQLUnionType,
  getArgumentValues,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { type RowField, type RowRun, type RowShape, runColumn } from '../../db/loading/row-shape.js';
import { JsonText } from '../../foundation/json-text.js';
import { isComputed, rowField, SHAPED, shownText } from './row-shapes.js';
import { type Run as Execution, isPromise, NotPlain, type Piece, type Write } from './text-run.js';

type Values = Record<string, unknown>;
type FieldWriter = (piece: Piece, source: unknown) => void;
type AbstractType = GraphQLInterfaceType | GraphQLUnionType;

const fail = (): never => {
  throw new NotPlain();
};

/** Makes writers of the fields of an operation whose selections have no conditions. */
export class TextWriters {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments: Record<string, FragmentDefinitionNode>;
  /** Of all fields. @throws if one is wrong */
  readonly arguments: ((run: Execution) => Values)[] = [];
  /** Null if not the same everywhere. */
  readonly #shapes = new Map<string, RowShape | null>();

  constructor(schema: GraphQLSchema, { definitions }: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = Object.fromEntries(fragments.map((each) => [each.name.value, each]));
  }

  /** By their names in the answer. */
  fields(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldWriter> {
    const found = this.#collected(type, sets);
    return new Map(Array.from(found, ([key, nodes]) => [key, this.#field(type, nodes)]));
  }

  /** What the operation shows of each type, where that is the same in all places. */
  get shapes(): ReadonlyMap<string, RowShape> {
    return new Map(Array.from(this.#shapes).flatMap(([type, shape]) => (shape ? [[type, shape]] : [])));
  }

  #collected(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    for (const set of sets) this.#collect(type, set, found);
    return found;
  }

  #collect(type: GraphQLObjectType, { selections }: SelectionSetNode, found: Map<string, FieldNode[]>): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const { value: key } = selection.alias ?? selection.name;
        found.set(key, [...(found.get(key) ?? []), selection]);
        continue;
      }
      const named = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = named ? this.#fragments[selection.name.value] : selection;
      if (fragment !== undefined && this.#applies(fragment.typeCondition?.name.value, type)) {
        this.#collect(type, fragment.selectionSet, found);
      }
    }
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const on = this.#schema.getType(condition);
    return isAbstractType(on) && this.#schema.isSubType(on, type);
  }

  #field(parentType: GraphQLObjectType, fieldNodes: FieldNode[]): FieldWriter {
    const [node] = fieldNodes as [FieldNode, ...FieldNode[]];
    const { value: name } = node.name;
    if (name === '__typename') {
      const text = `"${parentType.name}"`;
      return (piece) => {
        piece.text += text;
      };
    }
    const field = parentType.getFields()[name] ?? fail();
    const write = this.#value(field.type, fieldNodes);
    const { resolve } = field;
    if (resolve === undefined || resolve === defaultFieldResolver) {
      return (piece, source) => {
        const value = (source as Values)[name];
        if (typeof value === 'function') fail();
        if (isPromise(value)) piece.await(value, write);
        else write(piece, value);
      };
    }
    const argumentsOf = argumentValues(field, node);
    this.arguments.push(argumentsOf);
    const info = this.#info(parentType, field, fieldNodes);
    return (piece, source) => {
      const { run } = piece;
      const value = resolve(source, argumentsOf(run), run.context, info);
      if (isPromise(value)) piece.await(value, write);
      else write(piece, value);
    };
  }

  /** The path is not known, and no resolver of a query asks for it or for the variables. */
  #info(
    parentType: GraphQLObjectType,
    { name: fieldName, type: returnType }: GraphQLField<unknown, unknown>,
    fieldNodes: FieldNode[],
  ): GraphQLResolveInfo {
    const about = { fieldName, fieldNodes, returnType, parentType, schema: this.#schema };
    const info = { ...about, fragments: this.#fragments, operation: this.#operation };
    return info as Partial<GraphQLResolveInfo> as GraphQLResolveInfo;
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[]): Write {
    if (isNonNullType(type)) {
      const write = this.#present(type.ofType, nodes);
      return (piece, value) => (value == null ? fail() : write(piece, value));
    }
    const write = this.#present(type, nodes);
    return (piece, value) => {
      if (value == null) piece.text += 'null';
      else write(piece, value);
    };
  }

  #present(type: GraphQLOutputType, nodes: readonly FieldNode[]): Write {
    if (isListType(type)) return listWriter(this.#value(type.ofType, nodes));
    if (isLeafType(type)) return leafWriter(type);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isAbstractType(type)) return this.#abstract(type, sets);
    return this.#object(type as GraphQLObjectType, sets);
  }

  #abstract(type: AbstractType, sets: readonly SelectionSetNode[]): Write {
    const types = this.#schema.getPossibleTypes(type);
    const writers = new Map(types.map((each) => [each.name, this.#object(each, sets)]));
    const resolveType = type.resolveType ?? fail;
    return (piece, value) => {
      const name = resolveType(value, piece.run.context, undefined as never, type);
      const write = writers.get(name as string) ?? fail();
      write(piece, value);
    };
  }

  #object(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Write {
    if (type.isTypeOf != null) fail();
    const parts: (Member | Run)[] = [];
    for (const [key, nodes] of this.#collected(type, sets)) {
      const start = parts.length === 0 ? '{' : ',';
      const member = {
        name: nodes[0]?.name.value ?? '',
        start: `${start}"${key}":`,
        write: this.#field(type, nodes),
      };
      const row = SHAPED.has(type.name) ? this.#rowField(type, key, nodes) : null;
      const last = parts.at(-1);
      if (row === null) parts.push(member);
      else if (last !== undefined && 'rows' in last) {
        last.rows.push(row);
        last.members.push(member);
      } else parts.push({ start, rows: [row], members: [member] });
    }
    if (SHAPED.has(type.name)) this.#noteShape(type, parts);
    return objectWriter(parts);
  }

  #rowField(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): RowField | null {
    return rowField(type, key, nodes, this.#schema, (of, at) =>
      this.#collected(
        of,
        at.flatMap(({ selectionSet }) => selectionSet ?? []),
      ),
    );
  }

  #noteShape(type: GraphQLObjectType, parts: readonly (Member | Run)[]): void {
    const runs = parts.flatMap((part) => ('rows' in part ? [{ start: part.start, fields: part.rows }] : []));
    const others = parts.flatMap((part) => ('rows' in part ? [] : [part.name])).toSorted();
    const name = JSON.stringify([runs, others]);
    const known = this.#shapes.get(type.name);
    const isShaped =
      (known === undefined || known?.name === name) && !others.some((each) => isComputed(type, each));
    this.#shapes.set(type.name, isShaped ? { name, runs, others } : null);
  }
}

interface Member {
  name: string;
  start: string;
  write: FieldWriter;
}

/** Members that the row may hold as one text. */
interface Run {
  start: RowRun['start'];
  rows: RowField[];
  members: Member[];
}

function objectWriter(parts: readonly (Member | Run)[]): Write {
  let runs = 0;
  const writers = parts.map((part) =>
    'rows' in part ? runWriter(part, runColumn(runs++)) : memberWriter(part),
  );
  const end = parts.length === 0 ? '{}' : '}';
  return (piece, value) => {
    if (value instanceof Error) fail();
    for (const write of writers) write(piece, value);
    piece.text += end;
  };
}

function memberWriter({ start, write }: Member): FieldWriter {
  return (piece, source) => {
    piece.text += start;
    write(piece, source);
  };
}

function runWriter({ members }: Run, column: string): FieldWriter {
  return (piece, source) => {
    const text = (source as Values)[column];
    if (typeof text === 'string') {
      piece.text += shownText(text);
      return;
    }
    for (const { start, write } of members) {
      piece.text += start;
      write(piece, source);
    }
  };
}

const NONE: Values = Object.freeze({});

/** Of one execution, the same for all objects. */
function argumentValues(field: GraphQLField<unknown, unknown>, node: FieldNode): (run: Execution) => Values {
  if (field.args.length === 0) return () => NONE;
  if (!hasVariable(node)) {
    const fixed = getArgumentValues(field, node);
    return () => fixed;
  }
  return ({ argumentValues, variables }) => {
    let values = argumentValues.get(node);
    if (values === undefined) {
      values = getArgumentValues(field, node, variables);
      argumentValues.set(node, values);
    }
    return values;
  };
}

function hasVariable({ arguments: given = [] }: FieldNode): boolean {
  let found = false;
  for (const each of given) {
    visit(each, {
      Variable() {
        found = true;
      },
    });
  }
  return found;
}

function listWriter(write: Write): Write {
  return (piece, value) => {
    if (!Array.isArray(value)) fail();
    const items = value as unknown[];
    piece.text += '[';
    for (let index = 0; index < items.length; index += 1) {
      if (index > 0) piece.text += ',';
      const item = items[index];
      if (isPromise(item)) piece.await(item, write);
      else write(piece, item);
    }
    piece.text += ']';
  };
}

function leafWriter(type: GraphQLLeafType): Write {
  if (isEnumType(type)) return enumWriter(type);
  const serialized: Write = (piece, value) => {
    const shown = value instanceof Error ? fail() : type.serialize(value);
    piece.text += shown instanceof JsonText ? shown.written : (JSON.stringify(shown ?? fail()) ?? fail());
  };
  if (type === GraphQLInt) {
    return (piece, value) => {
      if (typeof value === 'number' && (value | 0) === value) piece.text += value;
      else serialized(piece, value);
    };
  }
  if (type === GraphQLBoolean) {
    return (piece, value) => {
      if (typeof value === 'boolean') piece.text += value;
      else serialized(piece, value);
    };
  }
  if (type === GraphQLString || type === GraphQLID) {
    return (piece, value) => {
      if (typeof value === 'string') piece.text += JSON.stringify(value);
      else serialized(piece, value);
    };
  }
  return serialized;
}

function enumWriter(type: GraphQLEnumType): Write {
  const texts = new Map(type.getValues().map(({ value, name }) => [value, `"${name}"`]));
  return (piece, value) => {
    piece.text += texts.get(value) ?? fail();
  };
}
