import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMatchRule, other, readEvent, recordCallEvent, session, upserted } from '../events/events.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { givenDelivery, givenSender, setDelivery } from '../support/deliveries.js';
import { mergeCallMetadata, replaceCallFlow } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenMessage } from '../support/messages.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { prune } from './prune.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
  client = await gateway.client();
});
afterAll(() => gateway.close());

const ended = (value: string, more = {}) =>
  upserted(client, { references: [other(value)], status: 'COMPLETED', ...more });
const isThere = async (id: string) =>
  (await client.ask('query ($id: ID!) { call(id: $id) { id } }', { id })).call !== null;
const rowsOf = async (table: string, where: ReturnType<typeof sql>) => {
  const [row] = await gateway.database.db.execute<{ rows: number }>(
    sql`select count(*)::integer as rows from ${sql.identifier(table)} where ${where}`,
  );
  return row?.rows;
};

describe('a round', () => {
  it('prunes nothing that is younger', async () => {
    const { id } = await ended('young');
    const days = { events: 1, deliveries: 1, messages: 1, bodies: 1, keys: 1, log: 1, calls: 1 };
    expect(await prune(gateway, days)).toEqual({});
    expect(await isThere(id)).toBe(true);
  });

  it('is not begun while another one is under way, nor just after it', async () => {
    const { db } = gateway.database;
    await ended('busy');
    await db.execute(
      sql`update retention set claim = gen_random_uuid(), claimed_until = clock_timestamp() + interval '1 minute'`,
    );
    expect(await prune(gateway, { log: 0 })).toEqual({});
    await db.execute(sql`update retention set claimed_until = clock_timestamp() - interval '1 second'`);
    expect(await prune(gateway, { log: 0 })).toMatchObject({ log: expect.any(Number) });
    const [row] = await db.execute<{ is_free: boolean }>(
      sql`select claim is null and due_at > clock_timestamp() + interval '50 minutes' as is_free from retention`,
    );
    expect(row?.is_free).toBe(true);
  });
});

