import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { metadataObject } from '../../metadata/arbitraries.js';
import { createVoiceCall, givenCall, hangUpCall, readCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { readAccount } from '../../support/vendors/accounts.js';
import { openBird } from '../../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import type { FakeVendor } from '../../support/vendors/fake-vendor.js';
import { openVcita } from '../../support/vendors/vcita.js';
import { VOICE_CALL } from '../vcita-document.js';
import { connect, readDeliveries, settled } from './connected.js';
import { merge } from './deliveries.js';

/** The next request takes effect and is not answered. */
const loseAnswer = (fake: FakeVendor) =>
  fake.behave({
    chaos: { seed: 1, appliedThenTimedOut: 1 },
    // Asked when the request's fate is decided.
    forget: () => {
      fake.behave({});
      return false;
    },
  });

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

describe.each(['shallow', 'deep'] as const)('where Burki’s merge is %s', (merging) => {
  let burki: FakeBurki;
  let account: string;

  beforeEach(async () => {
    burki = await openBurki({ merging });
    ({ id: account } = await connect(gateway, client, { system: 'BURKI', url: burki.url }));
  });
  afterEach(async () => {
    expect(burki.violations).toEqual([]);
    await burki.close();
  });

  async function newCall() {
    const { id: burkiId } = burki.add({ id: randomInt(2 ** 47) });
    const references = [{ system: 'BURKI', name: 'id', value: `${burkiId}` }];
    const { id } = await givenCall(client, { references });
    return { id, there: () => withoutNullMembers(burki.calls.get(burkiId)?.call_meta ?? {}) };
  }

  const metadataHere = async (id: string) => withoutNullMembers((await readCall(client, id)).metadata);
  const allSent = () =>
    expect
      .poll(() => readAccount(client, account))
      .toMatchObject({ pendingDeliveries: 0, deadDeliveries: 0 });

  it('a merge whose answer is lost is sent again, as it is then', async () => {
    const { id, there } = await newCall();
    loseAnswer(burki);
    await merge(client, id, { a: { b: 1, c: { d: 2 } }, e: 3 });
    await expect.poll(there).toEqual({ a: { b: 1, c: { d: 2 } }, e: 3 });
    await merge(client, id, { a: { b: null, c: { d: null, f: 4 } }, e: null });
    await allSent();
    expect(there()).toEqual({ a: { c: { f: 4 } } });
    expect(await metadataHere(id)).toEqual(there());
    expect(burki.requests[0]).toMatchObject({ status: null, isApplied: true });
    expect(burki.requests.length).toBeGreaterThan(1);
  });

  it('the vendor has in the end what we have, whatever was merged', async () => {
    const step = fc.record({ patch: metadataObject, isSent: fc.boolean() });
    const steps = (...patches: object[]) => patches.map((patch) => ({ patch, isSent: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (patches) => {
        const { id, there } = await newCall();
        for (const { patch, isSent } of patches) {
          await merge(client, id, patch);
          if (isSent) await allSent();
        }
        await allSent();
        expect(there()).toEqual(await metadataHere(id));
      }),
      {
        numRuns: 15,
        examples: [
          [steps({ a: { b: { c: 1, d: 2 }, e: 3 } }, { a: { b: { c: null } } }, { a: { b: null } })],
          [steps({ a: { b: { c: 1 } } }, { a: 5 }, { a: { d: 1 } }, { a: null })],
          [steps({ constructor: 1, toString: { a: 1 } }, { constructor: null, toString: null })],
        ],
        endOnFailure: true,
      },
    );
    const states = (await readDeliveries(client)).map(({ state, lastError }) => ({ state, lastError }));
    expect(states.filter(({ state }) => state !== 'DELIVERED' && state !== 'SUPERSEDED')).toEqual([]);
  });
});

it('a voice call whose answer is lost is looked up, and not created twice', async () => {
  const vcita = await openVcita();
  await connect(gateway, client, { system: 'VCITA', url: vcita.url });
  loseAnswer(vcita);
  const { voiceCall } = await createVoiceCall(client, { input: VOICE_CALL });
  await settled(client, ['VOICE_CALL DELIVERED']);
  expect(vcita.voiceCalls.size).toBe(1);
  const [uid] = vcita.voiceCalls.keys();
  expect((await readCall(client, voiceCall.call.id)).voiceCall.uid).toBe(uid);
  expect(vcita.requests.map(({ method, query, status }) => ({ method, query, status }))).toEqual([
    { method: 'POST', query: {}, status: null },
    {
      method: 'GET',
      query: { 'filter[source_id][eq]': VOICE_CALL.sourceId, per_page: '100' },
      status: 200,
    },
    { method: 'PUT', query: {}, status: 200 },
  ]);
  expect(vcita.violations).toEqual([]);
  await vcita.close();
});

it('a hang-up whose answer is lost is delivered when it is repeated, though the call has ended', async () => {
  const [burki, bird] = await Promise.all([openBurki(), openBird()]);
  const place = { workspaceId: randomUUID(), channelId: randomUUID() };
  await connect(gateway, client, { system: 'BURKI', url: burki.url });
  await connect(gateway, client, { system: 'BIRD', url: bird.url, members: place });
  const ofBurki = burki.add({ id: 101 });
  const ofBird = bird.add(place);
  const references = [
    { system: 'BURKI', name: 'callSid', value: ofBurki.call_sid },
    { system: 'BIRD', name: 'id', value: ofBird.id },
  ];
  const { id } = await givenCall(client, { references });
  for (const fake of [burki, bird]) loseAnswer(fake);
  await hangUpCall(client, { id });
  await settled(client, ['HANG_UP DELIVERED', 'HANG_UP DELIVERED']);
  expect([ofBurki.status, ofBird.status]).toEqual(['completed', 'completed']);
  expect(burki.requests.map(({ status }) => status)).toEqual([null, 400]);
  expect(bird.requests.map(({ method, status }) => [method, status])).toEqual([
    ['PATCH', null],
    ['PATCH', 422],
    ['GET', 200],
  ]);
  for (const fake of [burki, bird]) {
    expect(fake.violations).toEqual([]);
    await fake.close();
  }
});

/** Null is as good as absent, but for one in a list. */
function withoutNullMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNullMembers(member)]),
  );
}
