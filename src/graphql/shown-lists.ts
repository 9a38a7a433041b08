import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import type { Context } from './context.js';
import { type Fragments, type Occurrence, placeOf } from './selections.js';

/** Bytes of an object, of a place in it, and of a text that is made for it, which others are not: an id, a time. */
const OBJECT = 40;
const PLACE = 8;
const TEXT = 56;
const MADE = new Set(['ID', 'DateTime']);
/** What a list of words has at most: tags have. */
const WORDS = 50;

/** The bytes of an item of a list, by the first field that asks for the list. */
const sizes = new WeakMap<FieldNode, number>();

/**
 * Lets each list of objects that is shown count for what its items take: one that was read once may be shown a thousand
 * times, and each field of it under a hundred names. A list within it counts by itself.
 */
export function countShown(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // What a mutation has done is not to fail.
    if (!isObjectType(type) || type === schema.getMutationType() || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (resolve === undefined || !isListOfObjects(field.type)) continue;
      field.resolve = (source, args, context: Context, info) => {
        const list = resolve(source, args, context, info);
        return list instanceof Promise
          ? list.then((items) => counted(items, context, info))
          : counted(list, context, info);
      };
    }
  }
}

function counted(items: unknown, { viewer: { account } }: Context, info: GraphQLResolveInfo): unknown {
  if (!Array.isArray(items) || items.length === 0) return items;
  const refusal = account.hold(items.length * itemSize(info));
  if (refusal !== null) throw refusal;
  return items;
}

function itemSize({ fieldNodes, returnType, schema, fragments }: GraphQLResolveInfo): number {
  const [first] = fieldNodes;
  if (first === undefined) return PLACE;
  let size = sizes.get(first);
  if (size === undefined) {
    const known = new Map(Object.entries(fragments)) as Fragments;
    size = objectSize(fieldNodes, getNamedType(returnType), schema, known);
    sizes.set(first, size);
  }
  return size;
}

/** The bytes of an object with these fields; of those that stand in fragments for several types, all. */
function objectSize(
  nodes: readonly FieldNode[],
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  fragments: Fragments,
): number {
  let size = OBJECT;
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  for (const occurrences of placeOf(sets, fragments).fields.values()) {
    size += PLACE;
    const fields = occurrences.map(({ field }) => field);
    const of = typeOf(occurrences[0], type, schema);
    if (of === undefined) continue;
    const named = getNamedType(of);
    const isList = isListType(getNullableType(of));
    if (isLeafType(named)) size += isList ? WORDS * PLACE : MADE.has(named.name) ? TEXT : 0;
    else if (!isList) size += objectSize(fields, named, schema, fragments);
  }
  return size;
}

function typeOf(
  occurrence: Occurrence | undefined,
  type: GraphQLNamedType,
  schema: GraphQLSchema,
): GraphQLOutputType | undefined {
  const { field, on } = occurrence ?? {};
  const parent = on === undefined ? type : schema.getType(on);
  const hasFields = isObjectType(parent) || isInterfaceType(parent);
  return hasFields ? parent.getFields()[field?.name.value ?? '']?.type : undefined;
}

function isListOfObjects(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type)) && !isLeafType(getNamedType(type));
}
