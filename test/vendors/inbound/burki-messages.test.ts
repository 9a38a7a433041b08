import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { readDeliveries, settled } from '../delivery/connected.js';
import { merge } from '../delivery/deliveries.js';
import { callBy, deliver, givenHook, type Hook, processed, readMessages, replayMessages } from './hooks.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let hook: Hook;
let nextId = 100;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  burki = await openBurki();
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'BURKI', vendor: burki });
});
afterEach(async () => {
  expect(burki.violations).toEqual([]);
  await burki.close();
});
afterAll(() => gateway.close());

const added = (call: object = {}) => {
  nextId += 1;
  // A call of now: a report names none that began long ago.
  const startedAt = new Date(Date.now() - 60_000).toISOString().replace('Z', '');
  return burki.add({ id: nextId, started_at: startedAt, ...call });
};
const sent = (body: object | string) => deliver(gateway, hook.url, body);

const status = (sid: string, word = 'in-progress') => ({
  message: {
    type: 'status-update',
    status: word,
    phoneNumber: { number: '+15551234567' },
    call: { id: sid, phoneCallProviderId: sid, customer: { number: '+15559876543' } },
    messages: [{ role: 'bot', content: 'Hello' }],
  },
});
const flat = (sid: string, more: object = {}) => ({
  ...{ event: 'call_started', call_sid: sid, customer_phone_number: '+15559876543', assistant_id: 123 },
  ...{ timestamp: '2026-11-28T10:00:00Z' },
  ...more,
});
const report = (more: object = {}) => ({
  message: {
    type: 'end-of-call-report',
    phoneNumber: { number: '+15551234567' },
    customer: { number: '+15559876543' },
    ...{ summary: null, recordingUrl: null, endedReason: 'customer-ended-call', durationSeconds: 75 },
    ...{ messages: [], analysis: null },
    ...more,
  },
});

