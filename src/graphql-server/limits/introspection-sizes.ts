import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';
import { type Fragments, fragmentsOf } from './selections.js';

export const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

const WHOLE = parse(
  getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }),
);

export const WHOLE_INTROSPECTION: { operation: OperationDefinitionNode; fragments: Fragments } = {
  operation: getOperationAST(WHOLE) as OperationDefinitionNode,
  fragments: fragmentsOf(WHOLE),
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
