import {
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isObjectType,
} from 'graphql';
import { isObject } from '../../foundation/json-object.js';
import { badUserInput, quote } from '../../graphql/bad-input.js';
import type { AnonymousContext, Context } from '../../graphql/context.js';
import { decodeId } from '../../graphql/ids.js';
import { demandScope } from '../../graphql/scope-checks.js';
import { unauthenticated } from '../pipeline/sign-in-steps.js';
import { MOST_NODES, readNode } from '../schema/node.resolver.js';
import { idTypeOf } from '../schema/schema.js';
import { counted } from '../schema/shown-lists.js';
import { subgraphSdl } from './subgraph-sdl.js';

const Any = new GraphQLScalarType({
  name: '_Any',
  description: 'A representation of an entity: its `__typename`, and its key.',
});

const Service = new GraphQLObjectType({
  name: '_Service',
  description: 'This subgraph.',
  fields: {
    sdl: { type: GraphQLString, description: 'Its schema, with the directives of Apollo Federation.' },
  },
});

export interface SubgraphOptions {
  /** Whether clients may read the schema, in this form too. */
  isShown: boolean;
}

/** The same schema as a subgraph of Apollo Federation: everything with an id is an entity. */
export function subgraphOf(schema: GraphQLSchema, { isShown }: SubgraphOptions): GraphQLSchema {
  const query = schema.getQueryType()?.toConfig();
  if (query === undefined) throw new Error('The schema has no Query.');
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'),
  ) as GraphQLObjectType[];
  const entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Everything that another subgraph may refer to.',
    types,
    resolveType: ({ __typename }) => __typename,
  });
  const sdl = subgraphSdl(schema);
  const fields = {
    ...query.fields,
    _service: serviceField(sdl, isShown),
    _entities: entitiesField(entity, new Set(types.map(({ name }) => name))),
  };
  const config = schema.toConfig();
  return new GraphQLSchema({
    ...config,
    query: new GraphQLObjectType({ ...query, fields }),
    types: config.types.filter((type) => type !== schema.getQueryType()),
  });
}

type Field = GraphQLFieldConfig<unknown, Context | AnonymousContext>;

function serviceField(sdl: string, isShown: boolean): Field {
  return {
    type: new GraphQLNonNull(Service),
    description: 'What compositions read; it needs no sign-in, as introspection.',
    resolve: () => {
      if (isShown) return { sdl };
      throw new GraphQLError('Introspection is disabled: _service is refused.', {
        extensions: { code: 'INTROSPECTION_DISABLED' },
      });
    },
  };
}

function entitiesField(entity: GraphQLUnionType, names: ReadonlySet<string>): Field {
  return {
    type: new GraphQLNonNull(new GraphQLList(entity)),
    description:
      'Things by their representations, in the same order; null in the place of an unknown one. As `nodes`, it reads at most 500, and a malformed id is BAD_USER_INPUT, here of its own item.',
    args: {
      representations: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Any))),
        description: 'E.g. `[{ __typename: "Call", id: "call_01h2xcejqtf2nbrexx3vqjhp41" }]`.',
      },
    },
    resolve: (_, { representations }, context, info) => {
      if (context.viewer === null) throw unauthenticated();
      demandScope(context.viewer, 'CALLS_READ');
      if (representations.length > MOST_NODES) {
        throw badUserInput(
          `representations may have at most ${MOST_NODES} items, not ${representations.length}.`,
        );
      }
      const read = (representations as unknown[]).map((each, index) =>
        readEntity(each, `representations.${index}`, names, context),
      );
      return counted(read, context, info);
    },
  };
}

/** Each for itself: a wrong one is null, with an error of its own. */
async function readEntity(
  representation: unknown,
  argument: string,
  names: ReadonlySet<string>,
  context: Context,
): Promise<object | null> {
  const { __typename: name, id } = isObject(representation) ? representation : {};
  if (typeof name !== 'string' || !names.has(name)) {
    throw badUserInput(`${argument}.__typename must be the name of an entity.`);
  }
  if (typeof id !== 'string' || decodeId(id)?.type !== idTypeOf(name)) {
    throw badUserInput(`${argument}.id: ${quote(String(id))} is not the id of a ${name}.`);
  }
  const row = await readNode(id, `${argument}.id`, context);
  // A command's id does not say which command it is.
  return (row as { __typename?: string } | null)?.__typename === name ? row : null;
}
