import { type GraphQLObjectType, getNamedType, isInterfaceType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { SCOPES, type Scope } from '../../src/identity/identity.enums.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { GUARDS } from './root-fields.js';
import { makeWorld, type Names, namesOfNothing } from './world.js';

const ORGANIZATION = 'acme';
/** The scope that reads each type of a Node: the one that its root fields need. */
const READ_BY: Record<string, Scope> = {
  Organization: 'CALLS_READ',
  Call: 'CALLS_READ',
  VoiceCall: 'CALLS_READ',
  CallFlow: 'CALLS_READ',
  CallFlowCommand: 'CALLS_READ',
  CallGroup: 'CALLS_READ',
  CallChange: 'CALLS_READ',
  CallEvent: 'CALLS_READ',
  MatchRule: 'ADMIN',
  VendorAccount: 'ADMIN',
  Delivery: 'CALLS_READ',
  InboundMessage: 'ADMIN',
  CallImport: 'ADMIN',
  CallRecording: 'CALLS_READ',
  CallTranscript: 'CALLS_READ',
};
const NAME_OF: Record<string, keyof Names> = {
  Organization: 'organization',
  Call: 'call',
  VoiceCall: 'voiceCall',
  CallFlow: 'callFlow',
  CallFlowCommand: 'command',
  CallGroup: 'group',
  CallChange: 'change',
  CallEvent: 'event',
  MatchRule: 'rule',
  VendorAccount: 'vendorAccount',
  Delivery: 'delivery',
  InboundMessage: 'message',
  CallImport: 'callImport',
  CallRecording: 'recording',
  CallTranscript: 'transcript',
};

const schema = publicSchema();
const nodeInterface = schema.getType('Node');
const nodeTypes = isInterfaceType(nodeInterface) ? schema.getPossibleTypes(nodeInterface) : [];
/** All nine commands are of one kind. */
const kindOf = ({ name }: { name: string }) => (/^[A-Z][a-z]+Command$/.test(name) ? 'CallFlowCommand' : name);

let gateway: TestGateway;
let names: Names;
const clients = new Map<Scope, Client>();

beforeAll(async () => {
  gateway = await openTestGateway();
  names = await makeWorld(await gateway.client({ organization: ORGANIZATION }), gateway.database);
  for (const scope of SCOPES) {
    clients.set(scope, await gateway.client({ organization: ORGANIZATION, scopes: [scope] }));
  }
});
afterAll(() => gateway.close());

const may = (held: Scope, needed: Scope) => held === 'ADMIN' || needed === 'CALLS_READ';

it('every type of a Node is in the tables of this test', () => {
  expect([...new Set(nodeTypes.map(kindOf))].toSorted()).toEqual(Object.keys(READ_BY).toSorted());
});

it('a Node is read by the scope of the root fields that show it', () => {
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {});
  const shown = queries.flatMap((field) => {
    const type = getNamedType(field.type);
    const node = isObjectType(type) ? (nodeIn(type) ?? type) : type;
    return node.name in READ_BY ? [[field.name, GUARDS[field.name], READ_BY[node.name]]] : [];
  });
  expect(shown.length).toBeGreaterThan(7);
  // A delivery is also read through its call; only the list of all is for an administrator.
  expect(shown.filter(([, guard, needed]) => guard !== needed)).toEqual([
    ['deliveries', 'ADMIN', 'CALLS_READ'],
  ]);
});

/** What a connection is of. */
const nodeIn = (type: GraphQLObjectType) => {
  const { nodes } = type.getFields();
  return nodes === undefined ? null : getNamedType(nodes.type);
};

describe.each(SCOPES)('a key of the scope %s', (scope) => {
  const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }';
  const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

  it.each(Object.keys(READ_BY))('reads a %s by its id only if it may by its root field', async (kind) => {
    const client = clients.get(scope) ?? expect.fail();
    const needed = READ_BY[kind] ?? expect.fail();
    const name = NAME_OF[kind] ?? expect.fail();
    for (const given of [names, namesOfNothing()]) {
      const one = await client.send(NODE, { id: given[name] });
      const many = await client.send(NODES, { ids: [names.call, given[name]] });
      if (may(scope, needed)) {
        expect([one.errors, many.errors]).toEqual([undefined, undefined]);
        expect(one.data.node === null).toBe(given !== names);
        expect(many.data.nodes[1]).toEqual(one.data.node);
      } else {
        // The same text whether it exists or not.
        const message = `This API key lacks the scope ${needed}.`;
        expect(one).toMatchObject({ data: { node: null }, errors: [{ message, path: ['node'] }] });
        expect(many).toMatchObject({ data: null, errors: [{ message, path: ['nodes'] }] });
        for (const { errors } of [one, many]) expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' });
      }
    }
  });
});

describe('a field that leads to a Node which not every key may read', () => {
  /** Payloads are visible to clients that may run their mutation. */
  const links = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => ![schema.getQueryType(), schema.getMutationType()].includes(type))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => (READ_BY[kindOf(getNamedType(field.type))] ?? 'CALLS_READ') !== 'CALLS_READ')
    .map(({ type, field }) => `${type.name}.${field.name}`);

  it('is in this test', () => {
    expect(links.toSorted()).toEqual([
      'CallEvent.decidedBy',
      'CallEvent.matchedBy',
      // Reached with ADMIN alone, as imports are.
      'CallImport.account',
      'CallImportConnection.nodes',
      'CallImportEdge.node',
      'CallImportPayload.callImport',
      'CreateMatchRulePayload.matchRule',
      // Of an account, other fields than its id, system, name and state need ADMIN themselves.
      'Delivery.account',
      // Reached with ADMIN alone, as messages are.
      'InboundMessage.account',
      'InboundMessageConnection.nodes',
      'InboundMessageEdge.node',
      // Needs ADMIN itself.
      'Subscription.callImportChanged',
      'VendorAccountPayload.vendorAccount',
    ]);
    expect(GUARDS.createMatchRule).toBe('ADMIN');
    expect([GUARDS.startCallImport, GUARDS.cancelCallImport]).toEqual(['ADMIN', 'ADMIN']);
    expect([GUARDS.createVendorAccount, GUARDS.updateVendorAccount]).toEqual(['ADMIN', 'ADMIN']);
  });

  it.each(SCOPES)('CallEvent.matchedBy is null for a key of the scope %s unless it may', async (scope) => {
    const client = clients.get(scope) ?? expect.fail();
    const document = `query ($id: ID!) {
      node(id: $id) { ... on CallEvent { id matchedBy { id name metadataPath } } }
      callEvents { nodes { id matchedBy { id } } }
    }`;
    const { data, errors } = await client.send(document, { id: names.event });
    const listed = data.callEvents.nodes.map(({ id, matchedBy }: { id: string; matchedBy: unknown }) => [
      id === names.event,
      matchedBy !== null,
    ]);
    expect(data.node.id).toBe(names.event);
    if (may(scope, 'ADMIN')) {
      expect(errors).toBeUndefined();
      expect(data.node.matchedBy.id).toBe(names.rule);
      expect(listed).toContainEqual([true, true]);
    } else {
      expect(data.node.matchedBy).toBeNull();
      // An event that no rule has matched says so to every key.
      expect(listed.toSorted()).toEqual([
        [false, false],
        [true, false],
      ]);
      const refused = errors?.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`);
      expect(refused?.toSorted()).toEqual([
        expect.stringMatching(/^callEvents\.nodes\.\d\.matchedBy FORBIDDEN$/),
        'node.matchedBy FORBIDDEN',
      ]);
    }
  });
});
