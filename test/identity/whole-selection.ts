import {
  type GraphQLField,
  type GraphQLNamedOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { publicSchema } from '../../src/graphql/schema.js';

/** Places in lists and in the log: they say when something was written, which differs from one organization to another. */
const PLACES = /cursor$|^patchOrder$/i;

/** Everything that a type shows down to a depth, counts too; fields under keys of their own, for types differ in one name. */
export function wholeSelection(type: GraphQLNamedOutputType, depth: number): string {
  if (isLeafType(type)) return '';
  const own = fieldsOf(type, depth);
  const narrower = isInterfaceType(type)
    ? publicSchema()
        .getPossibleTypes(type)
        .map((each) => ` ... on ${each.name} { ${fieldsOf(each, depth, `${each.name}_`)} }`)
    : [];
  return `{ __typename ${own}${narrower.join('')} }`;
}

function fieldsOf(type: GraphQLNamedOutputType, depth: number, prefix = ''): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  return Object.values(type.getFields())
    .filter((field) => !PLACES.test(field.name) && !field.args.some(isRequiredArgument))
    .flatMap((field) => selected(field, depth, prefix))
    .join(' ');
}

function selected(field: GraphQLField<unknown, unknown>, depth: number, prefix: string): string[] {
  const named = getNamedType(field.type);
  const head = prefix ? `${prefix}${field.name}: ${field.name}` : field.name;
  if (isLeafType(named)) return [head];
  return depth > 0 ? [`${head} ${wholeSelection(named, depth - 1)}`] : [];
}

/** The selection of a root field. */
export function wholeRoot(operation: 'query' | 'mutation', field: string, depth: number): string {
  const schema = publicSchema();
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
  const found = root?.getFields()[field];
  if (found === undefined) throw new Error(`there is no ${operation} ${field}`);
  return wholeSelection(getNamedType(found.type), depth);
}
