// A second subgraph, which extends Call: node notes.mjs prints its URL, and stops with its input.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

export const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { notes: NoteConnection }
  interface Node { id: ID! }
  type Note implements Node @key(fields: "id") { id: ID! text: String! call: Call! }
  type NoteConnection { nodes: [Note!]! pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Call @key(fields: "id") { id: ID! notes: [Note!]! }
`;
/** By the id of a call. */
const noteOf = (call) => ({ id: `note_of_${call}`, text: `About ${call}`, call: { id: call } });
let last;
const schema = createSchema({
  typeDefs: `
    directive @link(url: String!, import: [String]) on SCHEMA
    directive @key(fields: String!) on OBJECT
    directive @shareable on OBJECT
    scalar _Any
    union _Entity = Call | Note
    type _Service { sdl: String }
    ${SDL.replace('type Query {', 'type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]!')}
  `,
  resolvers: {
    Query: {
      _service: () => ({ sdl: SDL }),
      _entities: (_, { representations }) => {
        last = representations.at(-1)?.id;
        return representations;
      },
      notes: () => ({
        nodes: last === undefined ? [] : [noteOf(last)],
        pageInfo: { hasNextPage: false, hasPreviousPage: false },
      }),
    },
    _Entity: { __resolveType: ({ __typename }) => __typename },
    Node: { __resolveType: () => 'Note' },
    Call: { notes: ({ id }) => [noteOf(id)] },
  },
});
const server = createServer(createYoga({ schema, logging: false }));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/graphql\n`);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
