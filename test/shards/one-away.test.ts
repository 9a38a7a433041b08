import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { upsertCall } from '../support/documents.js';
import { type Client, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { openRelay, type Relay } from '../support/relay.js';
import { givenHook, type Hook, post } from '../vendors/inbound/hooks.js';

let gateway: TestGateway;
let relay: Relay;
/** By the number of their database. */
let clients: [Client, Client];
let hooks: [Hook, Hook];

beforeAll(async () => {
  const [first, second] = [await createTestDatabase(), await createTestDatabase()];
  relay = await openRelay(second.url);
  const drop = async () => {
    await relay.close();
    await first.drop();
    await second.drop();
  };
  gateway = await openGatewayOn(first.url, {}, drop, 'silent', { timeout: 3 }, [relay.url]);
  const given = async (shard: number): Promise<[Client, Hook]> => {
    const client = await gateway.client({}, shard);
    return [client, await givenHook(gateway, client, { system: 'BIRD', receives: true })];
  };
  const [here, there] = [await given(0), await given(1)];
  clients = [here[0], there[0]];
  hooks = [here[1], there[1]];
});
afterAll(() => gateway.close());

const CALLS = '{ calls { totalCount } }';
const ready = async () => {
  const response = await fetch(new URL('/health/ready', gateway.url));
  return { status: response.status, body: (await response.json()) as { checks: unknown } };
};
const stored = (each: Hook) => post(gateway, new URL(each.url).pathname, { some: 'thing' });

describe('with a database that is away', () => {
  it('its organizations alone get 503, and are served again as soon as it is back', async () => {
    const [here, there] = clients;
    const follower = followOver('ws', { url: gateway.url, token: there.token }, CALLS_CHANGED);
    await gateway.subscribers(1);
    expect(await ready()).toMatchObject({ status: 200, body: { checks: { shards: ['ok', 'ok'] } } });
    await relay.cut();
    expect(await there.send(CALLS)).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    expect(await stored(hooks[1])).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
    expect(await here.send(CALLS)).toMatchObject({ status: 200, data: { calls: { totalCount: 0 } } });
    expect(await stored(hooks[0])).toMatchObject({ status: 200 });
    // It may be a token of the database that is away.
    expect(await post(gateway, '/hooks/bird/unknown', {})).toMatchObject({ status: 503 });
    await expect
      .poll(ready, { timeout: 10_000 })
      .toMatchObject({ status: 200, body: { checks: { database: 'ok', shards: ['ok', 'away'] } } });
    await relay.mend();
    await expect.poll(async () => (await there.send(CALLS)).status, { timeout: 30_000 }).toBe(200);
    const { call } = await upsertCall(there, { references: [{ system: 'OTHER', name: 'case', value: '1' }] });
    expect(await follower.until(1)).toMatchObject([{ call: { id: call.id } }]);
    expect(await stored(hooks[1])).toMatchObject({ status: 200 });
    expect(await post(gateway, '/hooks/bird/unknown', {})).toMatchObject({ status: 404 });
  });

  it('tells the metrics of each apart', async () => {
    const text = await (await fetch(new URL('/metrics', gateway.url))).text();
    for (const name of [
      'database_pool_size',
      'database_pool_in_use',
      'database_pool_waiting',
      'database_statements_total',
      'log_held_seconds',
    ]) {
      for (const shard of [0, 1]) {
        expect(text).toMatch(new RegExp(`^switchboard_${name}\\{shard="${shard}"\\} \\d`, 'm'));
      }
    }
    expect(text).toMatch(/^switchboard_inbound_pending\{system="BIRD",shard="1"\} \d+$/m);
  });
});

describe('an organization on a database that this gateway does not have', () => {
  it('gets 503', async () => {
    const client = await gateway.client({}, 1);
    await gateway.database.db.execute(sql`update organizations set shard = 7 where shard = 1`);
    expect(await client.send(CALLS)).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
  });
});
