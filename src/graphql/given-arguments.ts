import {
  type ArgumentNode,
  BREAK,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  GraphQLScalarType,
  GraphQLSchema,
  getArgumentValues,
  Kind,
  TypeInfo,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

type Values = Record<string, unknown>;

/** An argument as graphql-js has coerced it; passed through as it is. */
const GivenValue = new GraphQLScalarType({ name: 'GivenValue' });

/** The schema that rewritten documents are compiled for. */
export function withGivenValues(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...types, GivenValue], assumeValid: true });
}

/** A field of a document that has arguments. */
interface FieldWithArguments {
  definition: GraphQLField<unknown, unknown>;
  node: FieldNode;
  /** Its arguments where none of them needs a variable. */
  fixed: Values | null;
}

/**
 * An operation with every argument's value in a variable of its own, and those values. graphql-jit writes literals into
 * its code, where dates and keys such as __proto__ are lost; so what arguments mean stays graphql-js' business.
 */
export class GivenArguments {
  readonly document: DocumentNode;
  readonly #fields: FieldWithArguments[] = [];

  /** @param document has one operation, and no conditions */
  constructor(schema: GraphQLSchema, document: DocumentNode) {
    const typeInfo = new TypeInfo(schema);
    const rewritten: DocumentNode = visit(
      document,
      visitWithTypeInfo(typeInfo, { Field: (node) => this.#rewritten(node, typeInfo.getFieldDef()) }),
    );
    const variableDefinitions = this.#definitions();
    this.document = {
      ...rewritten,
      definitions: rewritten.definitions.map((each) =>
        each.kind === Kind.OPERATION_DEFINITION ? { ...each, variableDefinitions } : each,
      ),
    };
  }

  /**
   * The variables of the rewritten operation.
   * @throws what is wrong with an argument
   */
  values(variables: Values): Values {
    const values: Values = {};
    for (const [index, { definition, node, fixed }] of this.#fields.entries()) {
      const given = fixed ?? getArgumentValues(definition, node, variables);
      for (const { name } of node.arguments ?? []) {
        if (Object.hasOwn(given, name.value)) values[variableOf(index, name.value)] = given[name.value];
      }
    }
    return values;
  }

  #rewritten(node: FieldNode, definition: GraphQLField<unknown, unknown> | null | undefined) {
    if (definition == null || node.arguments === undefined || node.arguments.length === 0) return undefined;
    const index = this.#fields.length;
    const fixed = node.arguments.some(hasVariable) ? null : getArgumentValues(definition, node);
    this.#fields.push({ definition, node, fixed });
    return {
      ...node,
      arguments: node.arguments.map((each) => ({ ...each, value: variable(index, each.name.value) })),
    };
  }

  #definitions(): VariableDefinitionNode[] {
    return this.#fields.flatMap(({ node }, index) =>
      (node.arguments ?? []).map(({ name }) => ({
        kind: Kind.VARIABLE_DEFINITION,
        variable: variable(index, name.value),
        type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: GivenValue.name } },
      })),
    );
  }
}

/** A name that no client's variable has: names in GraphQL are ASCII. */
const variableOf = (index: number, argument: string) => `ª${index}_${argument}`;

const variable = (index: number, argument: string) => ({
  kind: Kind.VARIABLE as const,
  name: { kind: Kind.NAME as const, value: variableOf(index, argument) },
});

function hasVariable({ value }: ArgumentNode): boolean {
  let found = false;
  visit(value, {
    Variable() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
