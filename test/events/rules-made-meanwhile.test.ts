import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { onServer } from '../support/server.js';
import { createMatchRule, other, recordCallEvent, upserted } from './events.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

test('events that come while a rule is made wait for it, and no transaction has to be repeated', async () => {
  const call = await upserted(client, { references: [other('x')] });
  gateway.takeStatements();
  await onServer(gateway.databaseUrl, async (sql) => {
    const [row] = await sql`select organization_id from calls where id = ${uuidIn(call.id)}`;
    const waiting = (count: number) =>
      expect
        .poll(
          async () => (await sql`select from pg_locks where not granted and locktype = 'advisory'`).length,
        )
        .toBe(count);
    await sql`select pg_advisory_lock(hashtextextended(${`${row?.organization_id} intake`}, 0))`;
    const rule = createMatchRule(client, { name: 'n', metadataPath: ['ani'], callField: 'FROM' });
    await waiting(1);
    const events = [];
    for (const number of ['+15550000001', '+15550000002', '+15550000003']) {
      events.push(recordCallEvent(client, { metadata: { ani: number } }));
      await waiting(1 + events.length);
    }
    await sql`select pg_advisory_unlock_all()`;
    expect((await rule).errors).toEqual([]);
    for (const { errors, event } of await Promise.all(events)) {
      expect({ errors, match: event.match }).toEqual({ errors: [], match: 'PENDING' });
    }
  });
  expect(gateway.takeStatements().filter((query) => /insert into "call_events"/.test(query))).toHaveLength(3);
});
