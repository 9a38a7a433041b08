import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReferenceValue } from '../../../src/calls/reference/call-target.values.js';
import { burki } from '../../../src/vendors/burki/burki.js';
import { VendorUnreachable } from '../../../src/vendors/request/vendor-client.js';
import type { OutgoingDelivery } from '../../../src/vendors/vendor.js';
import {
  CAMPAIGN,
  CUSTOMER_INFO,
  OUTCOME,
  REQUEST_BODY,
  REQUEST_EXAMPLE,
  RESPONSE,
} from '../burki-document.js';
import { account, delivery, refusal, scripted } from '../scripted-client.js';

const ACCOUNT = account({ secrets: { apiKey: 'burki-key' } });
const ID: ReferenceValue = { system: 'BURKI', name: 'id', value: '101' };
const SID: ReferenceValue = { system: 'BURKI', name: 'callSid', value: RESPONSE.call_sid };

const metadataOf = (metadata: OutgoingDelivery['metadata'], references = [ID]) =>
  delivery({ kind: 'METADATA', references, metadata });
const hangUp = (references: ReferenceValue[]) => delivery({ kind: 'HANG_UP', references });
const answer = (call_meta: unknown) => ({ body: { ...RESPONSE, call_meta } });

describe('metadata', () => {
  it.each([REQUEST_BODY, REQUEST_EXAMPLE, CUSTOMER_INFO, OUTCOME, CAMPAIGN])(
    "is the document's request: %o",
    async (metadata) => {
      const client = scripted(answer({ ...metadata, other: 1 }));

      const outcome = await burki.deliver(metadataOf(metadata), ACCOUNT, client);

      expect(client.requests).toEqual([
        { method: 'PATCH', path: '/api/v1/calls/101/metadata', json: { metadata } },
      ]);
      expect(client.headers).toEqual([{ authorization: 'Bearer burki-key' }]);
      expect(outcome).toEqual({ state: 'DELIVERED', requestId: 'request-1' });
    },
  );

  it('asks for the id if only the callSid is known, and returns it', async () => {
    const client = scripted({ body: RESPONSE }, { body: RESPONSE });

    const outcome = await burki.deliver(metadataOf(REQUEST_EXAMPLE, [SID]), ACCOUNT, client);

    expect(client.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /api/v1/calls/sid/${RESPONSE.call_sid}`,
      'PATCH /api/v1/calls/101/metadata',
    ]);
    expect(outcome).toMatchObject({ state: 'DELIVERED', learned: { references: [ID] } });
    expect(outcome).not.toHaveProperty('difference');
  });

  it('waits for a reference', async () => {
    const client = scripted();
    const others: ReferenceValue[] = [
      { system: 'BIRD', name: 'id', value: '7' },
      { ...ID, value: '..' },
    ];

    expect(await burki.deliver(metadataOf({ a: 1 }, others), ACCOUNT, client)).toMatchObject({
      state: 'INCOMPLETE',
    });
    expect(client.requests).toEqual([]);
  });

  it.each([
    ['removed', { gone: null }, {}],
    ['stored as null', { gone: null }, { gone: null }],
    ['removed further in', { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ['stored as null further in', { a: { b: null, c: 1 } }, { a: { c: 1, b: null } }],
    ['the last one of an object', { a: { b: null } }, { a: {} }],
  ])('takes a null for absent: %s', async (_name, sent, there) => {
    const outcome = await burki.deliver(metadataOf(sent), ACCOUNT, scripted(answer(there)));
    expect(outcome).not.toHaveProperty('difference');
  });

  it('names the members that differ, and no value', async () => {
    const sent = { same: 'x', text: 'secret-1', kept: null, deep: { a: [1, 2] }, lost: 'secret-2' };
    const there = { same: 'x', text: 'secret-3', kept: 'secret-4', deep: { a: [2, 1] }, another: 5 };

    expect(await burki.deliver(metadataOf(sent), ACCOUNT, scripted(answer(there)))).toMatchObject({
      state: 'DELIVERED',
      difference: "Burki's metadata differs in text, kept, deep, lost.",
    });
  });

  it.each([undefined, null, [], 'text', { detail: 'none' }])(
    'finds all lost in the answer %o',
    async (body) => {
      expect(await burki.deliver(metadataOf({ a: 1 }), ACCOUNT, scripted({ body }))).toMatchObject({
        difference: "Burki's metadata differs in a.",
      });
    },
  );

  it('never differs from itself, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (metadata) => {
        const there = JSON.parse(JSON.stringify(metadata));
        const outcome = await burki.deliver(metadataOf(metadata), ACCOUNT, scripted(answer(there)));
        expect(outcome).not.toHaveProperty('difference');
      }),
    );
  });

  it.each([404, 422, 429, 500])('leaves %i to the worker', async (status) => {
    const client = scripted({ status, text: 'no' });
    await expect(burki.deliver(metadataOf({ a: 1 }), ACCOUNT, client)).rejects.toMatchObject({ status });
  });

  it('is tried again if the call is not in the answer', async () => {
    const client = scripted({ body: { detail: 'what' } });
    const sent = burki.deliver(metadataOf({ a: 1 }, [SID]), ACCOUNT, client);
    await expect(sent).rejects.toBeInstanceOf(VendorUnreachable);
  });
});

describe('a hang-up', () => {
  const terminate = { method: 'POST', path: `/api/v1/calls/${RESPONSE.call_sid}/terminate` };

  it('goes by callSid, without a body', async () => {
    const client = scripted({ body: { success: true, message: 'done' } });

    expect(await burki.deliver(hangUp([ID, SID]), ACCOUNT, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-1',
    });
    expect(client.requests).toEqual([terminate]);
  });

  it('asks for the callSid if only the id is known, and returns it', async () => {
    const client = scripted({ body: RESPONSE }, { body: { success: true } });

    expect(await burki.deliver(hangUp([ID]), ACCOUNT, client)).toMatchObject({
      state: 'DELIVERED',
      learned: { references: [SID] },
    });
    expect(client.requests).toEqual([{ method: 'GET', path: '/api/v1/calls/101' }, terminate]);
  });

  it('is done if the call has ended', async () => {
    const text = `{"detail":"Cannot terminate call - current status is 'completed'"}`;
    expect(await burki.deliver(hangUp([SID]), ACCOUNT, scripted(refusal(400, text)))).toEqual({
      state: 'DELIVERED',
      requestId: 'refusal-400',
    });
  });

  it.each([
    [400, 'something else'],
    [422, 'current status is'],
    [500, 'Failed to terminate call via twilio'],
  ])('is refused by %i %s', async (status, text) => {
    const sent = burki.deliver(hangUp([SID]), ACCOUNT, scripted(refusal(status, text)));
    await expect(sent).rejects.toMatchObject({ status });
  });

  it('says if Burki did not do it', async () => {
    expect(await burki.deliver(hangUp([SID]), ACCOUNT, scripted({ body: { success: false } }))).toMatchObject(
      {
        difference: 'Burki answered that it did not end the call.',
      },
    );
  });
});

describe('the test', () => {
  it('lists calls, with the slash', async () => {
    const client = scripted({ body: { items: [], total: 12, skip: 0, limit: 1 } });

    expect(await burki.test(ACCOUNT, client)).toBe('Burki accepts the key, and has 12 calls.');
    expect(client.requests).toEqual([{ method: 'GET', path: '/api/v1/calls/', query: { limit: '1' } }]);
  });

  it('fails with the vendor', async () => {
    await expect(burki.test(ACCOUNT, scripted({ status: 401 }))).rejects.toMatchObject({ status: 401 });
  });
});
