import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenEvent } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { makeCalls } from './many-calls.js';
import { type List, pageOf, pagesAfter } from './walk.js';

let gateway: TestGateway;
let client: Client;

const LISTS: [string, List][] = [
  ['calls', { field: 'calls' }],
  ...[
    { status: ['RINGING'] },
    { status: ['RINGING', 'IN_PROGRESS'] },
    { direction: ['INBOUND'] },
    { system: ['OTHER'] },
    { hasVoiceCall: true },
    { group: { kind: 'all', key: 'all' } },
    { metadata: { hasKeys: ['number'] } },
    { metadata: { contains: {} } },
    { metadata: { anyOf: [{}] } },
    { createdAt: { from: '2000-01-01T00:00:00Z' } },
    { updatedAt: { from: '2000-01-01T00:00:00Z' } },
    { updatedAt: { to: '9999-01-01T00:00:00Z' } },
    { duration: { min: 1 } },
    { search: 'source' },
    { or: [{ hasVoiceCall: true }, { not: { status: [] } }] },
  ].map((filter): [string, List] => [`calls of ${JSON.stringify(filter)}`, { field: 'calls', filter }]),
  ...['CREATED_AT', 'STARTED_AT', 'UPDATED_AT', 'DURATION', 'OCCURRED_AT'].flatMap((field) =>
    ['ASC', 'DESC']
      .filter((direction) => `${field} ${direction}` !== 'CREATED_AT DESC')
      .map((direction): [string, List] => [
        `calls by ${field} ${direction}`,
        { field: 'calls', orderBy: { field, direction } },
      ]),
  ),
  [
    'calls filtered and ordered',
    { field: 'calls', filter: { hasVoiceCall: true }, orderBy: { field: 'DURATION', direction: 'ASC' } },
  ],
  ['voiceCalls', { field: 'voiceCalls' }],
  ['voiceCalls of a client', { field: 'voiceCalls', type: 'VoiceCall', filter: { clientUid: ['c'] } }],
  ...['UPDATED_AT', 'DURATION'].map((field): [string, List] => [
    `voiceCalls by ${field}`,
    { field: 'voiceCalls', type: 'VoiceCall', orderBy: { field } },
  ]),
  ['callEvents', { field: 'callEvents' }],
  ['callEvents that match', { field: 'callEvents', type: 'CallEvent', filter: { match: ['MATCHED'] } }],
];
const cursors = new Map<string, string>();

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  const ids = await makeCalls(client, 5);
  const [, call = '', neighbour = ''] = ids;
  const parent = ids.at(-1);
  const events = [await givenEvent(gateway.database, ids), await givenEvent(gateway.database, ids)];
  const { node } = await client.ask('query ($id: ID!) { node(id: $id) { ... on Call { groups { id } } } }', {
    id: call,
  });
  await client.ask(
    'mutation { upsertCall(input: { references: [{ system: OTHER, name: "number", value: "2" }], metadata: { list: [] } }) { created } }',
  );
  await client.ask(
    'mutation ($r: CallReferenceInput!, $p: ID!) { upsertCall(input: { references: [$r], parent: { id: $p } }) { created } }',
    { r: { system: 'OTHER', name: 'grandchild', value: '1' }, p: call },
  );
  LISTS.push(
    ['children', { field: 'children', call: parent }],
    ['children of another', { field: 'children', call }],
    ['flows', { field: 'callFlows', call }],
    ['flows of another', { field: 'callFlows', call: neighbour }],
    ['history', { field: 'history', call }],
    ['events', { field: 'events', call }],
    ['events of another', { field: 'events', call: neighbour }],
    ['calls of a group', { field: 'calls', group: node.groups[0].id }],
    ['calls of another group', { field: 'calls', group: node.groups[1].id }],
    ['calls of an event', { field: 'calls', event: events[0] }],
    ['calls of another event', { field: 'calls', event: events[1] }],
  );
  for (const [name, list] of LISTS) {
    const { pageInfo } = await pageOf(client, list, { first: 1 });
    cursors.set(name, pageInfo.endCursor ?? expect.fail(name));
  }
});
afterAll(() => gateway.close());

