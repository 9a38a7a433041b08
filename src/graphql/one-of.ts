import { type GraphQLSchema, isInputObjectType } from 'graphql';

/** The inputs of which exactly one member is given. TypeGraphQL has no word for it, so they are named here. */
export const ONE_OF_INPUTS = [
  'CallEventTarget',
  'CallFlowCommandInput',
  'CallLocator',
  'VoiceCallLocator',
] as const;

/** Marks the inputs @oneOf, before the schema is validated. */
export function markOneOf(schema: GraphQLSchema): void {
  for (const name of ONE_OF_INPUTS) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`The schema has no input ${name}.`);
    type.isOneOf = true;
  }
}
