import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { codesOf } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { by, other, past, readEvent, recordCallEvent, session, upserted, withHistory } from './events.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'creovai' });
});
afterAll(() => gateway.close());

describe('an event', () => {
  it.each([
    ['its session', { sessionId: 's1' }, { sessionId: 's1', reference: null }],
    ['a reference', { call: by(session('s1')) }, { sessionId: null, reference: session('s1') }],
  ])('that names a call by %s is applied to it at once', async (_, target, named) => {
    const call = await upserted(client, { references: [session('s1')] });
    const { event, errors } = await recordCallEvent(client, { target, metadata: { a: 1 } });
    expect(errors).toEqual([]);
    expect(event).toMatchObject({
      ...named,
      match: 'MATCHED',
      group: null,
      matchedBy: null,
      eventId: null,
      actor: 'creovai',
      metadata: { a: 1 },
      calls: { totalCount: 1, nodes: [{ id: call.id }] },
    });
    const after = await withHistory(client, call.id);
    expect(after).toMatchObject({ metadata: { a: 1 }, revision: 2, events: { nodes: [{ id: event.id }] } });
    expect(after.history.map(({ kind }: { kind: string }) => kind)).toEqual(['REGISTERED', 'EVENT_APPLIED']);
    expect(after.history[1]).toMatchObject({
      revision: 2,
      actor: 'creovai',
      patch: { a: 1 },
      effectiveAt: event.eventTime,
      event: { id: event.id },
      oldValues: { metadata: {} },
      newValues: { metadata: { a: 1 } },
    });
  });

  it('that names a call by its id is applied to it, and names neither session nor reference', async () => {
    const call = await upserted(client, { references: [session('s1')] });
    const { event } = await recordCallEvent(client, {
      target: { call: { id: call.id } },
      metadata: { a: 1 },
    });
    expect(event).toMatchObject({ match: 'MATCHED', sessionId: null, reference: null });
    expect((await withHistory(client, call.id)).metadata).toEqual({ a: 1 });
  });

  it('that names an unknown id is NOT_FOUND, and nothing is written', async () => {
    const unknown = (await upserted(await gateway.client(), { references: [other('1')] })).id;
    const before = await fingerprint(gateway.database);
    const payload = await recordCallEvent(client, { target: { call: { id: unknown } }, metadata: { a: 1 } });
    expect(payload.event).toBeNull();
    expect(codesOf(payload)).toEqual([{ code: 'NOT_FOUND', path: ['input', 'target', 'call', 'id'] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it.each([
    ['session', { sessionId: 's1' }, session('s1')],
    ['reference', { call: by(other('1')) }, other('1')],
  ])(
    'whose %s is not known yet waits, and the upsert that brings it applies it',
    async (_, target, reference) => {
      const { event } = await recordCallEvent(client, {
        target,
        metadata: { a: 1, b: 1 },
        eventTime: past(60),
      });
      expect(event).toMatchObject({ match: 'PENDING', calls: { totalCount: 0 } });
      await upserted(client, { references: [other('not it')] });
      expect((await readEvent(client, event.id)).match).toBe('PENDING');
      const call = await upserted(client, { references: [reference], metadata: { b: 2 } });
      expect(call).toMatchObject({ metadata: { a: 1, b: 2 }, revision: 1 });
      expect(await readEvent(client, event.id)).toMatchObject({
        match: 'MATCHED',
        calls: { nodes: [{ id: call.id }] },
      });
      const { history } = await withHistory(client, call.id);
      expect(history).toMatchObject([
        { kind: 'REGISTERED', revision: 1, patch: { b: 2 } },
        { kind: 'EVENT_APPLIED', revision: 1, patch: { a: 1, b: 1 }, event: { id: event.id } },
      ]);
    },
  );

  it('waits for a reference that a later upsert adds to an existing call', async () => {
    const call = await upserted(client, { references: [other('1')], metadata: { a: 0 } });
    const { event } = await recordCallEvent(client, { target: { sessionId: 's1' }, metadata: { a: 1 } });
    const after = await upserted(client, { references: [other('1'), session('s1')] });
    expect(after).toMatchObject({ id: call.id, metadata: { a: 1 }, revision: 2 });
    expect((await withHistory(client, call.id)).history).toMatchObject([
      { kind: 'REGISTERED', revision: 1 },
      { kind: 'UPDATED', revision: 2 },
      { kind: 'EVENT_APPLIED', revision: 2, event: { id: event.id } },
    ]);
  });

  it('is admitted by the voice call that brings its reference', async () => {
    const { event } = await recordCallEvent(client, {
      target: { call: by({ system: 'VCITA', name: 'sourceId', value: 'source-1' }) },
      metadata: { a: 1 },
    });
    expect(event.match).toBe('PENDING');
    const { createVoiceCall } = await client.ask(`mutation { createVoiceCall(input: {
      staffUid: "s", clientUid: "c", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
      status: MISSED, rate: "0", provider: VONAGE, sourceId: "source-1", externalUuid: "external-1"
    }) { voiceCall { call { id metadata revision } } } }`);
    expect(createVoiceCall.voiceCall.call).toMatchObject({ metadata: { a: 1 }, revision: 1 });
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
  });

  it('that changes nothing is logged without a revision, and counts in later folds', async () => {
    const call = await upserted(client, { references: [session('s1')] });
    const record = (seconds: number, a: number) =>
      recordCallEvent(client, { target: { sessionId: 's1' }, metadata: { a }, eventTime: past(seconds) });
    await record(30, 1);
    await record(10, 1);
    await record(20, 2);
    const after = await withHistory(client, call.id);
    expect(after).toMatchObject({ metadata: { a: 1 }, revision: 2 });
    expect(after.history.map(({ revision }: { revision: number | null }) => revision)).toEqual([
      1,
      2,
      null,
      null,
    ]);
  });

  it('takes effect at its own time: of two that set one field the later wins, in whichever order they arrive', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const name = `s${order.join('')}`;
      const call = await upserted(client, { references: [session(name)] });
      for (const place of order) {
        await recordCallEvent(client, {
          target: { sessionId: name },
          metadata: { field: place, [`own${place}`]: true },
          eventTime: past(100 - place),
        });
      }
      const after = await withHistory(client, call.id);
      expect(after.metadata).toEqual({ field: 2, own1: true, own2: true });
    }
  });

  it('may be at most five minutes in the future, and keeps its time', async () => {
    const call = await upserted(client, { references: [session('s1')] });
    const ahead = (ms: number) =>
      recordCallEvent(client, {
        target: { sessionId: 's1' },
        metadata: { a: ms },
        eventTime: new Date(Date.now() + ms).toISOString(),
      });
    const taken = await ahead(4 * 60_000);
    expect(taken.errors).toEqual([]);
    const before = await fingerprint(gateway.database);
    expect(codesOf(await ahead(6 * 60_000))).toEqual([{ code: 'INVALID', path: ['input', 'eventTime'] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
    // An acknowledged merge is visible, so it takes effect after that event.
    const { mergeCallMetadata } = await client.ask(
      'mutation ($id: ID!) { mergeCallMetadata(call: { id: $id }, metadata: { a: "merged" }) { call { metadata } } }',
      { id: call.id },
    );
    expect(mergeCallMetadata.call.metadata).toEqual({ a: 'merged' });
    const { history } = await withHistory(client, call.id);
    expect(history.at(-1).effectiveAt).toBe(taken.event.eventTime);
  });
});

describe('the same eventId', () => {
  it('is the same event: the second request returns the first event, unchanged', async () => {
    const call = await upserted(client, { references: [session('s1')] });
    const first = await recordCallEvent(client, {
      target: { sessionId: 's1' },
      eventId: 'e1',
      metadata: { a: 1 },
      eventTime: past(10),
    });
    const before = await fingerprint(gateway.database);
    const second = await recordCallEvent(client, {
      target: { sessionId: ' s1' },
      eventId: 'e1',
      metadata: { a: 1 },
      eventTime: first.event.eventTime,
    });
    expect(second).toEqual(first);
    expect(await fingerprint(gateway.database)).toEqual(before);
    expect((await withHistory(client, call.id)).metadata).toEqual({ a: 1 });
  });

  it.each([
    ['target', { target: { sessionId: 'another' } }],
    ['kind of target', { target: { call: { reference: session('s1') } } }],
    ['group', { target: { group: { kind: 'case', key: '1' } } }],
    ['way of being found', { target: null }],
    ['time', { eventTime: past(11) }],
    ['metadata', { metadata: { a: 2 } }],
  ])('is ALREADY_EXISTS beside the event for one of another %s', async (_what, more) => {
    await upserted(client, { references: [session('s1')] });
    const given = { target: { sessionId: 's1' }, eventId: 'e1', metadata: { a: 1 }, eventTime: past(10) };
    const first = await recordCallEvent(client, given);
    const before = await fingerprint(gateway.database);
    const second = await recordCallEvent(client, { ...given, ...more });
    expect(codesOf(second)).toEqual([{ code: 'ALREADY_EXISTS', path: ['input', 'eventId'] }]);
    expect(second.event).toEqual(first.event);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('is the same event for the same target, whatever happened to that', async () => {
    const [call, other] = [
      await upserted(client, { references: [session('s1')] }),
      await upserted(client, { references: [session('s2')] }),
    ];
    const eventTime = past(10);
    const targets = {
      byId: { call: { id: call.id } },
      byReference: { call: { reference: session('s3') } },
      group: { group: { kind: 'case', key: '1' } },
      rules: null,
    };
    const again = async () => {
      const payloads = [];
      for (const [eventId, target] of Object.entries(targets)) {
        payloads.push(await recordCallEvent(client, { target, eventId, eventTime, metadata: { a: 1.0 } }));
      }
      expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
      return payloads.map(({ event }) => event.id);
    };
    const ids = await again();
    await client.ask(
      `mutation ($call: CallLocator!, $duplicate: CallLocator!) {
        joinCalls(call: $call, duplicate: $duplicate) { errors { code } }
      }`,
      { call: { id: other.id }, duplicate: { id: call.id } },
    );
    expect(await again()).toEqual(ids);
    const foreign = {
      target: { call: { id: other.id } },
      eventId: 'byReference',
      eventTime,
      metadata: { a: 1 },
    };
    expect(codesOf(await recordCallEvent(client, foreign))).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
  });

  it('from sixteen senders at once is recorded and applied once', async () => {
    const call = await upserted(client, { references: [session('s1')] });
    const payloads = await Promise.all(
      Array.from({ length: 16 }, (_, number) =>
        recordCallEvent(client, {
          target: { sessionId: 's1' },
          eventId: 'e1',
          metadata: { [`k${number}`]: 1 },
        }),
      ),
    );
    const ids = new Set(payloads.map(({ event }) => event.id));
    expect(ids.size).toBe(1);
    expect(payloads.every(({ event }) => event.match === 'MATCHED')).toBe(true);
    const after = await withHistory(client, call.id);
    expect(after.revision).toBe(2);
    expect(Object.keys(after.metadata)).toHaveLength(1);
    expect(after.events.totalCount).toBe(1);
  });

  it('in two organizations is two events', async () => {
    const stranger = await gateway.client();
    const [one, two] = await Promise.all(
      [client, stranger].map((each) => recordCallEvent(each, { eventId: 'e1', metadata: { a: 1 } })),
    );
    expect(one?.event.id).not.toBe(two?.event.id);
  });
});

describe('an event’s metadata', () => {
  it('is checked against the limit when it is recorded', async () => {
    const before = await fingerprint(gateway.database);
    const large = { text: 'x'.repeat(262_144) };
    const payload = await recordCallEvent(client, { metadata: large });
    expect(codesOf(payload)).toEqual([{ code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('never refuses an upsert: an event that no longer fits is not applied', async () => {
    const half = (key: string) => ({ [key]: 'x'.repeat(200_000) });
    const waiting = await recordCallEvent(client, { target: { sessionId: 's1' }, metadata: half('a') });
    const call = await upserted(client, { references: [session('s1')], metadata: half('c') });
    expect(call.metadata).toEqual(half('c'));
    expect(await readEvent(client, waiting.event.id)).toMatchObject({
      match: 'TOO_LARGE',
      metadata: half('a'),
    });
    const { event } = await recordCallEvent(client, { target: { sessionId: 's1' }, metadata: half('d') });
    expect(event.match).toBe('TOO_LARGE');
  });
});

describe('a group’s event', () => {
  const group = { kind: 'case', key: '4711' };

  it('is applied to all its calls, and to a call that joins later, by its own time', async () => {
    const members = await Promise.all(
      ['1', '2', '3'].map((value) => upserted(client, { references: [other(value)], groups: [group] })),
    );
    const { event } = await recordCallEvent(client, {
      target: { group },
      metadata: { a: 1 },
      eventTime: past(60),
    });
    expect(event).toMatchObject({ match: 'MATCHED', group, calls: { totalCount: 3 }, sessionId: null });
    for (const { id } of members) {
      expect(await withHistory(client, id)).toMatchObject({ metadata: { a: 1 }, revision: 2 });
    }
    await upserted(client, { references: [other('4')], metadata: { a: 2, b: 2 } });
    const joined = await upserted(client, { references: [other('4')], groups: [group] });
    expect(joined).toMatchObject({ metadata: { a: 2, b: 2 }, revision: 2 });
    const fresh = await upserted(client, { references: [other('5')], groups: [group] });
    expect(fresh).toMatchObject({ metadata: { a: 1 }, revision: 1 });
    expect((await readEvent(client, event.id)).calls.totalCount).toBe(5);
  });

  it('waits while the group has no calls, even if the group is new', async () => {
    const { event } = await recordCallEvent(client, { target: { group }, metadata: { a: 1 } });
    expect(event).toMatchObject({ match: 'PENDING', group, calls: { totalCount: 0 } });
    const call = await upserted(client, { references: [other('1')], groups: [group] });
    expect(call.metadata).toEqual({ a: 1 });
    expect(await readEvent(client, event.id)).toMatchObject({ match: 'MATCHED', calls: { totalCount: 1 } });
  });

  it('is not applied again by an upsert that names the group of a member', async () => {
    const call = await upserted(client, { references: [other('1')], groups: [group] });
    await recordCallEvent(client, { target: { group }, metadata: { a: 1 } });
    await client.ask(
      'mutation ($id: ID!) { mergeCallMetadata(call: { id: $id }, metadata: { a: 2 }) { errors { code } } }',
      {
        id: call.id,
      },
    );
    expect(await upserted(client, { references: [other('1')], groups: [group] })).toMatchObject({
      metadata: { a: 2 },
      revision: 3,
    });
  });
});
