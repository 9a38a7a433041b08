import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { other } from '../../events/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { callOf, upsert } from '../upserts.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

describe('references', () => {
  test('an upsert makes a call, and another one with any of its references finds it', async () => {
    const made = await upsert(client, { references: [other('r1'), other('r2')] });
    expect(made).toMatchObject({ created: true, errors: [], call: { revision: 1 } });
    const found = await upsert(client, { references: [other('r2'), other('r3')] });
    expect(found).toMatchObject({ created: false, errors: [], call: { id: made.call.id, revision: 2 } });
    expect(found.call.references.map((each: { value: string }) => each.value)).toEqual(['r1', 'r2', 'r3']);
    expect(found.call.history.nodes[0]).toMatchObject({
      kind: 'UPDATED',
      oldValues: { references: [other('r1'), other('r2')] },
      newValues: { references: [other('r1'), other('r2'), other('r3')] },
    });
  });

  test('two references of two calls are a REFERENCE_CONFLICT, and nothing is written', async () => {
    await upsert(client, { references: [other('c1')], reason: 'one' });
    await upsert(client, { references: [other('c2')], reason: 'two' });
    const refused = await upsert(client, {
      references: [other('c1'), other('c2'), other('c3')],
      reason: 'both',
    });
    expect(refused).toMatchObject({ created: false, call: null });
    expect(refused.errors).toMatchObject([
      { code: 'REFERENCE_CONFLICT', path: ['input', 'references', '1'] },
    ]);
    expect(await callOf(client, 'c3')).toBeNull();
    expect(await callOf(client, 'c1')).toMatchObject({ revision: 1, history: { totalCount: 1 } });
  });

  test('the same reference twice in one upsert counts once', async () => {
    const { call } = await upsert(client, { references: [other('twice'), other('twice')] });
    expect(call.references).toHaveLength(1);
  });

  test('a name that the system does not have is INVALID', async () => {
    const refused = await upsert(client, { references: [{ system: 'BURKI', name: 'sid', value: '1' }] });
    expect(refused.errors).toMatchObject([{ code: 'INVALID', path: ['input', 'references', '0', 'name'] }]);
  });

  test('another organization may have the same reference', async () => {
    const stranger = await gateway.client();
    await upsert(client, { references: [other('shared')] });
    expect(await upsert(stranger, { references: [other('shared')] })).toMatchObject({ created: true });
  });
});

describe('fields', () => {
  test('a field left out keeps its value, null clears it, objects and lists are replaced whole', async () => {
    const references = [other('fields')];
    await upsert(client, {
      references,
      type: 'pstn',
      reason: 'busy line',
      tags: ['a', 'b'],
      hangup: { causeCode: 16, source: 'callee' },
      cost: { total: '0.05' },
    });
    const kept = await upsert(client, { references, from: '+14155550148' });
    expect(kept.call).toMatchObject({
      type: 'pstn',
      reason: 'busy line',
      tags: ['a', 'b'],
      cost: { total: '0.05', currency: 'USD' },
    });
    const cleared = await upsert(client, {
      references,
      type: null,
      tags: ['c'],
      hangup: { source: 'caller' },
    });
    expect(cleared.call).toMatchObject({
      type: null,
      reason: 'busy line',
      tags: ['c'],
      hangup: { causeCode: null, source: 'caller' },
    });
    expect((await upsert(client, { references, tags: null })).call.tags).toEqual([]);
  });

  test.each(['direction', 'status', 'metadata', 'groups', 'callFlow'])(
    'null is INVALID for %s',
    async (field) => {
      const refused = await upsert(client, { references: [other(`null-${field}`)], [field]: null });
      expect(refused.errors).toMatchObject([{ code: 'INVALID', path: ['input', field] }]);
      expect(await callOf(client, `null-${field}`)).toBeNull();
    },
  );

  test('an upsert that changes nothing leaves revision and history alone', async () => {
    const input = {
      references: [other('same')],
      from: 'sip:a@example.com',
      originator: { number: { number: '+14155550148', anonymous: false } },
      startedAt: '2024-01-15T10:00:00Z',
      groups: [{ kind: 'case', key: '1' }],
      callFlow: [{ ringing: {} }],
    };
    const made = await upsert(client, input);
    const again = await upsert(client, input);
    expect(again).toMatchObject({ created: false, call: { revision: 1, history: { totalCount: 1 } } });
    expect(again.call).toEqual(made.call);
  });

  test('instants of the first centuries are read as they were written, and a repetition changes nothing', async () => {
    const input = {
      references: [other('old')],
      scheduledFor: '0001-01-01T00:00:00Z',
      startedAt: '0050-06-01T12:00:00.5+02:00',
    };
    const { call } = await upsert(client, input);
    const instants = { scheduledFor: '0001-01-01T00:00:00.000Z', startedAt: '0050-06-01T10:00:00.500Z' };
    expect(call).toMatchObject(instants);
    expect((await upsert(client, input)).call).toMatchObject({ ...instants, revision: 1 });
    expect(call.history.nodes[0].newValues).toMatchObject(instants);
  });

  test('an argument with two faults is named once', async () => {
    const refused = await upsert(client, { references: [other('\0'.repeat(5_000))] });
    expect(refused.errors).toHaveLength(1);
  });

  test('the customer is who called when inbound, who was called when outbound, and who was given before all', async () => {
    const references = [other('customer')];
    const numbers = { from: '+14155550148', to: '+14155550901' };
    const customerOf = async (input: object) =>
      (await upsert(client, { references, ...input })).call.customerNumber;
    expect(await customerOf(numbers)).toBeNull();
    expect(await customerOf({ direction: 'INBOUND' })).toBe(numbers.from);
    expect(await customerOf({ direction: 'OUTBOUND' })).toBe(numbers.to);
    expect(await customerOf({ customerNumber: '+15559876543' })).toBe('+15559876543');
    expect(await customerOf({ customerNumber: null })).toBe(numbers.to);
  });
});

