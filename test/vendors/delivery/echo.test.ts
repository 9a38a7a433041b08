import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/config/config.js';
import { sharedAccount } from '../../../src/db/connection/account.js';
import { MetadataService } from '../../../src/metadata/metadata.service.js';
import { join } from '../../intake/join/join.js';
import {
  createVoiceCall,
  givenCall,
  patchVoiceCall,
  readCall,
  recordCallFlowProgress,
  replaceCallFlow,
} from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { readAccount } from '../../support/vendors/accounts.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { VOICE_CALL } from '../vcita-document.js';
import { connect, linesOf, readDeliveries, settled } from './connected.js';
import { merge, replay } from './deliveries.js';

type Data = Answer['data'];

/** Of a call that takes a flow. */
const RINGING = { ...VOICE_CALL, status: 'INCOMING_CALL' };
const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let vcita: FakeVcita;
let bird: FakeBird;
let accounts: Record<'burki' | 'vcita' | 'bird', Data>;
let call: { id: string };

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  [burki, vcita, bird] = await Promise.all([openBurki(), openVcita(), openBird()]);
  accounts = {
    burki: await connect(gateway, client, { system: 'BURKI', url: burki.url }),
    vcita: await connect(gateway, client, { system: 'VCITA', url: vcita.url }),
    bird: await connect(gateway, client, { system: 'BIRD', url: bird.url, members: PLACE }),
  };
  burki.add({ id: 101 });
  const references = [
    { system: 'BURKI', name: 'callSid', value: 'CA101' },
    { system: 'BIRD', name: 'id', value: bird.add(PLACE).id },
  ];
  const { id } = await givenCall(client, { references });
  call = { id };
});
afterEach(async () => {
  const fakes = [burki, vcita, bird];
  expect(fakes.flatMap(({ violations }) => violations)).toEqual([]);
  await Promise.all(fakes.map((fake) => fake.close()));
});
afterAll(() => gateway.close());

/** Merges as the connector of an account does when its vendor reports a change. */
async function reported({ id, name }: Data, patch: Record<string, unknown>): Promise<void> {
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  const organization = uuidIn(viewer.organization.id);
  await new MetadataService(gateway.database, DEFAULTS).merge(
    {
      organization: { id: organization, slug: '', name: '' },
      ...{ keyId: `vendor_account:${id}`, kind: 'APP', name, staffUid: null, scopes: ['ADMIN'] },
      vendorAccountId: uuidIn(id),
      account: sharedAccount(organization),
    },
    { target: { id: uuidIn(call.id), path: [], label: '' }, patch, expectedRevision: null, path: [] },
  );
}

describe('what a connector writes', () => {
  it('goes to every other account that takes it, and never to its own', async () => {
    await reported(accounts.burki, { fromBurki: 1 });
    await reported(accounts.vcita, { fromVcita: 1 });
    await settled(client, ['METADATA DELIVERED']);
    expect(burki.calls.get(101)?.call_meta).toEqual({ fromVcita: 1 });
    await reported(accounts.bird, { fromBird: 1 });
    await settled(client, ['METADATA DELIVERED', 'METADATA DELIVERED']);
    expect(burki.calls.get(101)?.call_meta).toEqual({ fromVcita: 1, fromBird: 1 });
    expect((await readCall(client, call.id)).metadata).toEqual({ fromBurki: 1, fromVcita: 1, fromBird: 1 });
  });

  it('from an answer goes nowhere: vcita’s uid, Bird’s progress, Burki’s id', async () => {
    await createVoiceCall(client, { call, input: RINGING });
    await replaceCallFlow(client, { call, commands: [{ answer: {} }] });
    await merge(client, call.id, { a: 1 });
    await settled(client, ['VOICE_CALL DELIVERED', 'CALL_FLOW DELIVERED', 'METADATA DELIVERED']);
    const after = await readCall(client, call.id);
    const [uid] = vcita.voiceCalls.keys();
    expect(after).toMatchObject({
      voiceCall: { uid },
      callFlow: { vendorId: expect.any(String) },
      references: expect.arrayContaining([
        { system: 'VCITA', name: 'uid', value: uid },
        { system: 'BURKI', name: 'id', value: '101' },
      ]),
    });
    expect([vcita, burki, bird].map((fake) => linesOf(fake).length)).toEqual([2, 2, 1]);
  });

  it('and what a client writes is no change if it is equal', async () => {
    const { voiceCall } = await createVoiceCall(client, { call, input: RINGING });
    await replaceCallFlow(client, { call, commands: [{ answer: {} }] });
    await merge(client, call.id, { a: { b: [1] } });
    const states = ['VOICE_CALL DELIVERED', 'CALL_FLOW DELIVERED', 'METADATA DELIVERED'];
    await settled(client, states);
    const { history, ...before } = await readCall(client, call.id);

    await reported(accounts.vcita, { a: { b: [1] } });
    await merge(client, call.id, { a: { b: [1] }, absent: null });
    await patchVoiceCall(client, { voiceCall: { id: voiceCall.id }, input: { status: RINGING.status } });
    const { callFlow } = before;
    await recordCallFlowProgress(client, {
      callFlow: callFlow.id,
      vendorId: callFlow.vendorId,
      commands: callFlow.commands.map(({ id, status }: Data) => ({ id, status })),
    });
    const { history: _, ...after } = await readCall(client, call.id);
    expect(after).toEqual(before);
    await settled(client, states);
  });
});

