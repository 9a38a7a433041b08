import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { ASKINGS } from '../../identity/root-fields.js';
import { type Names, namesOfNothing } from '../../identity/world.js';
import { readCall } from '../../support/documents.js';
import type { Client, Variables } from '../../support/gateway.js';
import { askBoth, codesIn, type Expected, expectSame, type Send, takeExecutors } from './both-ways.js';
import { openRichGateway } from './rich-gateway.js';

let client: Client;
let names: Names;
let send: Send;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, names, send, close } = await openRichGateway());
});
afterAll(() => close());

type Case = [name: string, document: string, variables?: (names: Names) => Variables, expected?: Expected];
const id = ({ call }: Names) => ({ id: call });

function everything(type: GraphQLObjectType | GraphQLInterfaceType, depth: number): string {
  const below = (field: GraphQLField<unknown, unknown>): string | null => {
    const named = getNamedType(field.type);
    if (!isCompositeType(named)) return field.name;
    if (depth === 0 || field.args.some(isRequiredArgument)) return null;
    return isObjectType(named) || isInterfaceType(named)
      ? `${field.name} ${everything(named, depth - 1)}`
      : null;
  };
  const own = Object.values(type.getFields()).flatMap((field) => below(field) ?? []);
  const kinds = isAbstractType(type)
    ? publicSchema()
        .getPossibleTypes(type)
        .map((each) => `... on ${each.name} ${everything(each, depth)}`)
    : [];
  return `{ __typename ${[...own, ...kinds].join(' ')} }`;
}

const typeOf = (name: string) => publicSchema().getType(name) as GraphQLObjectType;

