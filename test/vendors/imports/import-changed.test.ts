import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Follower, followOver, TRANSPORTS, type Transport } from '../../live/followers.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { givenImport as givenStored } from '../../support/imports.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { openBurki } from '../../support/vendors/burki.js';
import { connect } from '../delivery/connected.js';
import { cancelImport, givenImport, IMPORT, readImport } from './imports.js';

const CALL_IMPORT_CHANGED = `subscription ($id: ID!) { callImportChanged(id: $id) { ${IMPORT} } }`;

let gateway: TestGateway;
let organization: string;
let client: Client;
let account: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  organization = `org-${randomUUID()}`;
  client = await gateway.client({ organization });
  ({ id: account } = await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' }));
});
afterAll(() => gateway.close());

function follow(
  id: string,
  { transport = 'ws' as Transport, on = gateway, token = client.token } = {},
): Follower {
  return followOver(transport, { url: on.url, token }, CALL_IMPORT_CHANGED, { id });
}

/** An import that no worker goes on with, with three calls read. */
const stored = () => givenStored(gateway.database, account);
const change = (id: string, changes: string) =>
  gateway.database.db.execute(sql`update call_imports set ${sql.raw(changes)} where id = ${uuidIn(id)}`);
const seen = ({ changes }: Follower) => changes.map((each) => each.seen);

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('an import is sent as it is, as it changes, and the subscription is complete once it has ended', async () => {
    const id = await stored();
    const follower = follow(id, { transport });
    await follower.until(1);
    expect(follower.changes[0]).toEqual(await readImport(client, id));
    await change(id, 'seen = 500, total = 1000');
    await follower.until(2);
    await cancelImport(client, id);
    expect(await follower.ended()).toBe('complete');
    expect(follower.changes.map(({ state, seen }) => [state, seen])).toEqual([
      ['RUNNING', 3],
      ['RUNNING', 500],
      ['CANCELED', 500],
    ]);
    expect(follower.changes.at(-1)).toEqual(await readImport(client, id));
    await gateway.subscribers(0);
  });

  it('one that has ended before is sent once', async () => {
    const id = await stored();
    await cancelImport(client, id);
    const follower = follow(id, { transport });
    expect(await follower.ended()).toBe('complete');
    expect(follower.changes).toMatchObject([{ id, state: 'CANCELED' }]);
  });

  it('requires a sign-in and ADMIN', async () => {
    const id = await stored();
    const reader = await gateway.client({ organization, scopes: ['CALLS_READ', 'METADATA_WRITE'] });
    const refused = follow(id, { transport, token: reader.token });
    await refused.ended();
    expect(refused.errors).toMatchObject([{ message: /ADMIN/, extensions: { code: 'FORBIDDEN' } }]);
    const anonymous = followOver(transport, { url: gateway.url }, CALL_IMPORT_CHANGED, { id });
    await anonymous.ended();
    expect([refused.changes, anonymous.changes]).toEqual([[], []]);
  });

  it('another organization’s is as unknown as none', async () => {
    const id = await stored();
    const { token } = await gateway.client();
    const theirs = follow(id, { transport, token });
    await theirs.ended();
    expect(theirs.errors).toMatchObject([
      { message: `Import with id ${id} not found in your organization`, extensions: { code: 'NOT_FOUND' } },
    ]);
    const malformed = follow('call_1', { transport });
    await malformed.ended();
    expect(malformed.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect([theirs.changes, malformed.changes]).toEqual([[], []]);
  });
});

it('a real import is followed from its start to its end', async () => {
  const burki = await openBurki();
  onTestFinished(() => burki.close());
  for (let n = 1; n <= 1_200; n += 1) {
    burki.add({ id: n, started_at: new Date(Date.UTC(2024, 0, 1) + n * 1_000).toISOString() });
  }
  const { id: at } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
  const { id } = await givenImport(client, at);
  const follower = follow(id);
  expect(await follower.ended()).toBe('complete');
  expect(seen(follower)).toEqual(seen(follower).toSorted((a, b) => a - b));
  expect(follower.changes.at(-1)).toMatchObject({
    state: 'DONE',
    seen: 1_200,
    created: 1_200,
    account: { id: at },
  });
});

it('only what is shown is a change: a claim is none', async () => {
  const id = await stored();
  const follower = follow(id);
  await follower.until(1);
  await change(id, "claim = gen_random_uuid(), claimed_until = now() + interval '1 minute', attempts = 7");
  await sleep(1_500);
  expect(seen(follower)).toEqual([3]);
  await change(id, 'seen = 4');
  await follower.until(2);
  expect(seen(follower)).toEqual([3, 4]);
});

it('many follow different imports, each its own, also through another gateway', async () => {
  const second = await openGatewayOn(gateway.databaseUrl, { vendors: false });
  onTestFinished(() => second.close());
  const { id: other } = await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' });
  const ids = [await stored(), await givenStored(gateway.database, other)];
  const followers = ids.flatMap((id) => [follow(id), follow(id, { transport: 'sse', on: second })]);
  for (const follower of followers) await follower.until(1);
  await change(ids[0] ?? '', 'seen = 10');
  for (const follower of followers.slice(0, 2)) await follower.until(2);
  await change(ids[1] ?? '', 'seen = 20');
  for (const follower of followers.slice(2)) await follower.until(2);
  expect(followers.map(seen)).toEqual([
    [3, 10],
    [3, 10],
    [3, 20],
    [3, 20],
  ]);
  for (const follower of followers) follower.stop();
  await gateway.subscribers(0);
  await second.subscribers(0);
});

it('a revoked key is signed out, and without subscribers nothing is read', async () => {
  const id = await stored();
  const follower = follow(id);
  await follower.until(1);
  await gateway.database.db.execute(
    sql`update api_keys set expires_at = now() where token_hash = sha256(${client.token}::text::bytea)`,
  );
  await follower.ended();
  await gateway.subscribers(0);
  gateway.takeStatements();
  await sleep(1_500);
  expect(gateway.takeStatements().filter((statement) => /call_imports/.test(statement))).toEqual([]);
});
