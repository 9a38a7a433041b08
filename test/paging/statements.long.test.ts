import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenEvent, givenRule } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { makeCalls } from './many-calls.js';

let gateway: TestGateway;
let client: Client;
let ids: string[];

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  ids = await makeCalls(client, 50);
});
afterAll(() => gateway.close());

/** The statements of one request, without the look-up of its key. */
async function statementsOf(document: string, variables: Variables = {}): Promise<string[]> {
  gateway.takeStatements();
  await client.ask(document, variables);
  const [key, ...statements] = gateway.takeStatements();
  expect(key).toContain('"api_keys"."token_hash" = any(');
  return statements;
}

const WHOLE = `
  id status metadata
  references { system name value }
  groups { kind key }
  voiceCall { id staffUid }
  callFlow { revision commands { id command ... on SayCommand { text } } }`;

describe('a page of calls', () => {
  it.each([1, 10, 50])(
    'of %i with all that belongs to them takes 3 statements in addition to the look-up of the key',
    async (first) => {
      const document = `query ($first: Int) { calls(first: $first) { nodes { ${WHOLE} } } }`;
      // It is compiled when it comes again.
      await client.ask(document, { first });
      const statements = await statementsOf(document, { first });
      // The page's own statement has the voice calls and the flows as well; a table inside it is the first that it names.
      expect(statements.map(tableOf).toSorted()).toEqual([
        'call_group_members',
        'call_references',
        'voice_calls',
      ]);
    },
  );

  it('gives each call its own data', async () => {
    const { calls } = await client.ask(`{ calls(first: 50) { nodes { ${WHOLE} } } }`);
    expect(calls.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    for (const [index, call] of calls.nodes.entries()) {
      const number = ids.length - 1 - index;
      expect(call).toMatchObject({
        metadata: { number },
        voiceCall: { staffUid: `s${number}` },
        callFlow: {
          revision: 2,
          commands: [{ command: 'SAY', text: String(number) }, { command: 'HANGUP' }],
        },
        groups: [
          { kind: 'all', key: 'all' },
          { kind: 'own', key: String(number) },
        ],
      });
      expect(call.references).toContainEqual({ system: 'BURKI', name: 'id', value: String(number) });
    }
  });

  it.each([1, 10, 50])(
    'of %i with pages of flows and history, parents and back again takes 11 statements',
    async (first) => {
      const statements = await statementsOf(
        `query ($first: Int) { calls(first: $first) { totalCount nodes {
        parent { id metadata }
        voiceCall { call { id } }
        callFlow { call { id } }
        callFlows(first: 1) { totalCount nodes { id status commands { id } } }
        history(last: 2) { totalCount nodes { kind call { id } } }
      } } }`,
        { first },
      );
      // calls: the page and its total, parents, the calls of voice calls; flows and histories are read through it.
      expect(statements.map(tableOf).toSorted()).toEqual([
        'call_flow_commands',
        'call_flow_commands',
        'call_flows',
        ...new Array(7).fill('calls'),
        'voice_calls',
      ]);
    },
  );

  it('needs no statement for fields that are not requested', async () => {
    expect(await statementsOf('{ calls { nodes { id metadata } } }')).toHaveLength(1);
    expect(await statementsOf('{ calls { pageInfo { hasNextPage hasPreviousPage } } }')).toHaveLength(1);
  });
});

describe('a total', () => {
  const counts = (statements: string[]) => statements.filter((statement) => /\bcount\(/.test(statement));

  it.each([
    ['calls', '{ calls(first: 1) { nodes { id } PLACE } }'],
    ['flows', 'query ($id: ID!) { call(id: $id) { callFlows { nodes { id } PLACE } } }'],
    ['changes', 'query ($id: ID!) { call(id: $id) { history { nodes { id } PLACE } } }'],
  ])('of %s costs one statement when it is requested, and none otherwise', async (_, document) => {
    const variables = document.includes('$id') ? { id: ids[0] } : {};
    const without = await statementsOf(document.replace('PLACE', ''), variables);
    const beside = await statementsOf(document.replace('PLACE', 'totalCount'), variables);
    expect(counts(without)).toEqual([]);
    expect(counts(beside)).toHaveLength(1);
    expect(beside).toHaveLength(without.length + 1);
  });
});

describe('a list', () => {
  const LISTS: [string, string][] = [
    ['calls', '{ calls PLACE }'],
    [
      'calls that are filtered and ordered',
      '{ calls(filter: { status: [RINGING, IN_PROGRESS] }, orderBy: { field: DURATION }) PLACE }',
    ],
    ['voiceCalls', '{ voiceCalls PLACE }'],
    ['callEvents', '{ callEvents PLACE }'],
    ['callFlows', 'query ($id: ID!) { call(id: $id) { callFlows PLACE } }'],
    ['history', 'query ($id: ID!) { call(id: $id) { history PLACE } }'],
    ['children', 'query ($id: ID!) { call(id: $id) { children PLACE } }'],
    ['events', 'query ($id: ID!) { call(id: $id) { events PLACE } }'],
    ['calls of a group', 'query ($group: ID!) { node(id: $group) { ... on CallGroup { calls PLACE } } }'],
    ['calls of an event', 'query ($event: ID!) { node(id: $event) { ... on CallEvent { calls PLACE } } }'],
  ];
  const lists = LISTS.map(
    ([name, document]) => [name, document, document.startsWith('query') ? 1 : 0] as const,
  );
  let variables: Variables;
  beforeAll(async () => {
    const { call } = await client.ask('query ($id: ID!) { call(id: $id) { groups { id } } }', { id: ids[0] });
    variables = { id: ids[0], group: call.groups[0].id, event: await givenEvent(gateway.database, ids) };
  });

  it.each(lists)('of %s that is only counted is not read', async (_, document, owner) => {
    const statements = await statementsOf(document.replace('PLACE', '{ totalCount }'), variables);
    expect(statements).toHaveLength(owner + 1);
    expect(statements.at(-1)).toMatch(/\bcount\(/);
    expect(statements.slice(0, -1).filter((statement) => /\blimit\b/.test(statement))).toEqual([]);
  });

  it.each(lists)(
    'of %s is read once for nodes, edges and pageInfo, and not counted',
    async (_, document, owner) => {
      const selection = '{ nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor } }';
      const statements = await statementsOf(document.replace('PLACE', selection), variables);
      expect(statements).toHaveLength(owner + 1);
      expect(statements.filter((statement) => /\bcount\(/.test(statement))).toEqual([]);
    },
  );

  it.each(lists)('of %s is not read for its name', async (_, document, owner) => {
    expect(await statementsOf(document.replace('PLACE', '{ __typename }'), variables)).toHaveLength(owner);
  });

  it.each([1, 10, 50])('in each of %i calls takes one statement, and one for its totals', async (first) => {
    const list = '{ totalCount nodes { id } pageInfo { hasNextPage } }';
    const document = `query ($first: Int) { calls(first: $first) { nodes {
      children(first: 2) ${list} events(last: 2) ${list} history(first: 1) ${list} callFlows(first: 1) ${list}
      groups { calls(first: 3) ${list} }
    } } }`;
    expect(await statementsOf(document, { first })).toHaveLength(2 + 5 * 2);
    const nested = `query ($first: Int) { calls(first: $first) { nodes {
      events { nodes { group { id } matchedBy { id } calls(first: 2) { totalCount nodes { id } } } }
    } } }`;
    expect(await statementsOf(nested, { first })).toHaveLength(2 + 2);
  });
});

describe('nodes', () => {
  const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`;

  async function idsOfEverything(): Promise<Record<string, string[]>> {
    const { viewer, calls } = await client.ask(`{
      viewer { organization { id } }
      calls(first: 20) { nodes {
        id voiceCall { id } callFlow { id commands { id } } groups { id } history { nodes { id } }
      } }
    }`);
    // biome-ignore lint/suspicious/noExplicitAny: the document says what is in it
    const all = (pick: (call: any) => string[]): string[] => [...new Set<string>(calls.nodes.flatMap(pick))];
    const [first = ''] = ids;
    return {
      CallEvent: [await givenEvent(gateway.database, [first]), await givenEvent(gateway.database, [first])],
      MatchRule: [await givenRule(gateway.database, first)],
      VendorAccount: [(await givenAccount(client, { system: 'BURKI', sends: false })).id],
      Organization: [viewer.organization.id],
      Call: all((call) => [call.id]),
      VoiceCall: all((call) => [call.voiceCall.id]),
      CallFlow: all((call) => [call.callFlow.id]),
      Command: all((call) => call.callFlow.commands.map(({ id }: { id: string }) => id)),
      CallGroup: all((call) => call.groups.map(({ id }: { id: string }) => id)),
      CallChange: all((call) => call.history.nodes.map(({ id }: { id: string }) => id)),
    };
  }

  it('of all types are read with one statement per type, in the order of the ids', async () => {
    const everything = await idsOfEverything();
    const mixed = Object.values(everything)
      .flatMap((each) => each.map((id, index) => [index, id] as const))
      .toSorted(([one], [other]) => one - other)
      .map(([, id]) => id);
    const requested = [...mixed, ...mixed.slice(0, 100)];
    expect(requested.length).toBeGreaterThan(200);
    // The organization comes from the key and needs no statement.
    expect(await statementsOf(NODES, { ids: requested })).toHaveLength(Object.keys(everything).length - 1);
    const { nodes } = await client.ask(NODES, { ids: requested });
    expect(nodes.map(({ id }: { id: string }) => id)).toEqual(requested);
    expect(new Set(nodes.map((node: { __typename: string }) => node.__typename))).toEqual(
      new Set([
        'Organization',
        'Call',
        'VoiceCall',
        'CallFlow',
        'SayCommand',
        'HangupCommand',
        'CallGroup',
        'CallChange',
        'CallEvent',
        'MatchRule',
        'VendorAccount',
      ]),
    );
  });

  it.each([1, 10, 50])('of %i calls with all that belongs to them takes 3 statements too', async (count) => {
    const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Call { ${WHOLE} } } }`;
    await client.ask(document, { ids: ids.slice(0, count) });
    expect(await statementsOf(document, { ids: ids.slice(0, count) })).toHaveLength(3);
  });

  it('requested one by one in one document are read together', async () => {
    const aliases = ids.map((id, index) => `c${index}: call(id: "${id}") { metadata voiceCall { id } }`);
    expect(await statementsOf(`{ ${aliases.join('\n')} }`)).toHaveLength(2);
  });
});

function tableOf(statement: string): string {
  return /\bfrom "(\w+)"/.exec(statement)?.[1] ?? statement;
}
