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
import type { Context } from '../../graphql/context.js';
import { type Fragments, type Occurrence, selectedFields } from '../limits/selections.js';

/** Bytes. TEXT is for one created per answer (an id, a time). */
const OBJECT = 40;
const MEMBER = 8;
const TEXT = 56;
const MADE = new Set(['ID', 'DateTime']);
const WORDS = 50;

const sizes = new WeakMap<FieldNode, number>();

/** An object that was read once may be shown a thousand times, and each of its fields under a hundred names. */
export function countShown(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // A completed mutation must not fail.
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

export function counted(items: unknown, { viewer: { account } }: Context, info: GraphQLResolveInfo): unknown {
  if (!Array.isArray(items) || items.length === 0) return items;
  const refusal = account.hold(items.length * itemSize(info));
  if (refusal !== null) throw refusal;
  return items;
}

function itemSize({ fieldNodes, returnType, schema, fragments }: GraphQLResolveInfo): number {
  const [first] = fieldNodes;
  if (first === undefined) return MEMBER;
  let size = sizes.get(first);
  if (size === undefined) {
    const fragmentsByName = new Map(Object.entries(fragments)) as Fragments;
    size = objectSize(fieldNodes, getNamedType(returnType), schema, fragmentsByName);
    sizes.set(first, size);
  }
  return size;
}

function objectSize(
  nodes: readonly FieldNode[],
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  fragments: Fragments,
): number {
  let size = OBJECT;
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  for (const occurrences of selectedFields(sets, fragments).fields.values()) {
    size += MEMBER;
    const fields = occurrences.map(({ field }) => field);
    const of = typeOf(occurrences[0], type, schema);
    if (of === undefined) continue;
    const named = getNamedType(of);
    const isList = isListType(getNullableType(of));
    if (isLeafType(named)) size += isList ? WORDS * MEMBER : MADE.has(named.name) ? TEXT : 0;
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
