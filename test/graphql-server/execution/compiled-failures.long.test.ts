import { sql } from 'drizzle-orm';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Names, organizationOf } from '../../identity/world.js';
import type { Client, TestGateway, Variables } from '../../support/gateway.js';
import { askBoth, codesIn, type Expected, expectSame, type Send, sender } from './both-ways.js';
import { openRichGateway } from './rich-gateway.js';
import { makeRichWorld } from './rich-world.js';

let gateway: TestGateway;
let client: Client;
let names: Names;
let send: Send;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ gateway, client, names, send, close } = await openRichGateway());
});
afterAll(() => close());

type Case = [name: string, document: string, variables?: (names: Names) => Variables, expected?: Expected];
const id = ({ call }: Names) => ({ id: call });

describe('a failure', () => {
  const CURSOR = 'after is not a cursor of this list: use only cursors that this list returned.';
  const FAILURES: Case[] = [
    [
      'an id of no call',
      '{ viewer { name } call(id: "x") { id } }',
      undefined,
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'an id of another type',
      '{ voiceCall(id: "call_01h455vb4pex5vsknk084sn02q") { id } }',
      undefined,
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'an id that takes the whole answer with it',
      '{ viewer { name } nodes(ids: ["x"]) { id } }',
      undefined,
      { codes: ['BAD_USER_INPUT'] },
    ],
    ['too large a page', '{ calls(first: 201) { totalCount } }', undefined, { codes: ['BAD_USER_INPUT'] }],
    [
      'too small a page',
      'query ($n: Int) { calls(last: $n) { totalCount } }',
      () => ({ n: -1 }),
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'two sizes of a page',
      '{ calls(first: 1, last: 1) { totalCount } }',
      undefined,
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'a cursor of a nested list, which leaves nothing of its call',
      'query ($id: ID!) { viewer { name } call(id: $id) { id children(after: "x") { totalCount } } }',
      id,
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'a cursor deep in lists, which leaves nothing of the event',
      `query ($id: ID!) { call(id: $id) { id parent { id } voiceCall { id call { id
        history(first: 1) { nodes { id event { id } call { groups { calls(first: 1, after: "x") { totalCount } } } } } } } } }`,
      id,
      { codes: ['BAD_USER_INPUT'] },
    ],
    [
      'fields that may be null, several of them',
      'query ($id: ID!) { a: call(id: "x") { id } call(id: $id) { id } b: call(id: "y") { id } nodes(ids: [$id]) { id } }',
      id,
      { codes: ['BAD_USER_INPUT', 'BAD_USER_INPUT'], by: ['compiled', 'graphql-js'] },
    ],
    [
      'the same in every item of a list, which is reported once',
      '{ calls { nodes { children(after: "x") { totalCount } events(after: "x") { totalCount } } } }',
      undefined,
      { codes: ['BAD_USER_INPUT'], by: ['compiled', 'graphql-js'] },
    ],
  ];
  it.each(FAILURES)('is reported alike: %s', async (_, document, variables = () => ({}), expected = {}) => {
    await expectSame(send, { document, variables: variables(names) }, expected);
  });

  it('has the exact location and message', async () => {
    const document = 'query ($id: ID!) {\n  call(id: $id) { own: children(after: "x") { totalCount } }\n}';
    const { compiled } = await askBoth(send, { document, variables: { id: names.call } });
    expect(JSON.parse(compiled.body)).toEqual({
      data: { call: null },
      extensions: { cost: { requested: 52, limit: 200_000 } },
      errors: [
        {
          message: CURSOR,
          locations: [{ line: 2, column: 19 }],
          path: ['call', 'own'],
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  it('is reported alike where a key has too few scopes', async () => {
    const organization = (await client.ask('{ viewer { organization { slug } } }')).viewer.organization.slug;
    const { token } = await gateway.client({ organization, scopes: [] });
    const poor = sender(gateway.url, token);
    const documents = [
      '{ calls { totalCount } }',
      '{ viewer { name } calls { totalCount } matchRules { id } }',
    ];
    for (const document of documents) {
      // Compiled for a key with the scope.
      await askBoth(send, { document });
      const { interpreted, compiled } = await askBoth(poor, { document });
      expect(compiled).toEqual(interpreted);
      expect(new Set(codesIn(compiled))).toEqual(new Set(['FORBIDDEN']));
    }
  });

  const BROKEN: [string, string, string][] = [
    [
      'a status that is none',
      "update calls set status = 'BOGUS'",
      '{ calls(first: 1) { totalCount nodes { id status } } }',
    ],
    [
      'a status that is none, of a call that may be null',
      "update calls set status = 'BOGUS'",
      'query ($id: ID!) { viewer { name } call(id: $id) { id status } }',
    ],
    [
      'a command that is none',
      "update call_flow_commands set command = 'WALK'",
      'query ($id: ID!) { call(id: $id) { callFlow { commands { id } } } }',
    ],
    [
      'conditions that are no list',
      `update call_flow_commands set conditions = '{"a": 1}'`,
      'query ($id: ID!) { call(id: $id) { id callFlow { commands { conditions { value } } } } }',
    ],
    [
      'a condition without a value',
      `update call_flow_commands set conditions = '[{"variable": "v", "operator": "eq"}]'`,
      'query ($id: ID!) { call(id: $id) { id callFlow { commands { conditions { value } } } } }',
    ],
  ];
  it.each(BROKEN)('is reported alike in the database: %s', async (_, fault, document) => {
    const other = await gateway.client();
    const own = await makeRichWorld(other, gateway.database);
    await gateway.database.db.execute(sql`${sql.raw(fault)} where organization_id = ${organizationOf(own)}`);
    const variables = document.includes('$id') ? { id: own.call } : {};
    const both = await askBoth(sender(gateway.url, other.token), { document, variables });
    expect(both.compiled).toEqual(both.interpreted);
    expect(both.executors).toContain('compiled');
    expect(new Set(codesIn(both.compiled))).toEqual(new Set(['INTERNAL_SERVER_ERROR']));
  });

  it('in a read is masked, and logged with its cause', async () => {
    const document = 'query ($id: ID!) { call(id: $id) { id callFlows { nodes { id } } } }';
    const question = { document, variables: { id: names.call } };
    await askBoth(send, question);
    gateway.log.length = 0;
    await gateway.database.db.execute(sql`alter table call_flows rename to hidden`);
    const { interpreted, compiled, executors } = await askBoth(send, question);
    await gateway.database.db.execute(sql`alter table hidden rename to call_flows`);
    expect(compiled).toEqual(interpreted);
    expect(executors).toEqual(['compiled', 'graphql-js']);
    expect(codesIn(compiled)).toEqual(['INTERNAL_SERVER_ERROR']);
    // Workers may find the table away, too.
    const failed = gateway.log
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'a request failed');
    const causes = failed.map(({ err }) => err.message);
    expect(causes).toHaveLength(2);
    expect(new Set(causes).size).toBe(1);
    expect(causes[0]).toContain('call_flows');
  });
});

describe('graphql-js executes', () => {
  const byGraphqlJs: Expected = { by: ['graphql-js'] };

  it('introspection', async () => {
    await expectSame(send, { document: getIntrospectionQuery() }, { by: [] });
    await expectSame(
      send,
      { document: '{ viewer { name } __type(name: "CoercedValue") { name } }' },
      byGraphqlJs,
    );
    await expectSame(
      send,
      { document: '{ viewer { name } ...S } fragment S on Query { __schema { types { name } } }' },
      byGraphqlJs,
    );
  });

  it.each([
    ['on and on', 10, (n: number) => `a: parent { ...f${n} } b: parent { ...f${n} }`],
    ['at once', 10, (n: number) => `...f${n} ...f${n}`],
    [
      'for types that are not there',
      10,
      (n: number) => `... on Node { ... on VoiceCall { call { ...f${n} ...f${n} } } }`,
    ],
  ])('what fragments make too large %s', async (_, count, body) => {
    const fragments = Array.from(
      { length: count },
      (_each, n) => `fragment f${n} on Call { ${body(n + 1)} }`,
    );
    const document = `query ($id: ID!) { call(id: $id) { ...f0 } } ${fragments.join(' ')} fragment f${count} on Call { id }`;
    const before = performance.now();
    await expectSame(send, { document, variables: { id: names.call } }, byGraphqlJs);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('what is written out too large', async () => {
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: node(id: "${names.call}") { id }`);
    await expectSame(send, { document: `{ ${aliases.join(' ')} }` }, byGraphqlJs);
  });

  it('only introspection for clients that have not signed in', async () => {
    const anonymous = sender(gateway.url, 'nobody');
    for (const document of ['{ __typename }', '{ __schema { queryType { name } } }', '{ viewer { name } }']) {
      const { interpreted, compiled, executors } = await askBoth(anonymous, { document });
      expect(compiled).toEqual(interpreted);
      expect(executors).toEqual([]);
    }
  });

  it('no operation of a name that is unknown', async () => {
    const document = 'query A { viewer { name } } query B { viewer { kind } }';
    await expectSame(
      send,
      { document, operationName: 'C' },
      { by: [], codes: ['OPERATION_RESOLUTION_FAILURE'] },
    );
    await expectSame(send, { document }, { by: [], codes: ['OPERATION_RESOLUTION_FAILURE'] });
    await expectSame(send, { document, operationName: 'B' });
  });
});
