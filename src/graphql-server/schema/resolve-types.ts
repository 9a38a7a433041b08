import { type GraphQLSchema, isInterfaceType } from 'graphql';
import type { CallFlowCommandName } from '../../call-flows/call-flow.enums.js';

export function commandTypeName(command: CallFlowCommandName): string {
  return `${command.charAt(0)}${command.slice(1).toLowerCase()}Command`;
}

/** Set on the built schema: TypeGraphQL would wrap each type resolver in a promise per object. */
export function resolveInterfaces(schema: GraphQLSchema): void {
  const resolvers = {
    Node: (row: { __typename: string }) => row.__typename,
    CallFlowCommand: (row: { command: CallFlowCommandName }) => commandTypeName(row.command),
  };
  for (const [name, resolveType] of Object.entries(resolvers)) {
    const type = schema.getType(name);
    if (!isInterfaceType(type)) throw new Error(`The schema has no interface ${name}.`);
    type.resolveType = resolveType;
  }
}
