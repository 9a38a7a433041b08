import {
  type FieldNode,
  GraphQLBoolean,
  type GraphQLField,
  GraphQLID,
  GraphQLInt,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { CALL_FLOW_COMMAND_NAMES } from '../../call-flows/call-flow.enums.js';
import {
  type LeafField,
  MARK,
  type ObjectField,
  type RowField,
  type TextForm,
} from '../../db/loading/row-shape.js';
import { compactBytes, JsonText, utf8Of } from '../../foundation/json-text.js';
import { UUID_LENGTH, writeSuffix } from '../../graphql/ids.js';
import { JSONObject } from '../../graphql/json-object.js';
import { DateTime } from '../../graphql/scalars.js';
import { commandTypeName } from '../schema/resolve-types.js';
import { idTypeOf } from '../schema/schema.js';
import { NotPlain } from './text-run.js';

/** The types whose rows Postgres can write as JSON, if an operation selects the same of all rows of the type. */
export const SHAPED: ReadonlySet<string> = new Set(['Call', 'VoiceCall', 'CallFlow']);

/** Their resolvers look at their own column alone, and show it as it is stored if they have no argument. */
const OWN_COLUMN: ReadonlySet<string> = new Set(['Call.metadata']);

/** Their resolvers look at the id alone, and find the row of another table that belongs to it. */
const OWN_ROW: ReadonlySet<string> = new Set(['Call.voiceCall', 'Call.callFlow']);

type Collected = (
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
) => ReadonlyMap<string, readonly FieldNode[]>;

/** From any members of the row. Objects are found by its ids, which every row has. */
export function isComputed(type: GraphQLObjectType, name: string): boolean {
  const field = type.getFields()[name];
  if (field?.resolve === undefined || name === 'id' || OWN_COLUMN.has(`${type.name}.${name}`)) return false;
  return isLeafType(getNamedType(field.type));
}

/** Null for what is not shown as it is stored. */
export function rowField(
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
  schema: GraphQLSchema,
  collected: Collected,
): RowField | null {
  const name = nodes[0]?.name.value;
  if (name === '__typename' && name === key) return nameOf(parent);
  const field = parent.getFields()[name ?? ''];
  if (field === undefined || name !== key) return null;
  if (OWN_ROW.has(`${parent.name}.${name}`)) return objectField(field, nodes, schema, collected);
  if (parent.name !== 'CallFlow' || name !== 'commands') return leafField(parent, field, nodes);
  const items: Record<string, RowField[]> = {};
  for (const command of CALL_FLOW_COMMAND_NAMES) {
    const type = schema.getType(commandTypeName(command));
    if (!isObjectType(type)) return null;
    const fields = Array.from(collected(type, nodes), ([own, ownNodes]) => {
      if (ownNodes[0]?.name.value !== own) return null;
      if (own === '__typename') return nameOf(type);
      const shown = type.getFields()[own];
      return shown === undefined ? null : leafField(type, shown, ownNodes);
    });
    if (fields.includes(null)) return null;
    items[command] = fields as RowField[];
  }
  return { name, items };
}

function objectField(
  { name, type }: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  schema: GraphQLSchema,
  collected: Collected,
): ObjectField | null {
  const object = getNullableType(type);
  if (!isObjectType(object)) return null;
  const fields = Array.from(collected(object, nodes), ([key, own]) =>
    rowField(object, key, own, schema, collected),
  );
  return fields.includes(null) ? null : { name, fields: fields as RowField[] };
}

const nameOf = ({ name }: GraphQLObjectType): LeafField => ({
  name: '__typename',
  form: 'NAME',
  nullable: false,
  words: [name],
});

function leafField(
  parent: GraphQLObjectType,
  { name, type, resolve }: GraphQLField<unknown, unknown>,
  [node]: readonly FieldNode[],
): LeafField | null {
  const nullable = !isNonNullType(type);
  if (name === 'id') return { name, form: 'ID', nullable, prefix: idTypeOf(parent.name) };
  const hasArguments = (node?.arguments ?? []).length > 0;
  const isStored = resolve === undefined || (!hasArguments && OWN_COLUMN.has(`${parent.name}.${name}`));
  const form = isStored ? formOf(type) : null;
  if (form === null) return null;
  const named = getNamedType(type);
  return {
    name,
    form,
    nullable,
    ...(isEnumType(named) && { words: named.getValues().map((each) => each.name) }),
  };
}

function formOf(type: GraphQLOutputType): TextForm | null {
  const named: GraphQLNamedType = getNamedType(type);
  if (isListType(getNullableType(type))) return isText(named) ? 'TEXTS' : null;
  if (isEnumType(named)) return 'WORD';
  if (named === GraphQLInt) return 'INT';
  if (named === GraphQLBoolean) return 'BOOLEAN';
  if (named === DateTime) return 'TIME';
  if (named === JSONObject) return 'JSON';
  return isText(named) ? 'TEXT' : null;
}

const TEXTS: ReadonlySet<string> = new Set(['String', 'Decimal', 'PhoneNumber', 'URL']);

const isText = (type: GraphQLNamedType) => isScalarType(type) && type !== GraphQLID && TEXTS.has(type.name);

const ID = MARK.id.charCodeAt(0);
const JSONB = MARK.json.charCodeAt(0);
const WRONG = MARK.wrong.charCodeAt(0);

/** JSON for clients, of a run that Postgres has written. In one pass on its bytes. @throws NotPlain for a value that is wrong */
export function shownText(run: string): string {
  const { bytes, end } = utf8Of(run);
  let to = 0;
  let from = 0;
  while (from < end) {
    const byte = bytes[from++] as number;
    if (byte > WRONG) bytes[to++] = byte;
    else if (byte === ID) {
      to = writeSuffix(bytes, from, to);
      from += UUID_LENGTH;
    } else if (byte === JSONB) {
      const close = bytes.indexOf(JSONB, from);
      const written = compactBytes(bytes, from, close, to);
      if (written === null) return shownText(withJsonWritten(run));
      to = written;
      from = close + 1;
    } else throw new NotPlain();
  }
  return bytes.toString('utf8', 0, to);
}

/** For the rare numbers that are written anew. */
const withJsonWritten = (run: string) =>
  run
    .split(MARK.json)
    .map((part, index) => (index % 2 === 0 ? part : new JsonText(part).written))
    .join('');
