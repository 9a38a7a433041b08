import { type ASTNode, GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** Options of a scalar that is written as a string. */
interface StringScalarOptions<Internal, External> {
  name: string;
  description: string;
  specifiedByURL?: string;
  /** What a client wrote, as the program sees it; throws an Error that says what is wrong with it. */
  parse(value: string): Internal;
  serialize(value: unknown): External;
}

/**
 * A scalar's refusal: BAD_USER_INPUT. A literal is refused when the document is validated, and Apollo gives all errors
 * of validation a code of its own; `scalar` marks those whose code is to be put right.
 */
export function scalarError(message: string, node?: ASTNode): GraphQLError {
  const code = 'BAD_USER_INPUT';
  return new GraphQLError(message, { nodes: node, extensions: node ? { code, scalar: true } : { code } });
}

/** A scalar that takes strings and nothing else, with the same check for variables and for literals. */
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