describe('a cursor', () => {
  it('is different in every list', () => {
    expect(LISTS.length).toBeGreaterThan(30);
    expect(new Set(cursors.values()).size).toBe(LISTS.length);
  });

  it('is valid for its own list only', async () => {
    const owners = [...cursors.keys()];
    for (const [name, list] of LISTS) {
      const { data, errors = [] } = await pagesAfter(client, list, [...cursors.values()]);
      const refused = errors.map(({ path, extensions }) => [
        owners[Number(String(path?.[0]).slice(1))],
        extensions.code,
      ]);
      const foreign = owners.filter((owner) => owner !== name);
      expect([name, refused.toSorted()]).toEqual([
        name,
        foreign.map((owner) => [owner, 'BAD_USER_INPUT']).toSorted(),
      ]);
      const answered = Object.keys(data).filter((key) => data[key] !== null);
      expect(answered).toEqual([`p${owners.indexOf(name)}`]);
    }
  });

  it('is checked before any read except that of a nested list’s owner', async () => {
    gateway.takeStatements();
    for (const [, list] of LISTS) {
      await expect(pageOf(client, list, { first: 1, before: 'x' })).rejects.toThrow(/before is not a cursor/);
    }
    const statements = gateway.takeStatements();
    expect(statements.filter((each) => /count\(|\blimit\b/.test(each))).toEqual([]);
  });

  it.each([
    [{ filter: null }, {}],
    [{ orderBy: null }, {}],
    [{ filter: {} }, {}],
    [{ filter: { status: null, tags: {}, metadata: { hasKeys: [] }, createdAt: { from: null } } }, {}],
    [{ orderBy: { field: 'CREATED_AT' } }, {}],
    [{ orderBy: { field: 'CREATED_AT', direction: 'DESC' } }, {}],
    [{ orderBy: { field: 'DURATION' } }, { orderBy: { field: 'DURATION', direction: 'DESC' } }],
    [
      { filter: { status: ['RINGING'], metadata: { contains: { number: 2, list: [] } } } },
      { filter: { metadata: { contains: { list: [], number: 2 }, anyOf: null }, status: ['RINGING'] } },
    ],
    [
      { filter: { createdAt: { from: '2000-01-01T00:00:00Z' } } },
      { filter: { createdAt: { from: '2000-01-01T01:00:00.0001+01:00' } } },
    ],
  ])('under %j is valid under %j: they mean the same', async (one, other) => {
    const document = `query ($filter: CallFilter, $orderBy: CallOrder, $after: String) {
      calls(filter: $filter, orderBy: $orderBy, after: $after) { pageInfo { endCursor } }
    }`;
    const { calls } = await client.ask(document, one);
    const after = calls.pageInfo.endCursor ?? expect.fail('the list is empty');
    expect((await client.ask(document, { ...other, after })).calls.pageInfo.endCursor).toBeNull();
  });

  it('of a row that has moved meanwhile is still valid', async () => {
    const list: List = { field: 'calls', orderBy: { field: 'DURATION', direction: 'DESC' } };
    const all = await pageOf(client, list, { first: 200 });
    const [, second, ...rest] = all.edges;
    await client.ask(
      'mutation ($v: VoiceCallLocator!) { patchVoiceCall(voiceCall: $v, input: { duration: 1 }) { errors { message } } }',
      { v: { call: { id: second?.node.id } } },
    );
    const page = await pageOf(client, list, { first: 200, after: second?.cursor });
    const unmoved = page.nodes.filter(({ id }) => id !== second?.node.id);
    expect(unmoved).toEqual(rest.map(({ node }) => node));
  });

  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    ['STARTED_AT', 'x'],
    ['STARTED_AT', '2024-01-15'],
    ['STARTED_AT', '2024-01-15T10:00:00Z'],
    ['STARTED_AT', '1'],
    ['STARTED_AT', 'infinity'],
    ['STARTED_AT', '+275760-09-13T00:00:00.000Z'],
    ['STARTED_AT', '-000001-01-01T00:00:00.000Z'],
    ['STARTED_AT', '0000-01-01T00:00:00.000Z'],
    ['UPDATED_AT', ''],
    ['DURATION', '-1'],
    ['DURATION', '1.5'],
    ['DURATION', '01'],
    ['DURATION', '2147483648'],
    ['DURATION', "1' or 1=1 --"],
  ])('of the order %s does not hold %j', async (field, value) => {
    const name = `calls by ${field} DESC`;
    const [kind] = Buffer.from(cursors.get(name) ?? '', 'base64url')
      .toString()
      .split('|');
    const uuid = Buffer.from(cursors.get('calls') ?? '', 'base64url')
      .toString()
      .split('|')[1];
    const list: List = { field: 'calls', orderBy: { field, direction: 'DESC' } };
    const page = pageOf(client, list, { after: encoded(`${kind}|${value}|${uuid}`) });
    await expect(page).rejects.toThrow(/after is not a cursor of this list.*BAD_USER_INPUT/);
  });
});
