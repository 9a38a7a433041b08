import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type Names } from '../identity/world.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
afterAll(() => gateway.close());

const LISTS = {
  calls: { open: '', close: '', own: () => names.callCursor },
  voiceCalls: { open: '', close: '', own: () => names.voiceCallCursor },
  callEvents: { open: '', close: '', own: () => names.eventCursor },
  callFlows: { open: 'call(id: $id) { ', close: ' }', own: () => names.flowCursor },
  history: { open: 'call(id: $id) { ', close: ' }', own: () => names.changeCursor },
  children: { open: 'call(id: $id) { ', close: ' }', own: () => names.childCursor },
  events: { open: 'call(id: $id) { ', close: ' }', own: () => names.eventOfCallCursor },
  'calls of a group': {
    open: 'node(id: $group) { ... on CallGroup { ',
    close: ' } }',
    own: () => names.callOfGroupCursor,
  },
  'calls of an event': {
    open: 'node(id: $event) { ... on CallEvent { ',
    close: ' } }',
    own: () => names.callOfEventCursor,
  },
};
const fieldOf = (list: string) => list.split(' ')[0] ?? list;
const IDS: Record<string, () => string> = {
  id: () => names.call,
  group: () => names.group,
  event: () => names.event,
};
const idOf = (open: string) => /\$(\w+)/.exec(open)?.[1] ?? null;
type List = keyof typeof LISTS;
const TYPES: Record<string, string> = { first: 'Int', last: 'Int', after: 'String', before: 'String' };

async function ask(list: List, args: Record<string, unknown>, asLiteral: boolean): Promise<Answer> {
  const { open, close } = LISTS[list];
  const [declared, used] = [
    Object.keys(args).map((name) => `$${name}: ${TYPES[name]}`),
    Object.entries(args).map(([name, value]) => `${name}: ${asLiteral ? JSON.stringify(value) : `$${name}`}`),
  ];
  const parent = idOf(open);
  const variables = [...(parent === null ? [] : [`$${parent}: ID!`]), ...(asLiteral ? [] : declared)];
  const document = `query ${variables.length > 0 ? `(${variables.join(', ')})` : ''} {
    ${open}${fieldOf(list)}(${used.join(', ')}) { totalCount nodes { id } }${close}
  }`;
  return client.send(document, {
    ...(parent === null ? {} : { [parent]: IDS[parent]?.() }),
    ...(asLiteral ? {} : args),
  });
}

/** Refused as BAD_USER_INPUT naming the argument, without reading a list. */
async function expectRefused(list: List, args: Record<string, unknown>, argument: string): Promise<void> {
  for (const asLiteral of [false, true]) {
    gateway.takeStatements();
    const { status, data, errors } = await ask(list, args, asLiteral);
    const statements = gateway.takeStatements();
    expect({ status, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
      status: 200,
      codes: ['BAD_USER_INPUT'],
    });
    expect(errors?.[0]?.message).toMatch(new RegExp(`^${argument}\\b`));
    const parent = /^\w*/.exec(LISTS[list].open)?.[0] ?? '';
    expect(errors?.[0]?.path).toEqual([...(parent === '' ? [] : [parent]), fieldOf(list)]);
    expect(Object.values(data)).toEqual([null]);
    expect(readsIn(statements)).toEqual([]);
  }
}