describe('metadata, groups and the first flow', () => {
  test('metadata is merged and kept as a patch, also when it changes nothing', async () => {
    const references = [other('metadata')];
    await upsert(client, { references, metadata: { a: 1, b: { c: 2, d: null } } });
    const merged = await upsert(client, { references, metadata: { a: null, b: { d: 3 } } });
    expect(merged.call).toMatchObject({ metadata: { b: { c: 2, d: 3 } }, revision: 2 });
    const noop = await upsert(client, { references, metadata: { b: { d: 3 } } });
    expect(noop.call).toMatchObject({ revision: 2, history: { totalCount: 3 } });
    expect(noop.call.history.nodes).toMatchObject([
      { kind: 'UPDATED', revision: null, patch: { b: { d: 3 } }, newValues: {} },
      { kind: 'UPDATED', revision: 2, oldValues: { metadata: { a: 1, b: { c: 2 } } } },
      { kind: 'REGISTERED', revision: 1, newValues: { metadata: { a: 1, b: { c: 2 } } } },
    ]);
  });

  test('metadata over the limit after the merge is LIMIT_EXCEEDED, and nothing is written', async () => {
    const references = [other('large')];
    await upsert(client, { references, metadata: { one: 'x'.repeat(200_000) } });
    const refused = await upsert(client, {
      references,
      metadata: { two: 'x'.repeat(200_000) },
      reason: 'no',
    });
    expect(refused.errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] }]);
    const { call } = await upsert(client, { references });
    expect(call).toMatchObject({ revision: 1, reason: null });
    expect(Object.keys(call.metadata)).toEqual(['one']);
  });

  test('an empty flow is none, so that a later upsert may bring the first one, with a pause of 0 s', async () => {
    const references = [other('empty-flow')];
    const { call, errors } = await upsert(client, { references, callFlow: [] });
    expect([errors, call.callFlow]).toEqual([[], null]);
    const { call: flowing } = await upsert(client, {
      references,
      callFlow: [{ pause: { pauseSeconds: 0 } }],
    });
    expect(flowing).toMatchObject({ revision: 2, callFlow: { revision: 1 } });
  });

  test('groups are joined and never left', async () => {
    const group = (key: string) => ({ kind: 'case', key });
    await upsert(client, { references: [other('g1')], groups: [group('A'), group('B')] });
    const { call } = await upsert(client, { references: [other('g1')], groups: [group('B'), group('C')] });
    expect(call.groups.map((each: { key: string }) => each.key)).toEqual(['A', 'B', 'C']);
    const second = await upsert(client, { references: [other('g2')], groups: [group('A')] });
    expect(second.call.groups[0].id).toBe(call.groups[0].id);
  });

  test('a flow is taken while the call has none, and left alone afterwards', async () => {
    const references = [other('flow')];
    expect((await upsert(client, { references })).call.callFlow).toBeNull();
    const taken = await upsert(client, { references, callFlow: [{ ringing: {} }, { hangup: {} }] });
    expect(taken.call).toMatchObject({
      revision: 2,
      callFlow: { revision: 1, commands: [{ command: 'RINGING' }, { command: 'HANGUP' }] },
    });
    const left = await upsert(client, { references, callFlow: [{ answer: {} }] });
    expect(left.call).toMatchObject({ revision: 2, callFlow: { commands: [{}, {}] } });
  });
});

