import { sql } from 'drizzle-orm';
import { expect, inject, it, onTestFinished } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { clientOf, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, TRANSPORTS } from './followers.js';

const UPDATES = 'subscription ($after: String) { callUpdates(after: $after) { cursor } }';
const UPDATED =
  'subscription ($call: CallLocator!, $after: String) { callUpdated(call: $call, after: $after) { cursor } }';
const LOST = [{ message: expect.stringMatching(/reset.*read again/), extensions: { code: 'CURSOR_LOST' } }];

const epochOf = async (url: string): Promise<number> => {
  let epoch = -1;
  await onServer(url, async (query) => {
    const [row] = await query`select epoch::int from log_epoch`;
    epoch = row?.epoch;
  });
  return epoch;
};

/** An unused copy of a database, like a backup restored elsewhere. */
async function copyOf(url: string): Promise<string> {
  const [from, to] = [new URL(url).pathname.slice(1), `${new URL(url).pathname.slice(1)}_copy`];
  await onServer(inject('adminUrl'), (query) => query`create database ${query(to)} template ${query(from)}`);
  onTestFinished(() =>
    onServer(inject('adminUrl'), (query) => query`drop database ${query(to)} with (force)`),
  );
  return databaseUrl(url, to);
}

it('a cursor from the lost future of a restored database is refused, and earlier ones are valid', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  const before = await openGatewayOn(test.url);
  const client = await before.client();
  const { token } = client;
  const call = await givenCall(client);
  const { changeCursor: kept } = await client.ask('{ changeCursor }');
  await before.close();
  const restored = await copyOf(test.url);
  const later = await openGatewayOn(test.url);
  const after = clientOf(later.url, token, `Bearer ${token}`);
  for (const n of [1, 2, 3]) await mergeCallMetadata(after, { call: { id: call.id }, metadata: { n } });
  const { changeCursor: lost } = await after.ask('{ changeCursor }');
  await later.close();

  const epoch = await epochOf(restored);
  // Any command will do; the second one has nothing to do.
  for (const _ of [1, 2]) {
    const { code } = await runProgram('cli/main.js', ['keys', 'list'], { DATABASE_URL: restored });
    expect({ code, epoch: await epochOf(restored) }).toEqual({ code: 0, epoch: epoch + 1 });
  }
  const gateway = await openGatewayOn(restored);
  onTestFinished(gateway.close);
  const target = { url: gateway.url, token };
  for (const transport of TRANSPORTS) {
    const followers = [
      followOver(transport, target, CALLS_CHANGED, { after: lost }),
      followOver(transport, target, CALL_CHANGED, { call: { id: call.id }, after: lost }),
      followOver(transport, target, UPDATES, { after: lost }),
      followOver(transport, target, UPDATED, { call: { id: call.id }, after: lost }),
    ];
    for (const follower of followers) {
      await follower.ended();
      expect(follower.errors).toMatchObject(LOST);
      expect(follower.changes).toEqual([]);
    }
  }
  const good = followOver('ws', target, CALLS_CHANGED, { after: kept });
  const here = clientOf(gateway.url, token, `Bearer ${token}`);
  for (const n of [5, 6]) await mergeCallMetadata(here, { call: { id: call.id }, metadata: { n } });
  expect((await good.until(2)).map(({ newValues: { metadata } }) => metadata)).toMatchObject([
    { n: 5 },
    { n: 6 },
  ]);
  // Even if the log has grown longer than it was then.
  const again = followOver('ws', target, CALLS_CHANGED, { after: lost });
  await again.ended();
  expect(again.errors).toMatchObject(LOST);
});

it.each(TRANSPORTS)(
  'subscribers over %s whose position is lost are ended, and others are not',
  async (transport) => {
    const gateway: TestGateway = await openTestGateway();
    onTestFinished(() => gateway.close());
    const [ours, theirs] = [await gateway.client(), await gateway.client()];
    const call = await givenCall(ours);
    await givenCall(theirs);
    const [lost, one, other] = [
      followOver(transport, { url: gateway.url, token: ours.token }),
      followOver(transport, { url: gateway.url, token: ours.token }, CALL_CHANGED, { call: { id: call.id } }),
      followOver(transport, { url: gateway.url, token: theirs.token }),
    ];
    await gateway.subscribers(3);
    await mergeCallMetadata(ours, { call: { id: call.id }, metadata: { n: 1 } });
    await Promise.all([lost.until(1), one.until(1)]);
    // Like a standby that had not received it when it was promoted.
    await gateway.database.db.execute(sql`delete from call_changes where kind = 'METADATA_MERGED'`);
    for (const follower of [lost, one]) {
      await follower.ended();
      expect(follower.errors).toMatchObject(LOST);
    }
    const { changeCursor: after } = await ours.ask('{ changeCursor }');
    const anew = followOver(transport, { url: gateway.url, token: ours.token }, CALLS_CHANGED, { after });
    await mergeCallMetadata(ours, { call: { id: call.id }, metadata: { n: 2 } });
    expect(await anew.until(1)).toMatchObject([{ newValues: { metadata: { n: 2 } } }]);
    expect(other.over).toBeUndefined();
  },
);
