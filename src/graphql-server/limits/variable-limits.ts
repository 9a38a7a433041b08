import {
  type GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { JSONObject } from '../../graphql/json-object.js';
import type { Variables } from './cost-sizes.js';
import { type GraphqlLimits, overLimit } from './limits.js';

export type VariableTypes = ReadonlyMap<string, GraphQLNamedType>;

export function variableTypes(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): VariableTypes {
  const types = new Map<string, GraphQLNamedType>();
  for (const { variable, type } of variableDefinitions) {
    const named = getNamedType(typeFromAST(schema, type as never));
    if (named !== undefined) types.set(variable.name.value, named);
  }
  return types;
}

export function variablesRefusal(
  variables: Variables,
  types: VariableTypes,
  limits: GraphqlLimits,
): GraphQLError | null {
  const measure = new Measure(limits);
  for (const name in variables) {
    measure.size += name.length + 3;
    const refused = measure.add(variables[name], types.get(name), 1);
    if (refused !== null) return refused;
  }
  return null;
}

class Measure {
  size = 0;
  readonly #limits: GraphqlLimits;

  constructor(limits: GraphqlLimits) {
    this.#limits = limits;
  }

  add(value: unknown, type: GraphQLNamedType | undefined, depth: number): GraphQLError | null {
    if (typeof value !== 'object' || value === null) {
      this.size += typeof value === 'string' ? value.length + 2 : 6;
      return this.#tooLarge();
    }
    const isList = Array.isArray(value);
    if (!isList && type?.name === JSONObject.name) return this.#addJson(value);
    if (depth > this.#limits.graphqlMaxVariablesDepth) {
      return overLimit(this.#limits, 'graphqlMaxVariablesDepth', depth);
    }
    if (isList && value.length > this.#limits.graphqlMaxVariablesItems) {
      return overLimit(this.#limits, 'graphqlMaxVariablesItems', value.length);
    }
    const fields = isInputObjectType(type) ? type.getFields() : {};
    for (const key in value) {
      this.size += isList ? 1 : key.length + 3;
      const below = isList ? type : getNamedType(fields[key]?.type);
      const refused = this.add((value as Record<string, unknown>)[key], below, depth + 1);
      if (refused !== null) return refused;
    }
    return null;
  }

  #addJson(root: object): GraphQLError | null {
    const values: object[] = [root];
    for (let value = values.pop(); value !== undefined; value = values.pop()) {
      for (const key in value) {
        const member = (value as Record<string, unknown>)[key];
        this.size += key.length + 3;
        if (typeof member === 'object' && member !== null) values.push(member);
        else this.size += typeof member === 'string' ? member.length + 2 : 6;
      }
      const refused = this.#tooLarge();
      if (refused !== null) return refused;
    }
    return null;
  }

  #tooLarge(): GraphQLError | null {
    const { graphqlMaxVariablesSize: most } = this.#limits;
    return this.size > most ? overLimit(this.#limits, 'graphqlMaxVariablesSize', this.size) : null;
  }
}
