import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, givenCall, hangUpCall, readCall, replaceCallFlow } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

describe('hangUpCall', () => {
  it.each(['SCHEDULED', 'QUEUED', 'STARTING', 'RINGING', 'IN_PROGRESS', 'UNKNOWN'])(
    'ends a call that is %s now, and its flow stays in force',
    async (status) => {
      const { id } = await givenCall(client, {
        status,
        vendorStatus: 'word',
        metadata: { a: 1 },
        duration: 4,
      });
      const { callFlow } = await replaceCallFlow(client, { call: { id }, commands: [{ ringing: {} }] });
      const before = await readCall(client, id);

      const { call, errors } = await hangUpCall(client, { id });

      expect(errors).toEqual([]);
      expect(call).toMatchObject({ status: 'COMPLETED', vendorStatus: null, revision: 3 });
      // The database's clock may differ from this process'.
      expect(Math.abs(Date.parse(call.endedAt) - Date.now())).toBeLessThan(60_000);
      const after = await readCall(client, id);
      const { endedAt, updatedAt, history } = after;
      const ended = { status: 'COMPLETED', vendorStatus: null, revision: 3 };
      expect(after).toEqual({ ...before, ...ended, endedAt, updatedAt, history });
      expect(after.callFlow).toEqual(callFlow);
      expect(endedAt).toBe(call.endedAt);
      expect(history.nodes).toHaveLength(3);
      expect(history.nodes[0]).toMatchObject({
        kind: 'HUNG_UP',
        revision: 3,
        patch: null,
        oldValues: { status, vendorStatus: 'word', endedAt: null },
        newValues: { status: 'COMPLETED', vendorStatus: null, endedAt },
      });
    },
  );

  it.each(['COMPLETED', 'NO_ANSWER', 'VOICEMAIL', 'BUSY', 'CANCELED', 'FAILED'])(
    'is CALL_ENDED with the call, and changes nothing, when it is %s already',
    async (status) => {
      const { id } = await givenCall(client, { status });
      const before = await readCall(client, id);
      const payload = await hangUpCall(client, { id });
      expect(codesOf(payload)).toEqual([{ code: 'CALL_ENDED', path: ['call'] }]);
      expect(payload.call).toMatchObject({ id, status, endedAt: null, revision: 1 });
      expect(await readCall(client, id)).toEqual(before);
    },
  );

  it('ends a call once when sixteen hang up at once', async () => {
    const { id } = await givenCall(client, { status: 'IN_PROGRESS' });
    const payloads = await Promise.all(Array.from({ length: 16 }, () => hangUpCall(client, { id })));
    const refused = payloads.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(15);
    expect(new Set(payloads.map(({ call }) => call.endedAt)).size).toBe(1);
    expect(await readCall(client, id)).toMatchObject({ revision: 2, history: { totalCount: 2 } });
  });

  it("is NOT_FOUND for another organization's call, which goes on", async () => {
    const { id } = await givenCall(client, { status: 'IN_PROGRESS' });
    const payload = await hangUpCall(await gateway.client(), { id });
    expect(payload.call).toBeNull();
    expect(codesOf(payload)).toEqual([{ code: 'NOT_FOUND', path: ['call', 'id'] }]);
    expect(await readCall(client, id)).toMatchObject({ status: 'IN_PROGRESS', revision: 1 });
  });
});
