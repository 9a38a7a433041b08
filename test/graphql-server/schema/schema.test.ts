import { readFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { ONE_OF_INPUTS } from '../../../src/graphql-server/schema/one-of.js';
import { printPublicSchema, publicSchema } from '../../../src/graphql-server/schema/schema.js';

const schema = publicSchema();
const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Everything in a type that needs a description, as [name, description]. */
function* described(type: GraphQLNamedType): Generator<[string, string | null | undefined]> {
  yield [type.name, type.description];
  if (isEnumType(type))
    for (const { name, description } of type.getValues()) yield [`${type}.${name}`, description];
  if (isInputObjectType(type))
    for (const { name, description } of Object.values(type.getFields()))
      yield [`${type}.${name}`, description];
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      yield [`${type}.${field.name}`, field.description];
      for (const { name, description } of field.args) yield [`${type}.${field.name}(${name}:)`, description];
    }
  }
}

describe('the schema', () => {
  it('equals schema.graphql: `npm run generate` rewrites it', () => {
    expect(printPublicSchema()).toBe(
      readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'),
    );
  });

  it('is built once', () => {
    expect(publicSchema()).toBe(schema);
  });

  it('describes everything that is in it, in sentences', () => {
    const without = ownTypes
      .flatMap((type) => [...described(type)])
      .filter(([, description]) => !/^\S.*[.`]$/s.test(description ?? ''));
    expect(without).toEqual([]);
  });

  it('marks its inputs of exactly one member @oneOf', () => {
    for (const name of ONE_OF_INPUTS) expect(printPublicSchema()).toContain(`input ${name} @oneOf {`);
  });

  it('publishes one DateTime, its own', () => {
    expect(schema.getType('DateTimeISO')).toBeUndefined();
    expect(ownTypes.map(({ name }) => name)).toContain('DateTime');
  });

  it('has nullable root fields only: one that fails leaves the others intact', () => {
    const roots = [schema.getQueryType(), schema.getMutationType()];
    const required = roots
      .flatMap((root) => Object.values(root?.getFields() ?? {}))
      .filter(({ type }) => String(type).endsWith('!'));
    expect(required.map(({ name }) => name)).toEqual(['nodes']);
  });

  it('shows each connection with edges, nodes, pageInfo and both fields of the total', () => {
    const connections = ownTypes.filter(({ name }) => name.endsWith('Connection'));
    expect(connections.map(({ name }) => name)).toEqual([
      'CallChangeConnection',
      'CallConnection',
      'CallEventConnection',
      'CallFlowConnection',
      'CallImportConnection',
      'DeliveryConnection',
      'InboundMessageConnection',
      'VoiceCallConnection',
    ]);
    for (const type of connections) {
      const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
      expect(fields).toEqual(['edges', 'nodes', 'pageInfo', 'totalCount', 'totalCountIsEstimate']);
    }
  });
});
