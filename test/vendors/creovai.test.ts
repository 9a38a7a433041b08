import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { createMatchRule, recordCallEvent, session, upserted, withHistory } from '../events/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { REQUEST, toRecordCallEvent, WRITINGS } from './creovai-document.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  // The AsyncMetaData role, and the scopes that an adapter of calls needs.
  client = await gateway.client({ scopes: ['EVENTS_WRITE', 'CALLS_WRITE'] });
});
afterAll(() => gateway.close());

const TIME = '2018-10-15T09:00:00.000Z';
const call = (input: object = {}) => upserted(client, { references: [session(REQUEST.SessionId)], ...input });

describe('the document’s example', () => {
  it('sets its four metadata fields on the call of session abc123, for 2018-10-15T09:00:00Z', async () => {
    const { id } = await call();
    const { event, errors } = await recordCallEvent(client, toRecordCallEvent(REQUEST));
    expect(errors).toEqual([]);
    expect(event).toMatchObject({
      sessionId: 'abc123',
      eventTime: TIME,
      metadata: REQUEST.Metadata,
      match: 'MATCHED',
      calls: { nodes: [{ id }] },
    });
    const after = await withHistory(client, id);
    expect(after.metadata).toEqual(REQUEST.Metadata);
    expect(after.history.at(-1)).toMatchObject({
      kind: 'EVENT_APPLIED',
      effectiveAt: TIME,
      patch: REQUEST.Metadata,
      event: { id: event.id },
    });
  });

  it('waits for the call, which may come years later', async () => {
    const { event } = await recordCallEvent(client, toRecordCallEvent(REQUEST));
    expect(event.match).toBe('PENDING');
    expect((await call({ metadata: { customerDataField1: 'newer' } })).metadata).toEqual({
      ...REQUEST.Metadata,
      customerDataField1: 'newer',
    });
  });

  it.each(WRITINGS)('is taken in the writing %j', async (body) => {
    const { id } = await call();
    const { event } = await recordCallEvent(client, toRecordCallEvent(body));
    expect(event).toMatchObject({ sessionId: 'abc123', eventTime: TIME, match: 'MATCHED' });
    expect((await withHistory(client, id)).metadata).toEqual(REQUEST.Metadata);
  });

  it('needs the scope EVENTS_WRITE, Creovai’s AsyncMetaData role', async () => {
    await call();
    const reader = await gateway.client({ scopes: ['CALLS_READ', 'CALLS_WRITE', 'METADATA_WRITE'] });
    const before = await fingerprint(gateway.database);
    await expect(recordCallEvent(reader, toRecordCallEvent(REQUEST))).rejects.toThrow('FORBIDDEN');
    expect(await fingerprint(gateway.database)).toEqual(before);
  });
});

describe('async metadata', () => {
  it('is applied in sequential order: of two events with the same field the later event’s value is used', async () => {
    const { id } = await call();
    const send = (EventTime: string, value: string) =>
      recordCallEvent(
        client,
        toRecordCallEvent({ ...REQUEST, EventTime, Metadata: { customerDataField1: value } }),
      );
    await send('2018/10/15T09:00:02.000Z', 'second');
    await send('2018/10/15T09:00:01.000Z', 'first');
    expect((await withHistory(client, id)).metadata).toEqual({ customerDataField1: 'second' });
  });

  it('without a sessionID is matched as an administrator has configured it', async () => {
    const admin = await gateway.client({ organization: 'creovai-customer', scopes: ['ADMIN'] });
    await createMatchRule(admin, {
      name: 'customer data field',
      metadataPath: ['customerDataField1'],
      callField: 'METADATA',
      callMetadataPath: ['ivr', 'customer'],
      windowMinutes: 60,
    });
    const { id } = await upserted(admin, {
      references: [session('another')],
      startedAt: '2018-10-15T08:30:00Z',
      metadata: { ivr: { customer: 'someData' } },
    });
    const { SessionId: _left, ...body } = REQUEST;
    const { event } = await recordCallEvent(admin, toRecordCallEvent(body));
    expect(event).toMatchObject({
      sessionId: null,
      match: 'MATCHED',
      matchedBy: { name: 'customer data field' },
      calls: { nodes: [{ id }] },
    });
  });

  it('for all legs of one call, a case or a collection is a group’s event', async () => {
    for (const group of [
      { kind: 'master', key: 'm-1' },
      { kind: 'case', key: 'c-1' },
      { kind: 'collection', key: 'l-1' },
    ]) {
      const legs = ['1', '2'].map((leg) => session(`${group.kind} ${leg}`));
      for (const leg of legs) await upserted(client, { references: [leg], groups: [group] });
      const { event } = await recordCallEvent(client, {
        target: { group },
        eventTime: REQUEST.EventTime,
        metadata: REQUEST.Metadata,
      });
      expect(event).toMatchObject({ match: 'MATCHED', group, calls: { totalCount: 2 } });
    }
  });
});
