import { assertCompositionSuccess, composeServices } from '@theguild/federation-composition';
import { buildSchema, isInputObjectType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printPublicSchema, publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { givenCall } from '../../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { makeRichWorld } from '../execution/rich-world.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ federation: true });
  client = await gateway.client();
});
afterAll(() => gateway.close());

const sdlOf = async (by: Client): Promise<string> => (await by.ask('{ _service { sdl } }'))._service.sdl;

const ENTITIES = (selection: string) =>
  `query Entities($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`;

const CALL = '__typename ... on Call { id status metadata parent { id } voiceCall { id status } }';

describe('the schema of the subgraph', () => {
  it('is shown to everyone, as by introspection', async () => {
    expect(await sdlOf(gateway.anonymous())).toBe(await sdlOf(client));
    expect((await gateway.anonymous().send('{ _service { sdl } viewer { name } }')).status).toBe(401);
  });

  it('is refused where introspection is', async () => {
    const hidden = await openGatewayOn(gateway.databaseUrl, {
      federation: true,
      graphqlIntrospection: false,
    });
    const { errors } = await client
      .send('{ __schema { queryType { name } } }')
      .then(() => hidden.anonymous().send('{ _service { sdl } }'));
    expect(errors?.[0]?.extensions.code).toBe('INTROSPECTION_DISABLED');
    await hidden.close();
  });

  it('has a key on everything with an id, and shares what others have', async () => {
    const sdl = await sdlOf(client);
    const nodes = Object.values(publicSchema().getTypeMap()).filter(
      (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'),
    );
    expect(nodes.length).toBeGreaterThan(15);
    // Whether anything else reaches it: who views is left out.
    for (const { name } of nodes) {
      expect(sdl).toMatch(new RegExp(`^type ${name} implements .*Node @key\\(fields: "id"\\) \\{$`, 'm'));
    }
    expect(sdl).toMatch(/^type PageInfo @shareable \{$/m);
    expect(sdl).toContain('directive @oneOf on INPUT_OBJECT');
    expect([...sdl.matchAll(/^input \w+ @oneOf/gm)].length).toBe(
      Object.values(publicSchema().getTypeMap()).filter((type) => isInputObjectType(type) && type.isOneOf)
        .length,
    );
  });

  it('has all other root fields, but node, nodes and viewer', async () => {
    const { fieldsOf } = rootsIn(await sdlOf(client));
    const own = publicSchema();
    for (const root of ['Query', 'Mutation', 'Subscription'] as const) {
      const type = own.getType(root);
      const all = isObjectType(type) ? Object.keys(type.getFields()) : [];
      expect(fieldsOf(root)).toEqual(all.filter((name) => !['node', 'nodes', 'viewer'].includes(name)));
    }
    // The gateway's own clients keep them.
    expect(await client.ask('{ viewer { name } }')).toEqual({ viewer: { name: 'test key' } });
  });

  it('is composed by the composition of The Guild, alone and with another one that has the same types', async () => {
    const sdl = await sdlOf(client);
    const relay = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
      type Query { node(id: ID!): Node tickets: TicketConnection }
      interface Node { id: ID! }
      type Ticket implements Node @key(fields: "id") { id: ID! call: Call }
      type TicketConnection { nodes: [Ticket!] pageInfo: PageInfo! }
      type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
      type Call @key(fields: "id") { id: ID! tickets: [Ticket!] }`;
    const other = { name: 'tickets', url: 'http://tickets.example', typeDefs: parse(relay) };
    for (const others of [[], [other]]) {
      const result = composeServices([
        { name: 'switchboard', url: gateway.url, typeDefs: parse(sdl) },
        ...others,
      ]);
      assertCompositionSuccess(result);
      expect(result.supergraphSdl).toContain('type Call');
    }
  });

  it('is not there unless it is asked for', async () => {
    const plain = await openGatewayOn(gateway.databaseUrl);
    const { errors } = await client
      .send('{ __typename }')
      .then(() => plain.anonymous().send('{ _service { sdl } }'));
    expect(errors?.[0]?.message).toMatch(/Cannot query field "_service"/);
    expect(printPublicSchema()).not.toMatch(/_Entity|_service|@key/);
    await plain.close();
  });
});

function rootsIn(sdl: string) {
  const schema = buildSchema(
    `directive @link(url: String!, import: [String]) on SCHEMA
     directive @key(fields: String!) on OBJECT
     directive @shareable on OBJECT
     ${sdl.replace('directive @oneOf on INPUT_OBJECT', '')}`,
  );
  return {
    fieldsOf: (root: string) => {
      const type = schema.getType(root);
      return isObjectType(type) ? Object.keys(type.getFields()) : [];
    },
  };
}

describe('_entities', () => {
  it('answers as node does for every type, at the first request as compiled', async () => {
    await makeRichWorld(client, gateway.database);
    const found = await client.ask(`{
      calls(first: 50) { nodes { __typename id voiceCall { __typename id } callFlow { __typename id commands { __typename id } }
        groups { __typename id } recordings { __typename id } transcripts { __typename id }
        history(first: 3) { nodes { __typename id } } } } }`);
    const representations: { __typename: string; id: string }[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { __typename, id } = value as Record<string, unknown>;
      if (typeof __typename === 'string' && typeof id === 'string') representations.push({ __typename, id });
      for (const each of Object.values(value)) collect(each);
    };
    collect(found);
    const types = new Set(representations.map(({ __typename }) => __typename));
    expect(types.size).toBeGreaterThan(8);
    const selection = `__typename ... on Node { id } ... on Call { status metadata references { value } }
      ... on CallFlow { flow: status commands { status } } ... on VoiceCall { voice: status } ... on SayCommand { text }`;
    const first = representations.slice(0, 400);
    const { nodes } = await client.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { ${selection} } }`, {
      ids: first.map(({ id }) => id),
    });
    expect(nodes.length).toBeGreaterThan(20);
    for (let time = 1; time <= 3; time += 1) {
      gateway.takeStatements();
      const { _entities } = await client.ask(ENTITIES(selection), { representations: first });
      expect(_entities).toEqual(nodes);
      // One for each kind of row, not for each row.
      expect(gateway.takeStatements().length).toBeLessThan(25);
    }
  });

  it('charges each as node does', async () => {
    const call = await givenCall(client);
    const representations = Array.from({ length: 7 }, () => ({ __typename: 'Call', id: call.id }));
    const costOf = async (query: string, variables: object) =>
      ((await client.send(query, variables as never)) as { extensions?: { cost: { requested: number } } })
        .extensions?.cost.requested;
    const fields = '__typename ... on Call { id history(first: 5) { nodes { id } } }';
    expect(await costOf(ENTITIES(fields), { representations })).toBe(
      await costOf(`query ($ids: [ID!]!) { nodes(ids: $ids) { ${fields} } }`, {
        ids: representations.map(({ id }) => id),
      }),
    );
  });

  it('gives each wrong representation an error of its own', async () => {
    const call = await givenCall(client);
    const good = { __typename: 'Call', id: call.id };
    const unknown = { __typename: 'Call', id: 'call_01h2xcejqtf2nbrexx3vqjhp41' };
    const wrong: [unknown, RegExp][] = [
      [
        { __typename: 'Viewer', id: call.id },
        /^representations\.2\.__typename must be the name of an entity/,
      ],
      [{ __typename: 'toString', id: call.id }, /^representations\.2\.__typename/],
      [{ id: call.id }, /^representations\.2\.__typename/],
      ['Call', /^representations\.2\.__typename/],
      [{ __typename: 'Call' }, /^representations\.2\.id: .* is not the id of a Call/],
      [{ __typename: 'Call', id: 7 }, /^representations\.2\.id/],
      [{ __typename: 'Call', id: { a: 1 } }, /^representations\.2\.id/],
      [{ __typename: 'VoiceCall', id: call.id }, /^representations\.2\.id: .* is not the id of a VoiceCall/],
    ];
    for (const [representation, message] of wrong) {
      const { data, errors } = await client.send(ENTITIES(CALL), {
        representations: [good, unknown, representation, good],
      });
      expect(data._entities.map((each: { id?: string } | null) => each?.id ?? null)).toEqual([
        call.id,
        null,
        null,
        call.id,
      ]);
      expect(errors).toMatchObject([{ path: ['_entities', 2], extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors?.[0]?.message).toMatch(message);
    }
    const many = Array.from({ length: 501 }, () => good);
    const tooMany = await client.send(ENTITIES('__typename'), { representations: many });
    expect(tooMany.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('needs the scopes that node needs, and shows no other organization’s', async () => {
    const call = await givenCall(client);
    const representations = [{ __typename: 'Call', id: call.id }];
    const stranger = await gateway.client();
    expect(await stranger.ask(ENTITIES(CALL), { representations })).toEqual({ _entities: [null] });
    expect((await gateway.anonymous().send(ENTITIES(CALL), { representations })).status).toBe(401);
    const reader = await gateway.client({ scopes: ['CALLS_READ'] });
    const account = [{ __typename: 'VendorAccount', id: 'vendor_account_01h2xcejqtf2nbrexx3vqjhp41' }];
    const { errors } = await reader.send(ENTITIES('__typename'), { representations: account });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('takes representations in the document too', async () => {
    const call = await givenCall(client);
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "Call", id: "${call.id}" }]) { ... on Call { id } } call(id: $id) { id } }`;
    expect(await client.ask(query, { id: call.id })).toEqual({
      _entities: [{ id: call.id }],
      call: { id: call.id },
    });
  });
});