describe('compiled code answers as graphql-js does', () => {
  // The end of the log moves between requests.
  const reads = ASKINGS.filter(
    ({ field, document }) => !document.startsWith('mutation') && field !== 'changeCursor',
  );

  it.each(reads.map((asking) => [asking.field, asking.by, asking] as const))(
    'to %s by %s, also where there is nothing',
    async (_field, _by, { document, variables }) => {
      await expectSame(send, { document, variables: variables(names) });
      await expectSame(send, { document, variables: variables(namesOfNothing()) });
    },
  );

  it('to every root field', () => {
    const fields = Object.keys(publicSchema().getQueryType()?.getFields() ?? {});
    expect(new Set([...reads.map(({ field }) => field), 'changeCursor'])).toEqual(new Set(fields));
  });

  const nodes = [
    'organization',
    'call',
    'voiceCall',
    'callFlow',
    'group',
    'change',
    'event',
    'rule',
    'vendorAccount',
    'delivery',
    'message',
    'callImport',
  ] as const;
  const types: Record<(typeof nodes)[number], [string, number]> = {
    organization: ['Organization', 0],
    call: ['Call', 2],
    voiceCall: ['VoiceCall', 1],
    callFlow: ['CallFlow', 2],
    group: ['CallGroup', 3],
    change: ['CallChange', 1],
    event: ['CallEvent', 2],
    rule: ['MatchRule', 0],
    vendorAccount: ['VendorAccount', 2],
    delivery: ['Delivery', 1],
    message: ['InboundMessage', 1],
    callImport: ['CallImport', 1],
  };

  it.each(nodes)('with every field of a node that is a %s', async (node) => {
    const [type, depth] = types[node];
    const document = `query ($id: ID!) { node(id: $id) { id ... on ${type} ${everything(typeOf(type), depth)} } }`;
    await expectSame(send, { document, variables: { id: names[node] } });
  });

  it('with every field of the viewer and of all lists', async () => {
    await expectSame(send, { document: `{ viewer ${everything(typeOf('Viewer'), 2)} }` });
    for (const [list, type] of [
      ['calls', 'CallConnection'],
      ['voiceCalls', 'VoiceCallConnection'],
      ['callEvents', 'CallEventConnection'],
      ['deliveries', 'DeliveryConnection'],
      ['inboundMessages', 'InboundMessageConnection'],
    ] as const) {
      await expectSame(send, { document: `{ ${list} ${everything(typeOf(type), 2)} }` });
    }
    await expectSame(send, { document: `{ matchRules ${everything(typeOf('MatchRule'), 1)} }` });
    await expectSame(send, { document: `{ vendorAccounts ${everything(typeOf('VendorAccount'), 1)} }` });
  });

  it('with each field of a call alone, when nothing else was read', async () => {
    const fields = Object.values(typeOf('Call').getFields()).map((field) => {
      const named = getNamedType(field.type);
      return isObjectType(named) ? `${field.name} ${everything(named, 0)}` : field.name;
    });
    for (const field of fields) {
      const document = `query ($id: ID!) {
        call(id: $id) { ${field} }
        node(id: $id) { ... on Call { ${field} } }
        calls { nodes { ${field} } }
        ordered: calls(orderBy: { field: STARTED_AT }) { edges { cursor node { ${field} } } }
      }`;
      await expectSame(send, { document, variables: { id: names.call } });
    }
  });

  it('to the largest document that the tests know', async () => {
    await readCall(client, names.call);
    const interpreted = await readCall(client, names.call);
    takeExecutors();
    expect(await readCall(client, names.call)).toEqual(interpreted);
    expect(takeExecutors()).toEqual(['compiled']);
  });

  const SELECTIONS: Case[] = [
    [
      'fields in the order asked for',
      '{ viewer { scopes name kind } b: viewer { kind name } a: __typename }',
    ],
    ['aliases that would be a prototype', '{ __proto__: viewer { kind __proto__: name } viewer { kind } }'],
    ['aliases that are words of JavaScript', '{ constructor: viewer { class: name toString: kind } }'],
    ['aliases that begin alike', '{ a: viewer { b_c: name } a_b: viewer { c: kind } }'],
    ['the same field under several names', '{ viewer { a: name b: name name } }'],
    [
      'one key from several places',
      `query ($id: ID!) {
        call(id: $id) { id callFlow { revision } }
        ... on Query { call(id: $id) { status callFlow { id revision } } }
        ...More
      }
      fragment More on Query { call(id: $id) { callFlow { commands { id } } metadata } }`,
      id,
    ],
    [
      'fragments in fragments, on interfaces and on the types of them',
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ...Any } }
      fragment Any on Node { __typename id ... on CallFlowCommand { ...Command } ...Whole }
      fragment Command on CallFlowCommand { command ... on Node { id } ... on SayCommand { text } ...Bridge }
      fragment Bridge on BridgeCommand { to conditions { ...Condition } }
      fragment Condition on CallFlowCondition { variable __typename }
      fragment Whole on Call { status callFlow { commands { ...Command ... { kind: __typename } } } }`,
      (each) => ({ ids: [each.call, each.command, each.voiceCall, each.callFlow] }),
    ],
    [
      'a fragment that is spread twice, and an operation beside that has other variables',
      `query Own($id: ID!) { call(id: $id) { ...F ...F parent { ...F } } }
      query Other($name: ID!) { call(id: $name) { ...G } }
      fragment F on Call { id status }
      fragment G on Call { children(first: 1, after: "x") { nodes { ...F } } }`,
      id,
    ],
    [
      'connections in connections',
      `query ($id: ID!) { call(id: $id) { children(first: 1) {
        totalCount edges { cursor node { id parent { children { totalCount pageInfo { startCursor } } } } }
        nodes { history(last: 2) { edges { cursor node { kind newValues call { id } } } pageInfo { hasNextPage hasPreviousPage } } }
        pageInfo { hasNextPage endCursor }
      } groups { calls(first: 1) { nodes { events { nodes { calls { totalCount } } } } } } } }`,
      id,
    ],
  ];
  it.each(SELECTIONS)('to %s', async (_, document, variables = () => ({}), expected = {}) => {
    const operationName = document.startsWith('query Own') ? 'Own' : undefined;
    await expectSame(send, { document, variables: variables(names), operationName }, expected);
  });
});

describe('@skip and @include', () => {
  const DOCUMENTS: [string, string][] = [
    [
      'with literals',
      '{ viewer { name @skip(if: true) kind @include(if: true) } b: viewer @skip(if: true) { name } }',
    ],
    ['of a field', 'query ($x: Boolean!) { viewer { name @skip(if: $x) kind @include(if: $x) scopes } }'],
    ['of a root field', 'query ($x: Boolean!) { viewer @include(if: $x) { name } }'],
    [
      'both',
      'query ($x: Boolean!, $y: Boolean = false) { viewer { name @skip(if: $x) @include(if: $y) kind } }',
    ],
    [
      'of one of two fields of a key',
      'query ($x: Boolean!) { viewer @skip(if: $x) { name } viewer { kind } }',
    ],
    [
      'of an inline fragment',
      'query ($x: Boolean!) { viewer { ... @include(if: $x) { name kind } scopes } }',
    ],
    [
      'of one place of two where a fragment is spread',
      'query ($x: Boolean!) { a: viewer { ...F @include(if: $x) } b: viewer { ...F } } fragment F on Viewer { name }',
    ],
    [
      'of the first of two spreads in one place',
      'query ($x: Boolean!) { viewer { ...F @include(if: $x) kind ...F } } fragment F on Viewer { name }',
    ],
    [
      'in fragments of fragments',
      `query ($x: Boolean!, $y: Boolean!) { a: viewer { ...F } b: viewer @skip(if: $y) { ...G } }
      fragment F on Viewer { name @skip(if: $x) ...G @include(if: $y) }
      fragment G on Viewer { organization @include(if: $x) { slug name @skip(if: $y) } kind }`,
    ],
    [
      'under a list and an interface',
      `query ($x: Boolean!, $y: Boolean = true) { calls { nodes { callFlow @include(if: $y) { commands {
        id @skip(if: $x) ... on SayCommand @include(if: $x) { text } ... on BridgeCommand { to @include(if: $y) }
      } } } totalCount @skip(if: $y) } }`,
    ],
    [
      'of a field whose argument is wrong',
      'query ($x: Boolean!) { viewer { name } call(id: "x") @include(if: $x) { id } }',
    ],
  ];
  const VALUES = [
    { x: true },
    { x: false },
    { x: true, y: true },
    { x: false, y: false },
    { x: true, y: null },
  ];
  const cases = DOCUMENTS.flatMap(([name, document]) =>
    VALUES.filter((values) => document.includes('$y') || !('y' in values)).map(
      (values) => [name, values, document] as const,
    ),
  );

  it.each(cases)('%s, with %o', async (_, values, document) => {
    const variables = document.includes('$x') ? values : {};
    const { interpreted, compiled, executors } = await askBoth(send, { document, variables });
    expect(compiled).toEqual(interpreted);
    const isRefused = codesIn(compiled) !== undefined || ('y' in values && values.y === null);
    if (!isRefused) expect(executors).not.toContain('graphql-js');
  });

  it('are evaluated each time', async () => {
    const document =
      'query Decided($x: Boolean!, $y: Boolean!) { viewer { name @skip(if: $x) kind @include(if: $y) } }';
    const [t, f] = [true, false];
    const order = [
      [t, t],
      [t, t],
      [f, f],
      [t, f],
      [f, t],
      [t, t],
      [f, f],
    ];
    for (const [x, y] of order) {
      const { viewer } = await client.ask(document, { x, y });
      expect(Object.keys(viewer)).toEqual([...(x ? [] : ['name']), ...(y ? ['kind'] : [])]);
    }
  });

  it('are left to graphql-js when an operation has had more than eight sets of them', async () => {
    const flags = ['a', 'b', 'c', 'd'];
    const document = `query Sets(${flags.map((flag) => `$${flag}: Boolean!`)}) {
      viewer { ${flags.map((flag) => `${flag}: name @include(if: $${flag})`).join(' ')} }
    }`;
    await client.ask(document, { a: true, b: true, c: true, d: true });
    takeExecutors();
    const executors: string[] = [];
    for (let set = 0; set < 16; set += 1) {
      const given = flags.filter((_, index) => (set >> index) % 2 === 1);
      const { viewer } = await client.ask(
        document,
        Object.fromEntries(flags.map((flag) => [flag, given.includes(flag)])),
      );
      expect(Object.keys(viewer)).toEqual(given);
      executors.push(...takeExecutors());
    }
    expect(executors).toEqual([...new Array(8).fill('compiled'), ...new Array(8).fill('graphql-js')]);
  });
});