describe('status', () => {
  test('the word alone derives the status without regard to case, and an unknown word is UNKNOWN', async () => {
    const pairOf = async (value: string, input: object) => {
      const { call } = await upsert(client, { references: [other(value)], ...input });
      return [call.status, call.vendorStatus];
    };
    expect(await pairOf('s1', { vendorStatus: 'OnGoing' })).toEqual(['IN_PROGRESS', 'OnGoing']);
    expect(await pairOf('s1', { vendorStatus: 'parked' })).toEqual(['UNKNOWN', 'parked']);
    expect(await pairOf('s1', { status: 'RINGING' })).toEqual(['RINGING', null]);
    expect(await pairOf('s1', { status: 'QUEUED', vendorStatus: 'ringing' })).toEqual(['QUEUED', 'ringing']);
    expect(await pairOf('s1', { vendorStatus: null })).toEqual(['QUEUED', null]);
    expect(await pairOf('s2', { vendorStatus: 'ANSWERED_BY_STAFF' })).toEqual([
      'IN_PROGRESS',
      'ANSWERED_BY_STAFF',
    ]);
    expect(await pairOf('s3', { vendorStatus: 'ANSWERED_BY_STAFF', duration: 7 })).toEqual([
      'COMPLETED',
      'ANSWERED_BY_STAFF',
    ]);
  });

  test('a live status that comes for a terminal one makes the whole upsert late', async () => {
    const references = [other('terminal')];
    const ended = { vendorStatus: 'completed', duration: 42, reason: 'hung up' };
    await upsert(client, { references, ...ended });
    for (const live of [{ vendorStatus: 'ongoing' }, { status: 'RINGING' }, { vendorStatus: 'queued' }]) {
      const stale = { ...live, duration: 0, reason: 'stale', type: 'pstn', metadata: live };
      const { call } = await upsert(client, { references, ...stale });
      expect(call).toMatchObject({ ...ended, status: 'COMPLETED', type: 'pstn', metadata: live });
    }
    const { call } = await upsert(client, { references, vendorStatus: 'failed' });
    expect(call).toMatchObject({ status: 'FAILED', vendorStatus: 'failed' });
  });

  test('a live status with a newer time of the vendor leaves the pair, and a word of no vendor makes nothing late', async () => {
    const references = [other('terminal-2')];
    const at = (minute: number) => `2024-03-01T12:0${minute}:00.000Z`;
    await upsert(client, { references, vendorStatus: 'busy', reason: 'a', vendorUpdatedAt: at(0) });
    const busy = { status: 'BUSY', vendorStatus: 'busy' };
    const newer = { vendorStatus: 'ringing', reason: 'b', vendorUpdatedAt: at(1) };
    expect((await upsert(client, { references, ...newer })).call).toMatchObject({ ...busy, reason: 'b' });
    const parked = { vendorStatus: 'parked', reason: 'c' };
    expect((await upsert(client, { references, ...parked })).call).toMatchObject({ ...busy, reason: 'c' });
  });

  test('COMPLETED replaces a call that nobody answered only with a sign of an answer', async () => {
    const references = [other('unanswered')];
    await upsert(client, { references, vendorStatus: 'no-answer' });
    const last = { references, vendorStatus: 'completed' };
    expect((await upsert(client, { ...last, duration: 0 })).call).toMatchObject({
      status: 'NO_ANSWER',
      vendorStatus: 'no-answer',
      duration: 0,
    });
    expect((await upsert(client, { ...last, duration: 12 })).call).toMatchObject({ status: 'COMPLETED' });
    const answered = [other('answered')];
    await upsert(client, { references: answered, status: 'FAILED', answeredAt: '2024-03-01T12:00:00Z' });
    const { call } = await upsert(client, { references: answered, status: 'COMPLETED' });
    expect(call).toMatchObject({ status: 'COMPLETED', vendorStatus: null });
  });

  test('follows the duration and the time that come without a word', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const answered = { references: [other('answers')], vendorStatus: 'ANSWERED_BY_STAFF' };
    await upsert(client, answered);
    const ended = await upsert(client, { references: answered.references, duration: 7 });
    expect(ended.call).toMatchObject({ status: 'COMPLETED', vendorStatus: 'ANSWERED_BY_STAFF', duration: 7 });
    const accepted = { references: [other('accepts')], vendorStatus: 'accepted' };
    await upsert(client, accepted);
    const planned = await upsert(client, { references: accepted.references, scheduledFor: later });
    expect(planned.call).toMatchObject({ status: 'SCHEDULED', vendorStatus: 'accepted' });
  });
});