async function expectAllRefused(list: List, argument: string, cursors: string[]): Promise<void> {
  const { open, close } = LISTS[list];
  const parent = idOf(open);
  const nested = /^\w*/.exec(open)?.[0] ?? '';
  const aliases = cursors.map((_, index) => `p${index}`);
  for (const asLiteral of [false, true]) {
    const pages = cursors.map((cursor, index) => {
      const value = asLiteral ? JSON.stringify(cursor) : `$c${index}`;
      const page = `${fieldOf(list)}(${argument}: ${value}) { totalCount nodes { id } }`;
      return `p${index}: ${nested === '' ? page : `${open}${page}${close}`}`;
    });
    const declared = [
      ...(parent === null ? [] : [`$${parent}: ID!`]),
      ...(asLiteral ? [] : cursors.map((_, index) => `$c${index}: String`)),
    ];
    gateway.takeStatements();
    const { status, data, errors } = await client.send(
      `query ${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${pages.join('\n')} }`,
      {
        ...(parent === null ? {} : { [parent]: IDS[parent]?.() }),
        ...(asLiteral ? {} : Object.fromEntries(cursors.map((cursor, index) => [`c${index}`, cursor]))),
      },
    );
    expect(status).toBe(200);
    expect(data).toEqual(Object.fromEntries(aliases.map((alias) => [alias, null])));
    const reported = (errors ?? []).map(({ path = [], message, extensions }) => [
      path.join('.'),
      extensions.code,
      message.match(/^\w+/)?.[0],
    ]);
    const due = aliases.map((alias) => [
      nested === '' ? alias : `${alias}.${fieldOf(list)}`,
      'BAD_USER_INPUT',
      argument,
    ]);
    expect(reported.toSorted()).toEqual(due.toSorted());
    expect(readsIn(gateway.takeStatements())).toEqual([]);
  }
}

const readsIn = (statements: string[]) =>
  statements.filter((each) =>
    /\bcount\(|limit \$|call_flows|call_changes|call_event_calls|group_members/.test(each),
  );

describe.each(Object.keys(LISTS) as List[])('a page of %s', (list) => {
  it.each([
    [{ first: -1 }, 'first'],
    [{ first: 201 }, 'first'],
    [{ first: 2 ** 31 - 1 }, 'first'],
    [{ last: -1 }, 'last'],
    [{ last: 201 }, 'last'],
    [{ last: -(2 ** 31) }, 'last'],
    [{ first: 1, last: 1 }, 'first and last'],
  ])('is refused with %j', async (args, argument) => {
    await expectRefused(list, args, argument);
  });

  it.each(['after', 'before'])('is refused when %s is not a cursor from the list', async (argument) => {
    const own = LISTS[list].own();
    const encoded = (text: string) => Buffer.from(text).toString('base64url');
    const others = Object.entries(LISTS).filter(([name]) => name !== list);
    const foreign = [
      ...others.map(([, other]) => other.own()),
      '',
      ' ',
      'nonsense',
      `${own} `,
      `${own}=`,
      own.slice(0, -1),
      own.toUpperCase(),
      `${own}\0`,
      names.call,
      encoded('calls|'),
      encoded('calls|1'),
      encoded("calls|' or 1=1 --"),
      encoded(`${Buffer.from(own, 'base64url')}\0`),
      encoded('flows|1'),
      encoded(`calls|2024-01-15T10:00:00.000Z|${Buffer.from(own, 'base64url').toString().split('|')[1]}`),
      encoded('change|1'),
      encoded('change|99999999999999999999.1'),
      encoded('change|-1.1'),
      'x'.repeat(10_000),
    ];
    await expectRefused(list, { [argument]: own.slice(0, -1) }, argument);
    await expectAllRefused(list, argument, foreign);
  });

  it.each([{ first: 1 }, { first: 200 }, { last: 1 }, { last: 200 }, {}])(
    'is returned for %j',
    async (args) => {
      for (const cursors of [{}, { after: LISTS[list].own() }, { before: LISTS[list].own() }]) {
        const given = { ...args, ...cursors };
        if (Object.keys(given).length === 0) continue;
        const { errors } = await ask(list, given, false);
        expect(errors).toBeUndefined();
      }
    },
  );

  it('treats null as absent', async () => {
    const { errors } = await ask(list, { first: null, last: null, after: null, before: null }, false);
    expect(errors).toBeUndefined();
  });
});

it('more than 500 ids at once are refused', async () => {
  const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  const ids = new Array(501).fill(names.call);
  expect((await client.ask(document, { ids: ids.slice(1) })).nodes).toHaveLength(500);
  const { data, errors } = await client.send(document, { ids });
  expect(data ?? null).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringMatching(/^ids\b/), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});
