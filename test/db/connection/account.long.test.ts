import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Account, currentAccount } from '../../../src/db/connection/account.js';
import { decodeId } from '../../../src/graphql/ids.js';
import { ASKINGS } from '../../identity/root-fields.js';
import { wholeRoot } from '../../identity/whole-selection.js';
import { makeWorld, type Names } from '../../identity/world.js';
import { CALLS_CHANGED, followOver, TRANSPORTS } from '../../live/followers.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';

interface Charged {
  query: string;
  account: Account | null;
}

let gateway: TestGateway;
let client: Client;
let names: Names;
let organization: string;
let charged: Charged[];

beforeAll(async () => {
  gateway = await openTestGateway({ graphqlMaxAliases: 1_000, vendors: false });
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
  organization = decodeId(names.organization)?.uuid ?? '';
  const { db } = gateway.database;
  const begin = db.transaction.bind(db);
  vi.spyOn(db, 'transaction').mockImplementation((work, config) => {
    const account = currentAccount();
    take();
    return begin((tx) => work(tx).finally(() => take(account)), config);
  });
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.takeCharged();
  charged = [];
});

function take(transaction: Account | null = null): void {
  for (const { query, account } of gateway.takeCharged()) {
    charged.push({ query, account: account ?? transaction });
  }
}

/** Statements of the gateway's own: sign-in, key checks and the log of all subscribers. */
const OWN = /"api_keys"|s\(organization, s_label, s_seq, s_limit\)/;

/** Expects at least one statement, and that all were charged to the organization. */
function expectCharged(): void {
  take();
  const asked = charged.filter(({ query, account }) => account !== null || !OWN.test(query));
  expect(asked.filter(({ account }) => account?.organization !== organization)).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
}

const keys = () => new Set(charged.flatMap(({ account }) => account?.key ?? []));

const FAR = { metadata: { contains: { a: 1 } } };
const LISTS: [filter: object, orderBy: object][] = [
  [{}, { field: 'CREATED_AT', direction: 'ASC' }],
  [{ status: ['RINGING', 'IN_PROGRESS'], direction: ['UNKNOWN'] }, { field: 'CREATED_AT' }],
  [FAR, { field: 'CREATED_AT' }],
  [
    { ...FAR, tags: { allOf: ['x'] } },
    { field: 'CREATED_AT', direction: 'ASC' },
  ],
  ...['STARTED_AT', 'UPDATED_AT', 'DURATION'].map((field): [object, object] => [
    { status: ['IN_PROGRESS'] },
    { field },
  ]),
];
const PAGE = 'edges { cursor } nodes { id callFlow { id } } totalCount';
const LIST = `query ($filter: CallFilter, $orderBy: CallOrder, $after: String) {
  calls(filter: $filter, orderBy: $orderBy, after: $after) { ${PAGE} }
}`;

describe('every statement of a request is charged to its organization and key', () => {
  it.each(ASKINGS.filter(({ field, by }) => field !== 'viewer' && by !== 'the id of a organization'))(
    '$field by $by',
    async ({ document, variables }) => {
      const { errors } = await client.send(document, variables(names));
      expect(errors).toBeUndefined();
      expectCharged();
      expect(keys().size).toBe(1);
      expect(keys()).not.toContain('');
    },
  );

  it.each(LISTS)('a list by %j in the order %j', async (filter, orderBy) => {
    const { calls } = await client.ask(LIST, { filter, orderBy });
    expectCharged();
    const after = calls.edges[0]?.cursor;
    await client.ask(LIST, { filter, orderBy, after });
    expectCharged();
  });

  it('all fields of a call, with either executor', async () => {
    const selection = wholeRoot('query', 'call', 3);
    for (let time = 1; time <= 3; time += 1) {
      await client.ask(`query ($id: ID!) { call(id: $id) ${selection} }`, { id: names.call });
      expectCharged();
    }
  });

  it('what several keys share is charged to their organization', async () => {
    const { slug } = (await client.ask('{ viewer { organization { slug } } }')).viewer.organization;
    const other = await gateway.client({ organization: slug });
    const query = 'query ($id: ID!) { call(id: $id) { id } }';
    await vi.waitFor(async () => {
      gateway.takeCharged();
      charged = [];
      await Promise.all(
        [client, other].flatMap(({ ask }) => [
          ask(query, { id: names.call }),
          ask(query, { id: names.call }),
        ]),
      );
      expectCharged();
      expect(keys()).toContain('');
    });
  });

  it.each(TRANSPORTS)('a subscription over %s, its replay and its answers', async (transport) => {
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const call = await givenCall(client);
    const variables = { filter: { status: ['UNKNOWN'] }, after };
    const follower = followOver(
      transport,
      { url: gateway.url, token: client.token },
      CALLS_CHANGED,
      variables,
    );
    await gateway.subscribers(1);
    await follower.until(1);
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { b: 1 } });
    await follower.until(2);
    follower.stop();
    await gateway.subscribers(0);
    expectCharged();
  });
});
