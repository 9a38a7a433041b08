import {
  type GraphQLField,
  type GraphQLNamedOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';

/** Positions in lists and in the log; they differ between organizations. */
const POSITIONS = /cursor$|^patchOrder$/i;

type IsShown = (field: GraphQLField<unknown, unknown>) => boolean;

/** All fields of a type down to a depth. Each has its own alias, because types differ in one name. */
export function wholeSelection(
  type: GraphQLNamedOutputType,
  depth: number,
  isShown: IsShown = () => true,
): string {
  if (isLeafType(type)) return '';
  const own = fieldsOf(type, depth, '', isShown);
  const narrower = isInterfaceType(type)
    ? publicSchema()
        .getPossibleTypes(type)
        .map((each) => ` ... on ${each.name} { ${fieldsOf(each, depth, `${each.name}_`, isShown)} }`)
    : [];
  return `{ __typename ${own}${narrower.join('')} }`;
}

function fieldsOf(type: GraphQLNamedOutputType, depth: number, prefix: string, isShown: IsShown): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  return Object.values(type.getFields())
    .filter((field) => !POSITIONS.test(field.name) && !field.args.some(isRequiredArgument) && isShown(field))
    .flatMap((field) => selected(field, depth, prefix, isShown))
    .join(' ');
}

function selected(
  field: GraphQLField<unknown, unknown>,
  depth: number,
  prefix: string,
  isShown: IsShown,
): string[] {
  const named = getNamedType(field.type);
  const head = prefix ? `${prefix}${field.name}: ${field.name}` : field.name;
  if (isLeafType(named)) return [head];
  return depth > 0 ? [`${head} ${wholeSelection(named, depth - 1, isShown)}`] : [];
}

export function wholeRoot(operation: 'query' | 'mutation', field: string, depth: number): string {
  const schema = publicSchema();
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
  const found = root?.getFields()[field];
  if (found === undefined) throw new Error(`there is no ${operation} ${field}`);
  return wholeSelection(getNamedType(found.type), depth);
}
