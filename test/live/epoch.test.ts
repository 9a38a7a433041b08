import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALLS_CHANGED, followOver } from './followers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const epoch = async () => {
  const [row] = await gateway.database.db.execute<{ start: string }>(
    sql`select call_change_epoch_start()::text as start`,
  );
  return BigInt(row?.start ?? 0);
};

it('a log that was restored into a cluster with lower transaction ids begins a new epoch, and is delivered in full', async () => {
  const client = await gateway.client();
  const { changeCursor: after } = await client.ask('{ changeCursor }');
  const call = await givenCall(client);
  await gateway.database.db.execute(sql`update call_changes set label = label + 1000000000`);
  await gateway.database.db.execute(sql`update calls set change_label = change_label + 1000000000`);
  const before = await epoch();
  await migrate(gateway.databaseUrl);
  expect(await epoch()).toBe(before + 2n ** 48n);
  await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
  const follower = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED, { after });
  await follower.until(2);
  await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 2 } });
  expect((await follower.until(3)).map(({ revision }) => revision)).toEqual([1, 2, 3]);
  await migrate(gateway.databaseUrl);
  expect(await epoch()).toBe(before + 2n ** 48n);
});
