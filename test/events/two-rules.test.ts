import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createMatchRule, other, readEvent, recordCallEvent, upserted } from './events.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

test('a new rule is tried on the events that wait, and not one that was there before', async () => {
  const call = await upserted(client, { references: [other('x')], to: '+15550001111' });
  await createMatchRule(client, { name: 'from', metadataPath: ['ani'], callField: 'FROM' });
  const { event } = await recordCallEvent(client, { metadata: { dnis: '+15550001111' } });
  expect(event.match).toBe('PENDING');
  const { errors } = await createMatchRule(client, { name: 'to', metadataPath: ['dnis'], callField: 'TO' });
  expect(errors).toEqual([]);
  expect(await readEvent(client, event.id)).toMatchObject({
    match: 'MATCHED',
    calls: { nodes: [{ id: call.id }] },
  });
});
