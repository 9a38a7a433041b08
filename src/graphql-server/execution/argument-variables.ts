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

const CoercedValue = new GraphQLScalarType({ name: 'CoercedValue' });

export function withCoercedValues(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...types, CoercedValue], assumeValid: true });
}

interface FieldWithArguments {
  definition: GraphQLField<unknown, unknown>;
  node: FieldNode;
  fixed: Values | null;
}

/**
 * An operation whose argument values are all variables, beside those values. graphql-jit writes literals into its code,
 * which loses dates and keys such as __proto__.
 */
export class ArgumentVariables {
  readonly document: DocumentNode;
  readonly #fields: FieldWithArguments[] = [];

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

  values(variables: Values): Values {
    const values: Values = {};
    for (const [index, { definition, node, fixed }] of this.#fields.entries()) {
      const coerced = fixed ?? getArgumentValues(definition, node, variables);
      for (const { name } of node.arguments ?? []) {
        if (Object.hasOwn(coerced, name.value)) values[variableOf(index, name.value)] = coerced[name.value];
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
        type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: CoercedValue.name } },
      })),
    );
  }
}

/** No client's variable has such a name: names in GraphQL are ASCII. */
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
