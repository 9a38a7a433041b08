import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/db/database.js';
import { CALLS_CHANGED, followOver, TRANSPORTS } from '../live/followers.js';
import { upsertCall } from '../support/documents.js';
import { type Client, openShardedGateway, type TestGateway } from '../support/gateway.js';
import { Issuer, newSigningKey } from '../support/issuer.js';
import { openBurki } from '../support/vendors/burki.js';
import { BYTES, givenAtBurki, heard, listen, plainUrl } from '../vendors/audio/listening.js';
import { connect, settled } from '../vendors/delivery/connected.js';
import { deliver, givenHook, readMessages } from '../vendors/inbound/hooks.js';

let gateway: TestGateway;
let issuer: Issuer;
/** With the third database. */
let there: TestGateway;
let client: Client;

beforeAll(async () => {
  issuer = await Issuer.open();
  issuer.keys.push(await newSigningKey('RS256'));
  gateway = await openShardedGateway({ jwt: issuer.config(), persistedOperations: 'auto' }, 3);
  there = { ...gateway, database: gateway.databases[2] as Database };
  client = await gateway.client({ organization: 'elsewhere' }, 2);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const named = (value: string) => ({ references: [{ system: 'OTHER', name: 'case', value }] });

describe('an organization on the third database', () => {
  it.each(TRANSPORTS)('is sent its changes, after a cursor too: %s', async (transport) => {
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const target = { url: gateway.url, token: client.token };
    const follower = followOver(transport, target, CALLS_CHANGED, { after });
    const { call } = await upsertCall(client, named(`live-${transport}`));
    const [change] = await follower.until(1);
    expect(change).toMatchObject({ kind: 'REGISTERED', call: { id: call.id } });
    const other = await upsertCall(client, named(`again-${transport}`));
    const again = followOver(transport, target, CALLS_CHANGED, { after: change.cursor });
    expect(await again.until(1)).toMatchObject([{ call: { id: other.call.id } }]);
  });

  it('signs people in', async () => {
    const token = await issuer.token({ organization: 'elsewhere' });
    const { viewer, calls } = await gateway
      .anonymous(`Bearer ${token}`)
      .ask('{ viewer { organization { slug } } calls { totalCount } }');
    expect(viewer.organization.slug).toBe('elsewhere');
    expect(calls.totalCount).toBeGreaterThan(0);
  });

  it('has its recordings played, with a token and by their signed URL', async () => {
    const burki = await openBurki();
    onTestFinished(() => burki.close());
    await connect(there, client, { system: 'BURKI', url: burki.url, sends: false });
    const recorded = await givenAtBurki(burki, client);
    expect((await heard(recorded.url)).bytes).toEqual(BYTES);
    const authorization = `Bearer ${client.token}`;
    expect((await listen(plainUrl(gateway, recorded.id), { authorization })).bytes).toEqual(BYTES);
  });

  it('has its webhooks processed, and its deliveries sent', async () => {
    const own = await gateway.client({}, 1);
    const hook = await givenHook(gateway, own, { system: 'BIRD' });
    await deliver(gateway, hook.url, { event: 'voice.inbound', payload: { id: 'x', status: 'ringing' } });
    await expect.poll(async () => (await readMessages(own)).length).toBe(1);
    const burki = await openBurki();
    onTestFinished(() => burki.close());
    const { call_sid } = burki.add({ id: 77 });
    const on = { ...gateway, database: gateway.databases[1] as Database };
    await connect(on, own, { system: 'BURKI', url: burki.url });
    const { call } = await upsertCall(own, {
      references: [{ system: 'BURKI', name: 'callSid', value: call_sid }],
    });
    await own.ask(
      'mutation ($id: ID!) { mergeCallMetadata(call: { id: $id }, metadata: { a: 1 }) { errors { message } } }',
      { id: call.id },
    );
    await settled(own, ['METADATA DELIVERED']);
  });

  it('has documents kept that are sent by their hash', async () => {
    const query = 'query Kept { calls(first: 1) { totalCount } }';
    const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
    const send = (body: object) =>
      fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
        body: JSON.stringify({ extensions: { persistedQuery }, ...body }),
      }).then((response) => response.json());
    expect(await send({})).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] });
    expect(await send({ query })).toHaveProperty('data.calls');
    expect(await send({})).toHaveProperty('data.calls');
    const kept = async () => [
      ...(await there.database.db.execute(sql`select document from persisted_operations`)),
    ];
    await expect.poll(kept).toEqual([{ document: query }]);
  });
});

describe('the first database', () => {
  it('has nothing of organizations elsewhere but their names and keys', async () => {
    const { db } = gateway.database;
    const tables = await db.execute<{ name: string }>(sql`
      select c.table_name as name from information_schema.columns c
      where c.column_name = 'organization_id' and c.table_schema = 'public'`);
    const filled: string[] = [];
    for (const { name } of tables) {
      const [row] = await db.execute(sql`select from ${sql.identifier(name)} limit 1`);
      if (row !== undefined) filled.push(name);
    }
    expect(filled.toSorted()).toEqual(['api_keys', 'organizations']);
  });
});