describe('calls', () => {
  it('go once they have ended, with all that is theirs, as by an erasure; those that are live stay', async () => {
    const gone = await ended('gone', { metadata: { a: 1 }, groups: [{ kind: 'case', key: 'gone' }] });
    await recordCallEvent(client, { target: { call: { id: gone.id } }, metadata: { b: 1 } });
    const live = await upserted(client, { references: [other('live')], status: 'IN_PROGRESS' });
    const parent = await ended('parent');
    const child = await upserted(client, {
      references: [other('child')],
      status: 'RINGING',
      parent: { reference: other('parent') },
    });
    const follower = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED, {});
    await gateway.subscribers(1);
    await prune(gateway, { calls: 0 });
    expect(await Promise.all([gone, live, parent, child].map(({ id }) => isThere(id)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    const erased =
      (await follower.until(1)).find(({ call }) => call.id === gone.id) ?? follower.changes.at(-1);
    expect(erased).toMatchObject({ kind: 'ERASED', actor: 'retention' });
    follower.stop();
    for (const table of [
      'call_references',
      'call_events',
      'call_groups',
      'call_checkpoints',
      'checkpoint_patches',
    ]) {
      const own = {
        call_references: sql`value = 'gone'`,
        call_groups: sql`key = 'gone'`,
        call_events: sql`metadata ? 'b'`,
      };
      expect(await rowsOf(table, own[table as keyof typeof own] ?? sql`call_id = ${uuidIn(gone.id)}`)).toBe(
        0,
      );
    }
    // It is made anew if it is reported again.
    expect((await ended('gone')).id).not.toBe(gone.id);
    await upserted(client, { references: [other('child')], status: 'COMPLETED' });
    await prune(gateway, { calls: 0 });
    await prune(gateway, { calls: 0 });
    expect(await Promise.all([parent, child].map(({ id }) => isThere(id)))).toEqual([false, false]);
  });

  it('stay while a delivery is to be sent or replayed', async () => {
    const account = await givenSender(gateway.database, client);
    const { id } = await ended('sent');
    const delivery = await givenDelivery(gateway.database, account, id);
    for (const state of ['PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD'] as const) {
      await setDelivery(gateway.database, delivery, { state });
      await prune(gateway, { calls: 0 });
      expect(await isThere(id)).toBe(true);
    }
    await setDelivery(gateway.database, delivery, { state: 'DELIVERED' });
    await prune(gateway, { calls: 0 });
    expect(await isThere(id)).toBe(false);
  });

  it('stay while an undecided event may be assigned to them', async () => {
    await createMatchRule(client, { name: 'customer', metadataPath: ['ani'], callField: 'CUSTOMER_NUMBER' });
    const both = [
      await ended('one', { customerNumber: '+15550001' }),
      await ended('other', { customerNumber: '+15550001' }),
    ];
    const { event } = await recordCallEvent(client, { metadata: { ani: '+15550001' } });
    expect(event.match).toBe('AMBIGUOUS');
    await prune(gateway, { calls: 0 });
    expect(await Promise.all(both.map(({ id }) => isThere(id)))).toEqual([true, true]);
    await client.ask('mutation ($id: ID!) { dismissCallEvent(id: $id) { errors { code } } }', {
      id: event.id,
    });
    await prune(gateway, { calls: 0 });
    expect(await Promise.all(both.map(({ id }) => isThere(id)))).toEqual([false, false]);
  });

  it('leave no trace in the log once that is pruned', async () => {
    const { id } = await ended('traceless');
    await prune(gateway, { log: 0, calls: 0 });
    expect(await isThere(id)).toBe(false);
    await prune(gateway, { log: 0 });
    expect(await rowsOf('call_changes', sql`true`)).toBe(0);
    expect(await rowsOf('erased_changes', sql`true`)).toBe(0);
  });
});

describe('events', () => {
  it('go once they are decided, and what they changed stays', async () => {
    const client = await gateway.client();
    const { id } = await upserted(client, { references: [session('s-1')] });
    const { event } = await recordCallEvent(client, { target: { sessionId: 's-1' }, metadata: { a: 1 } });
    const { event: waiting } = await recordCallEvent(client, {
      target: { sessionId: 's-2' },
      metadata: { a: 2 },
    });
    const pruned = await prune(gateway, { events: 0 });
    expect(pruned.events).toBeGreaterThan(0);
    expect(await readEvent(client, event.id)).toBeNull();
    expect((await readEvent(client, waiting.id)).match).toBe('PENDING');
    await mergeCallMetadata(client, { call: { id }, metadata: { b: 1 } });
    const late = await recordCallEvent(client, {
      target: { sessionId: 's-1' },
      eventTime: '2020-01-01T00:00:00Z',
      metadata: { a: 0, c: 0 },
    });
    expect(late.event.match).toBe('MATCHED');
    const { call } = await client.ask(
      'query ($id: ID!) { call(id: $id) { metadata history(first: 9) { nodes { event { id } } } } }',
      { id },
    );
    expect(call.metadata).toEqual({ a: 1, b: 1, c: 0 });
    expect(call.history.nodes.at(-2)).toEqual({ event: null });
  });

  it('stay while a delivery of theirs is to be sent', async () => {
    await givenSender(gateway.database, client, { system: 'CREOVAI', kinds: ['EVENT'] });
    await upserted(client, { references: [session('s-1')] });
    const { event } = await recordCallEvent(client, { target: { sessionId: 's-1' }, metadata: { a: 3 } });
    await prune(gateway, { events: 0 });
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
    await gateway.database.db.execute(
      sql`update deliveries set state = 'DELIVERED' where event_id = ${uuidIn(event.id)}`,
    );
    await prune(gateway, { events: 0 });
    expect(await readEvent(client, event.id)).toBeNull();
  });
});

describe('what vendors are sent and send', () => {
  it('goes by its age: ended deliveries, processed messages, and before these their bodies', async () => {
    const { id } = await ended('vendors');
    const account = await givenSender(gateway.database, client, { name: 'sender' });
    const [open, done] = [
      await givenDelivery(gateway.database, account, id),
      await givenDelivery(gateway.database, account, id),
    ];
    await setDelivery(gateway.database, open, { state: 'DEAD' });
    await setDelivery(gateway.database, done, { state: 'DISCARDED' });
    const { id: receiver } = await givenAccount(client, { system: 'VCITA', url: 'http://127.0.0.1:1' });
    const message = await givenMessage(gateway.database, receiver, '{}');
    const isMessage = sql`id = ${uuidIn(message)}`;
    await gateway.database.db.execute(
      sql`update inbound_messages set state = 'APPLIED', next_attempt_at = null where ${isMessage}`,
    );
    expect(await prune(gateway, { bodies: 0 })).toMatchObject({ bodies: 1 });
    expect(await rowsOf('inbound_messages', sql`${isMessage} and body is null`)).toBe(1);
    expect(await prune(gateway, { deliveries: 0, messages: 0 })).toMatchObject({ messages: 1 });
    expect(await rowsOf('inbound_messages', isMessage)).toBe(0);
    expect(await rowsOf('deliveries', sql`id = ${uuidIn(open)}`)).toBe(1);
    expect(await rowsOf('deliveries', sql`id = ${uuidIn(done)}`)).toBe(0);
  });

  it('goes with idempotency keys: then a key makes a new flow', async () => {
    const { id } = await upserted(client, {
      references: [{ system: 'BIRD', name: 'id', value: 'keys' }],
      status: 'IN_PROGRESS',
    });
    const replace = () =>
      replaceCallFlow(client, {
        call: { id },
        commands: [{ say: { text: 'Hello' } }],
        idempotencyKey: 'k',
      });
    const [first, again] = [await replace(), await replace()];
    expect(again.callFlow.revision).toBe(first.callFlow.revision);
    expect(await prune(gateway, { keys: 0 })).toMatchObject({ keys: 1 });
    expect((await replace()).callFlow.revision).toBe(first.callFlow.revision + 1);
  });
});
