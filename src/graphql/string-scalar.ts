import { type ASTNode, GraphQLError, GraphQLScalarType, Kind } from 'graphql';

interface StringScalarOptions<Internal, External> {
  name: string;
  description: string;
  specifiedByURL?: string;
  parse(value: string): Internal;
  serialize(value: unknown): External;
}

/** Apollo Server overwrites the code of refused literals; errorFormatter restores it where `scalar` is set. */
export function scalarError(message: string, node?: ASTNode): GraphQLError {
  const code = 'BAD_USER_INPUT';
  return new GraphQLError(message, { nodes: node, extensions: node ? { code, scalar: true } : { code } });
}

export function stringScalar<Internal, External>(
  options: StringScalarOptions<Internal, External>,
): GraphQLScalarType<Internal, External> {
  const parse = (value: unknown, node?: ASTNode): Internal => {
    if (typeof value !== 'string') throw scalarError(`${options.name} must be a string.`, node);
    try {
      return options.parse(value);
    } catch (error) {
      throw scalarError((error as Error).message, node);
    }
  };
  return new GraphQLScalarType<Internal, External>({
    name: options.name,
    description: options.description,
    specifiedByURL: options.specifiedByURL,
    serialize: options.serialize,
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined, node),
  });
}
