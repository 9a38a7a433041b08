import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { by, joinCalls, past, recordCallEvent, session, upserted, withHistory } from './events.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const RECORD = `mutation ($input: RecordCallEventInput!) {
  recordCallEvent(input: $input) { event { id match } errors { code } }
}`;

/** The statements of one event, without the query for its key. */
const EVENT_TIME = past(0);

async function statementsOf(target: object, eventId?: string): Promise<string[]> {
  gateway.takeStatements();
  const input = { target, eventTime: EVENT_TIME, metadata: { a: 1 }, ...(eventId && { eventId }) };
  const { recordCallEvent: payload } = await client.ask(RECORD, { input });
  expect(payload).toMatchObject({ event: { match: 'MATCHED' }, errors: [] });
  return gateway.takeStatements().slice(1);
}

describe('an event whose call is known', () => {
  it('needs one statement, however the call is identified', async () => {
    const { id } = await upserted(client, { references: [session('known')] });
    for (const target of [{ sessionId: 'known' }, { call: { id } }, { call: by(session('known')) }]) {
      expect(await statementsOf(target)).toEqual([expect.stringContaining('record_named_event(')]);
    }
    expect(await statementsOf({ call: { id } }, 'once')).toHaveLength(1);
    expect((await statementsOf({ call: { id } }, 'once')).length).toBeGreaterThan(1);
    expect((await withHistory(client, id)).history).toHaveLength(5);
  });

  it('takes effect at its time, late or not', async () => {
    const { id } = await upserted(client, { references: [session('late')] });
    for (const [seconds, metadata] of [
      [30, { a: 3, c: { x: 1 } }],
      [60, { a: 2, b: 2, c: { x: 2, y: 2 } }],
      [45, { b: null }],
      [10, { a: 3 }],
    ] as const) {
      await recordCallEvent(client, { target: { sessionId: 'late' }, eventTime: past(seconds), metadata });
    }
    const { metadata, revision } = await withHistory(client, id);
    expect(metadata).toEqual({ a: 3, c: { x: 1, y: 2 } });
    // The last event, and the one that removed an absent key, changed nothing.
    expect(revision).toBe(4);
  });

  it('is applied to the call that the named one was joined into', async () => {
    const call = await upserted(client, { references: [session('call')] });
    const duplicate = await upserted(client, { references: [session('duplicate')] });
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    for (const target of [{ call: { id: duplicate.id } }, { sessionId: 'duplicate' }]) {
      const { event } = await recordCallEvent(client, { target, metadata: { via: JSON.stringify(target) } });
      expect(event.calls.nodes).toEqual([{ id: call.id }]);
    }
  });

  it('is recorded once, however many senders are concurrent', async () => {
    const { id } = await upserted(client, { references: [session('often')] });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, number) =>
        recordCallEvent(client, { target: { sessionId: 'often' }, eventId: 'same', metadata: { number } }),
      ),
    );
    expect(new Set(answers.map(({ event }) => event.id)).size).toBe(1);
    const { history, metadata } = await withHistory(client, id);
    expect(history).toHaveLength(2);
    expect(metadata).toEqual(answers[0]?.event.metadata);
  });

  it('is another’s if the call is another organization’s', async () => {
    const { id } = await upserted(await gateway.client(), { references: [session('theirs')] });
    const { event, errors } = await recordCallEvent(client, { target: { call: { id } }, metadata: {} });
    expect({ event, code: errors[0]?.code }).toEqual({ event: null, code: 'NOT_FOUND' });
  });
});
