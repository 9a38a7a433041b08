import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';

export const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

const USUAL: Readonly<Record<string, number>> = { interfaces: 2, args: 3 };
const OTHERS = 10;

export function introspectionSize(
  schema: GraphQLSchema,
  field: string,
  type: GraphQLNamedType,
): number | undefined {
  if (!type.name.startsWith('__')) return undefined;
  return field === 'types' ? Object.keys(schema.getTypeMap()).length : (USUAL[field] ?? OTHERS);
}