describe('a message of Burki is a hint at its record, which is believed', () => {
  it.each<[string, (call: { id: number; call_sid: string }) => object]>([
    ['a status update', ({ call_sid }) => status(call_sid)],
    ['a flat event', ({ call_sid }) => flat(call_sid)],
    ['a flat event with the id', ({ id }) => ({ event: 'call_ended', call_id: id })],
    ['another flat event', ({ call_sid }) => flat(call_sid, { event: 'tool_call' })],
  ])('%s', async (_, body) => {
    const call = added({
      ...{ status: 'completed', duration: 180, started_at: '2026-11-28T16:39:04.697399' },
      ...{ ended_at: '2026-11-28T16:42:04.697399', call_meta: { tier: 'gold', none: null } },
      ...{ total_cost: 0.1, llm_cost: 0.04, cost_currency: 'USD' },
    });
    await sent(body(call));
    const [message] = await processed(client, ['APPLIED']);
    expect(message).toMatchObject({ verified: true, reason: null, account: { id: hook.account.id } });
    expect(await callBy(client, 'BURKI', 'callSid', call.call_sid)).toMatchObject({
      id: message.call.id,
      references: [
        { system: 'BURKI', name: 'id', value: String(call.id) },
        { system: 'BURKI', name: 'callSid', value: call.call_sid },
      ],
      ...{ direction: 'UNKNOWN', status: 'COMPLETED', vendorStatus: 'completed', duration: 180 },
      ...{ to: '+15551234567', customerNumber: '+15559876543' },
      assistant: { assistantId: '123', name: 'ServiceBot' },
      ...{ startedAt: '2026-11-28T16:39:04.697Z', endedAt: '2026-11-28T16:42:04.697Z' },
      cost: { total: '0.1', llm: '0.04', currency: 'USD' },
      metadata: { tier: 'gold' },
    });
  });

  it.each(['anonymous', 'Restricted', 'unknown', 'UNAVAILABLE', '+266696687', ''])(
    'whose caller %j is withheld',
    async (customer_phone_number) => {
      const { call_sid } = added({ customer_phone_number });
      await sent(status(call_sid));
      await processed(client, ['APPLIED']);
      expect(await callBy(client, 'BURKI', 'callSid', call_sid)).toMatchObject({
        customerNumber: null,
        originator: { number: { anonymous: true, number: null } },
      });
    },
  );

  it('and changes nothing when it comes again', async () => {
    const { call_sid } = added({ call_meta: { a: { b: 1 } } });
    await sent(status(call_sid));
    await processed(client, ['APPLIED']);
    await sent(status(call_sid));
    await sent(flat(call_sid));
    await processed(client, ['APPLIED', 'UNCHANGED']);
    const { revision, history } = await callBy(client, 'BURKI', 'callSid', call_sid);
    expect({ revision, changes: history.totalCount }).toEqual({ revision: 1, changes: 1 });
    expect(await readDeliveries(client)).toEqual([]);
  });

  it('unless the vendor does not know the call', async () => {
    await sent(status('CA-forged'));
    const [message] = await processed(client, ['UNMATCHED']);
    expect(message).toMatchObject({ verified: false, call: null, reason: 'The vendor has no such call.' });
    expect(burki.requests).toHaveLength(5);
    added({ call_sid: 'CA-forged' });
    expect((await replayMessages(client, [message.id])).errors).toBeUndefined();
    await processed(client, ['APPLIED']);
  });

  it('while the account may not read, the message is taken and marked', async () => {
    const { call_sid } = added({ status: 'completed' });
    burki.key = 'rotated';
    await sent(status(call_sid));
    await sent(flat(call_sid, { duration: 9, event: 'call_ended' }));
    const messages = await processed(client, ['APPLIED', 'APPLIED']);
    for (const each of messages) {
      expect(each).toMatchObject({ verified: false, reason: expect.stringContaining('may not read') });
    }
    expect(await callBy(client, 'BURKI', 'callSid', call_sid)).toMatchObject({
      ...{ status: 'COMPLETED', vendorStatus: 'completed', duration: 9, to: '+15551234567' },
      ...{ customerNumber: '+15559876543', assistant: { assistantId: '123' } },
    });
  });

  it('is followed once the vendor is back, and FAILED until then', async () => {
    const { call_sid } = added();
    burki.behave({ away: true });
    await sent(status(call_sid));
    await expect
      .poll(() => readMessages(client), { timeout: 30_000 })
      .toMatchObject([
        { state: 'FAILED', verified: false, reason: expect.stringContaining('reached'), call: null },
      ]);
    burki.behave({});
    await processed(client, ['APPLIED']);
  });

  it('waits for a record that does not have the end yet', async () => {
    const call = added({ status: 'ongoing' });
    await sent(flat(call.call_sid, { event: 'call_ended' }));
    await expect
      .poll(() => readMessages(client), { timeout: 30_000 })
      .toMatchObject([{ state: 'FAILED', reason: expect.stringContaining('does not have yet') }]);
    Object.assign(call, { status: 'completed', duration: 3 });
    await processed(client, ['APPLIED']);
    expect(await callBy(client, 'BURKI', 'callSid', call.call_sid)).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('metadata of a record', () => {
  it('follows the vendor, but for members that others have changed here', async () => {
    const call = added({ call_meta: { own: { a: 1, b: 1 }, shared: 'vendor' } });
    await sent(status(call.call_sid));
    const [{ call: known }] = await processed(client, ['APPLIED']);
    burki.behave({ refuse: ({ method }) => (method === 'PATCH' ? { status: 503 } : null) });
    await merge(client, known.id, { shared: 'client' });
    call.call_meta = { own: { a: 2 }, shared: 'vendor', new: true };
    await sent(status(call.call_sid, 'completed'));
    Object.assign(call, { status: 'completed' });
    await processed(client, ['APPLIED', 'APPLIED']);
    expect((await callBy(client, 'BURKI', 'id', String(call.id))).metadata).toEqual({
      ...{ own: { a: 2 }, shared: 'client', new: true },
    });
    burki.behave({});
    await settled(client, ['METADATA DELIVERED']);
    expect(call.call_meta).toEqual({ own: { a: 2 }, shared: 'client', new: true });
  });
});

describe("Burki's report without an id", () => {
  const reported = async (states: string[], more: object = {}) => {
    await sent(report(more));
    return processed(client, states);
  };

  it('is of the one call between its numbers', async () => {
    const call = added();
    await sent(status(call.call_sid));
    await processed(client, ['APPLIED']);
    Object.assign(call, { status: 'completed', duration: 75 });
    const [, message] = await reported(['APPLIED', 'APPLIED']);
    expect(message).toMatchObject({ verified: true });
    expect(await callBy(client, 'BURKI', 'id', String(call.id))).toMatchObject({
      ...{ id: message.call.id, status: 'COMPLETED', duration: 75 },
    });
  });

  it('waits for its call if it comes first', async () => {
    const call = added({ status: 'completed', duration: 75 });
    const [message] = await reported(['UNMATCHED']);
    expect(message.reason).toContain('no call of its numbers');
    await sent(status(call.call_sid));
    await processed(client, ['APPLIED', 'UNCHANGED']);
  });

  it('is UNMATCHED if it may be of several calls', async () => {
    for (const call of [added(), added()]) await sent(status(call.call_sid));
    await processed(client, ['APPLIED', 'APPLIED']);
    const messages = await reported(['APPLIED', 'APPLIED', 'UNMATCHED']);
    expect(messages.at(-1)).toMatchObject({ call: null, reason: expect.stringContaining('several calls') });
  });

  it('is of no call that ended long before, has other numbers, or is another account’s', async () => {
    const other = await givenHook(gateway, client, { system: 'BURKI', vendor: burki });
    const [old, another, lost, theirs] = [
      added({ status: 'completed', ended_at: '2024-01-15T10:03:00' }),
      added({ customer_phone_number: '+15550000000' }),
      // Its end was never told.
      added({ started_at: '2024-01-15T10:00:00' }),
      added(),
    ];
    await sent(status(old.call_sid));
    await sent(status(another.call_sid));
    await sent(status(lost.call_sid));
    await deliver(gateway, other.url, status(theirs.call_sid));
    await processed(client, ['APPLIED', 'APPLIED', 'APPLIED', 'APPLIED']);
    await reported(['APPLIED', 'APPLIED', 'APPLIED', 'APPLIED', 'UNMATCHED']);
  });

  it('is of a call that a client has told of', async () => {
    const { call_sid } = added({ status: 'completed', duration: 75 });
    await givenCall(client, {
      references: [{ system: 'BURKI', name: 'callSid', value: call_sid }],
      ...{ to: '0015551234567', customerNumber: '+1 (555) 987-6543', vendorStatus: 'ongoing' },
    });
    await reported(['APPLIED']);
    expect(await callBy(client, 'BURKI', 'callSid', call_sid)).toMatchObject({ status: 'COMPLETED' });
  });

  it('of the same bytes changes nothing', async () => {
    const call = added();
    await sent(status(call.call_sid));
    await processed(client, ['APPLIED']);
    Object.assign(call, { status: 'completed', duration: 75 });
    await reported(['APPLIED', 'APPLIED']);
    await reported(['APPLIED', 'APPLIED']);
  });
});

it.each<[string, string | Buffer | object]>([
  ['no JSON', 'call ended'],
  ['nothing', ''],
  ['not UTF-8', Buffer.from('{"event":"call_started","call_sid":"\xff"}', 'latin1')],
  ['a list', []],
  ['JSON that is too deep', '['.repeat(500_000)],
  ['an object without a call', { hello: randomUUID() }],
  ['a message of another type', { message: { type: 'assistant-request' } }],
  ['an event without a call', { event: 'sms_received' }],
  ['names that are no names', { event: 'call_started', call_id: {}, call_sid: 'a\u0000b' }],
])('%s is kept as UNRECOGNISED', async (_, body) => {
  await deliver(gateway, hook.url, body);
  const [message] = await processed(client, ['UNRECOGNISED']);
  expect(message).toMatchObject({ verified: false, call: null, reason: expect.any(String) });
  const text =
    typeof body === 'string' ? body : Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body);
  expect(message.body).toBe(text);
});