describe('late deliveries', () => {
  test('what is older than the call adds references, groups and metadata, fills what is null, and changes nothing else', async () => {
    const stored = {
      references: [other('late')],
      vendorUpdatedAt: '2024-03-01T12:00:00Z',
      vendorStatus: 'ongoing',
      reason: 'new',
      tags: ['new'],
      metadata: { a: 1 },
    };
    await upsert(client, stored);
    const { call } = await upsert(client, {
      references: [other('late'), other('late-2')],
      vendorUpdatedAt: '2024-03-01T11:59:59.999Z',
      vendorStatus: 'completed',
      reason: 'old',
      tags: ['old'],
      type: 'pstn',
      duration: null,
      metadata: { b: 2 },
      groups: [{ kind: 'case', key: 'late' }],
      callFlow: [{ ringing: {} }],
    });
    expect(call).toMatchObject({
      status: 'IN_PROGRESS',
      vendorStatus: 'ongoing',
      reason: 'new',
      tags: ['new'],
      type: 'pstn',
      vendorUpdatedAt: '2024-03-01T12:00:00.000Z',
      metadata: { a: 1, b: 2 },
      groups: [{ key: 'late' }],
      callFlow: { revision: 1 },
      revision: 2,
    });
    expect(call.references).toHaveLength(2);
  });

  test('a text that says UNKNOWN is known, and so is the customer whom the direction gives', async () => {
    const references = [other('late-text')];
    const numbers = { from: '+14155550148', direction: 'INBOUND' };
    await upsert(client, {
      references,
      ...numbers,
      reason: 'UNKNOWN',
      vendorUpdatedAt: '2024-03-01T12:00:00Z',
    });
    const { call } = await upsert(client, {
      references,
      reason: 'busy',
      customerNumber: '+14155550999',
      vendorUpdatedAt: '2024-03-01T11:00:00Z',
    });
    expect(call).toMatchObject({ reason: 'UNKNOWN', customerNumber: '+14155550148', revision: 1 });
  });

  test('an unknown parent is NOT_FOUND in a late delivery too', async () => {
    const references = [other('late-parent')];
    const { call: parent } = await upsert(client, { references: [other('late-parents-parent')] });
    await upsert(client, { references, parent: { id: parent.id }, vendorUpdatedAt: '2024-03-01T12:00:00Z' });
    const unknown = 'call_01h2xcejqtf2nbrexx3vqjhp41';
    const input = { references, parent: { id: unknown }, vendorUpdatedAt: '2024-03-01T11:00:00Z' };
    expect((await upsert(client, input)).errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('null in a late delivery clears nothing', async () => {
    const references = [other('late-null')];
    await upsert(client, {
      references,
      vendorUpdatedAt: '2024-03-01T12:00:00Z',
      reason: 'kept',
      tags: ['kept'],
    });
    const { call } = await upsert(client, {
      references,
      vendorUpdatedAt: '2024-03-01T11:00:00Z',
      reason: null,
      tags: null,
    });
    expect(call).toMatchObject({ reason: 'kept', tags: ['kept'], revision: 1, history: { totalCount: 1 } });
  });

  test('the same time, or none, is not late', async () => {
    const references = [other('in-time')];
    await upsert(client, { references, vendorUpdatedAt: '2024-03-01T12:00:00Z', reason: 'one' });
    const same = await upsert(client, { references, vendorUpdatedAt: '2024-03-01T12:00:00Z', reason: 'two' });
    expect(same.call.reason).toBe('two');
    expect((await upsert(client, { references, reason: 'three' })).call.reason).toBe('three');
  });
});