describe('a join', () => {
  it('sends a vendor what its call did not have, and nothing that it has', async () => {
    await reported(accounts.burki, { fromBurki: 1, shared: 'burki' });
    const other = await givenCall(client, {
      references: [{ system: 'CREOVAI', name: 'sessionId', value: randomUUID() }],
    });
    await merge(client, other.id, { fromClient: 1, shared: 'client' });
    await join(client, other, call);
    await settled(client, ['METADATA DELIVERED']);
    expect((await readCall(client, other.id)).metadata).toEqual({
      fromBurki: 1,
      fromClient: 1,
      shared: 'client',
    });
    const sent = burki.requests.filter(({ method }) => method === 'PATCH');
    expect(sent.map(({ body }) => body)).toEqual([{ metadata: { fromClient: 1, shared: 'client' } }]);
  });

  it('sends nothing to a vendor that has all of it', async () => {
    await reported(accounts.burki, { fromBurki: 1 });
    const other = await givenCall(client, {
      references: [{ system: 'CREOVAI', name: 'sessionId', value: randomUUID() }],
    });
    await join(client, other, call);
    expect((await readCall(client, other.id)).metadata).toEqual({ fromBurki: 1 });
    expect(await readDeliveries(client)).toEqual([]);
  });

  it('sends no voice call again', async () => {
    await createVoiceCall(client, { call, input: RINGING });
    await settled(client, ['VOICE_CALL DELIVERED']);
    const other = await givenCall(client, {
      references: [{ system: 'CREOVAI', name: 'sessionId', value: randomUUID() }],
    });
    await join(client, other, call);
    await merge(client, other.id, { later: 1 });
    await settled(client, ['VOICE_CALL DELIVERED', 'METADATA DELIVERED']);
    expect((await readCall(client, other.id)).voiceCall).toMatchObject({ staffUid: RINGING.staffUid });
  });

  it('sends what came from the duplicate to a vendor that has the call', async () => {
    const other = await givenCall(client, {
      references: [{ system: 'CREOVAI', name: 'sessionId', value: randomUUID() }],
    });
    await merge(client, other.id, { fromClient: 1 });
    await join(client, call, other);
    await settled(client, ['METADATA DELIVERED']);
    expect(burki.calls.get(101)?.call_meta).toEqual({ fromClient: 1 });
  });
});

it('a fuse stops accounts that keep changing a call for each other, says so, and lets people through', async () => {
  const pending = async () => (await readAccount(client, accounts.burki.id)).pendingDeliveries;
  for (let n = 1; n <= 33; n += 1) {
    await reported(n % 2 === 0 ? accounts.bird : accounts.vcita, { n });
    await expect.poll(pending).toBe(0);
  }
  const ended = [
    ...Array.from({ length: 31 }, () => 'METADATA DELIVERED'),
    ...Array.from({ length: 2 }, () => 'METADATA DEAD'),
  ];
  await settled(client, ended);
  const dead = (await readDeliveries(client)).filter(({ state }) => state === 'DEAD');
  expect(dead[0]).toMatchObject({
    attempts: 0,
    lastError: expect.stringMatching(
      /^Two vendor accounts keep changing this call.* more than 30 deliveries/,
    ),
  });
  expect(burki.calls.get(101)?.call_meta).toEqual({ n: 31 });

  await merge(client, call.id, { byPerson: true });
  await settled(client, [...ended, 'METADATA DELIVERED']);
  expect(burki.calls.get(101)?.call_meta).toEqual({ n: 31, byPerson: true });

  await replay(
    client,
    dead.map(({ id }) => id),
  );
  await expect.poll(() => burki.calls.get(101)?.call_meta).toEqual({ n: 33, byPerson: true });
});
