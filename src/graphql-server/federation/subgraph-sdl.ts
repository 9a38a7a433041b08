import {
  type ConstDirectiveNode,
  GraphQLObjectType,
  GraphQLSchema,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';

/** Each subgraph has its own `node`, and who views is for the whole graph to say; clients of this gateway keep them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node', 'nodes', 'viewer']);

/** Relay's types, which other subgraphs have too. */
const SHAREABLE: ReadonlySet<string> = new Set(['PageInfo']);

/** Compositions do not know @oneOf unless it is defined. */
const HEAD = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

directive @oneOf on INPUT_OBJECT
`;

export function subgraphSdl(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(withoutLeftOut(schema)), { noLocation: true }), {
    ObjectTypeDefinition: (type) => {
      const directives = directivesOf(type);
      return directives.length === 0 ? undefined : { ...type, directives };
    },
  });
  return `${HEAD}\n${print(document)}\n`;
}

/** With what is reachable from the rest. */
function withoutLeftOut(schema: GraphQLSchema): GraphQLSchema {
  const query = schema.getQueryType()?.toConfig();
  if (query === undefined) throw new Error('The schema has no Query.');
  const fields = Object.entries(query.fields).filter(([name]) => !LEFT_OUT.has(name));
  const implementing = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().length > 0,
  );
  return new GraphQLSchema({
    ...schema.toConfig(),
    query: new GraphQLObjectType({ ...query, fields: Object.fromEntries(fields) }),
    types: implementing.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });
}

function directivesOf({ name, interfaces = [] }: ObjectTypeDefinitionNode): ConstDirectiveNode[] {
  const isNode = interfaces.some((each) => each.name.value === 'Node');
  return [
    ...(isNode ? [directive('key', { fields: 'id' })] : []),
    ...(SHAREABLE.has(name.value) ? [directive('shareable')] : []),
  ];
}

const named = (value: string) => ({ kind: Kind.NAME, value }) as const;

function directive(name: string, values: Record<string, string> = {}): ConstDirectiveNode {
  const args = Object.entries(values).map(
    ([each, value]) =>
      ({ kind: Kind.ARGUMENT, name: named(each), value: { kind: Kind.STRING, value } }) as const,
  );
  return { kind: Kind.DIRECTIVE, name: named(name), arguments: args };
}
