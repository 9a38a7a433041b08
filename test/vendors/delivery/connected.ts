import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { uuidIn } from '../../support/events.js';
import type { Answer, Client, TestGateway } from '../../support/gateway.js';
import { type GivenAccount, givenAccount } from '../../support/vendors/accounts.js';
import type { FakeVendor } from '../../support/vendors/fake-vendor.js';
import type { SeenRequest } from '../../support/vendors/observations.js';

type Data = Answer['data'];

/** An account at a fake vendor, without the wait of a real one's rate. */
export async function connect(
  { database }: TestGateway,
  client: Client,
  { url, ...given }: GivenAccount & { url: string },
): Promise<Data> {
  const account = await givenAccount(client, { ...given, url });
  await database.db.execute(
    sql`update vendor_accounts set rate = 1000, base_rate = 1000 where id = ${uuidIn(account.id)}`,
  );
  return account;
}

/** Of all calls, oldest first. */
export async function readDeliveries(client: Client): Promise<Data[]> {
  const { deliveries } = await client.ask(
    '{ deliveries(first: 200) { nodes { id kind state attempts lastError account { id system } call { id } } } }',
  );
  return deliveries.nodes.toReversed();
}

const statesOf = async (client: Client) =>
  (await readDeliveries(client)).map(({ kind, state }) => `${kind} ${state}`);

/** Waits until the organization's deliveries are these, in whatever order. */
export const settled = (client: Client, expected: string[]): Promise<void> =>
  expect.poll(async () => (await statesOf(client)).toSorted()).toEqual(expected.toSorted());

export const lineOf = ({ method, path }: SeenRequest): string => `${method} ${path}`;

/** What the document of a request shows of it. */
export const shown = (request: SeenRequest) => ({
  line: lineOf(request),
  authorization: request.headers.authorization,
  type: request.headers['content-type'],
  body: request.body,
});

export const linesOf = ({ requests }: FakeVendor): string[] => requests.map(lineOf);
