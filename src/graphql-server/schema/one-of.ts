import {
  GraphQLError,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isNonNullType,
  Kind,
  type ValidationRule,
} from 'graphql';

export const ONE_OF_INPUTS = [
  'CallDimensionInput',
  'CallEventTarget',
  'CallFlowCommandInput',
  'CallLocator',
  'VendorSettingsInput',
  'VoiceCallLocator',
] as const;

export function markOneOf(schema: GraphQLSchema): void {
  for (const name of ONE_OF_INPUTS) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`The schema has no input ${name}.`);
    type.isOneOf = true;
  }
}

/**
 * graphql-js 16 accepts a nullable variable as the member of a non-null @oneOf input, because it does not unwrap the
 * type.
 */
export const oneOfVariables: ValidationRule = (context) => ({
  OperationDefinition: {
    leave(operation) {
      for (const { node, parentType } of context.getRecursiveVariableUsages(operation)) {
        const input = isNonNullType(parentType) ? getNullableType(parentType) : null;
        const name = node.name.value;
        const definition = operation.variableDefinitions?.find(
          ({ variable }) => variable.name.value === name,
        );
        const isNullable = definition !== undefined && definition.type.kind !== Kind.NON_NULL_TYPE;
        if (!isNullable || !isInputObjectType(input) || !input.isOneOf) continue;
        const message = `Variable "$${name}" must be non-nullable to be used for OneOf Input Object "${input}".`;
        context.reportError(new GraphQLError(message, { nodes: [definition, node] }));
      }
    },
  },
});
