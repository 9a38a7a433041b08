import { expect } from 'vitest';
import type { Answer, Client, Variables } from '../support/gateway.js';

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}

const PAGE =
  '{ edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }';

export interface List {
  field: string;
  type?: 'Call' | 'VoiceCall' | 'CallEvent';
  filter?: object;
  orderBy?: object;
  call?: string;
  group?: string;
  event?: string;
}

const PARENTS = { call: 'Call', group: 'CallGroup', event: 'CallEvent' } as const;

const ownTypes = ({ type = 'Call', filter, orderBy }: List): Record<string, string> => ({
  ...(filter && { filter: `${type}Filter` }),
  ...(orderBy && { orderBy: `${type}Order` }),
});

const parentOf = (list: List) =>
  (['call', 'group', 'event'] as const).find((name) => list[name] !== undefined);

/** The first item after each of the cursors, as p0, p1, …, in one request. */
export function pagesAfter(client: Client, list: List, cursors: string[]): Promise<Answer> {
  const { field, filter, orderBy } = list;
  const parent = parentOf(list);
  const own = Object.entries(ownTypes(list));
  const declared = [
    ...own.map(([name, type]) => `$${name}: ${type}`),
    ...cursors.map((_, index) => `$c${index}: String`),
    ...(parent === undefined ? [] : ['$id: ID!']),
  ];
  const pages = cursors.map((_, index) => {
    const args = [...own.map(([name]) => `${name}: $${name}`), 'first: 1', `after: $c${index}`];
    const page = `${field}(${args.join(', ')}) { nodes { id } }`;
    const root = parent === undefined ? page : `node(id: $id) { ... on ${PARENTS[parent]} { ${page} } }`;
    return `p${index}: ${root}`;
  });
  const given = Object.fromEntries(cursors.map((cursor, index) => [`c${index}`, cursor]));
  const variables = { filter, orderBy, ...given, ...(parent && { id: list[parent] }) };
  return client.send(`query (${declared.join(', ')}) { ${pages.join('\n')} }`, variables);
}

export async function pageOf(client: Client, list: List, args: Variables): Promise<Page> {
  const { field, filter, orderBy } = list;
  const own = ownTypes(list);
  const types = { first: 'Int', last: 'Int', after: 'String', before: 'String', ...own };
  const declared = Object.entries(types).map(([name, each]) => `$${name}: ${each}`);
  const used = Object.keys(types).map((name) => `${name}: $${name}`);
  const selected = `${field}(${used.join(', ')}) ${PAGE}`;
  const parent = parentOf(list);
  const document =
    parent === undefined
      ? `query (${declared.join(', ')}) { ${selected} }`
      : `query ($id: ID!, ${declared.join(', ')}) { node(id: $id) { ... on ${PARENTS[parent]} { ${selected} } } }`;
  const data = await client.ask(document, { filter, orderBy, ...args, ...(parent && { id: list[parent] }) });
  const page: Page = parent === undefined ? data[field] : data.node[field];
  expectWhole(page);
  return page;
}

/** A page is consistent in itself. */
function expectWhole({ edges, nodes, pageInfo }: Page): void {
  expect(edges.map(({ node }) => node)).toEqual(nodes);
  expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
  expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
  expect(new Set(edges.map(({ cursor }) => cursor)).size).toBe(edges.length);
}

const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

export async function walkForward(client: Client, list: List, first: number): Promise<string[][]> {
  const pages: string[][] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page = await pageOf(client, list, { first, after });
    pages.push(idsOf(page));
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    if (!page.pageInfo.hasNextPage) return pages;
    after = page.pageInfo.endCursor;
  }
}

/** Reads a list from its end to its beginning, page by page; each page is in the list's own order. */
export async function walkBackward(client: Client, list: List, last: number): Promise<string[][]> {
  const pages: string[][] = [];
  let before: string | null = null;
  for (;;) {
    const page: Page = await pageOf(client, list, { last, before });
    pages.unshift(idsOf(page));
    expect(page.pageInfo.hasNextPage).toBe(before !== null);
    if (!page.pageInfo.hasPreviousPage) return pages;
    before = page.pageInfo.startCursor;
  }
}
