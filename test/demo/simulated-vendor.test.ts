import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { simulatedAudio } from '../../src/demo/traffic/simulated-audio.js';
import {
  type Client,
  clientOf,
  openTestGateway,
  TEST_SECRETS_KEYS,
  type TestGateway,
} from '../support/gateway.js';
import { openSimulating } from '../support/simulating.js';

let base: TestGateway;
let simulating: Awaited<ReturnType<typeof openSimulating>>;
let client: Client;
let origin: string;

beforeAll(async () => {
  // Only the gateway of the demo sends.
  base = await openTestGateway({ vendors: false });
  const seeded = await seedDemo(base.database);
  // No private address may be asked but its own.
  const config = { secretsKeys: TEST_SECRETS_KEYS, vendorsAllowPrivate: false };
  simulating = await openSimulating(base.database, config);
  const { url } = simulating;
  origin = new URL(url).origin;
  client = clientOf(url, seeded?.token ?? '', `Bearer ${seeded?.token}`);
  await start({ calls: 40, day: '2026-03-02' });
});
afterAll(async () => {
  await simulating.close();
  await base.close();
});

const headers = () => ({ authorization: `Bearer ${client.token}`, 'content-type': 'application/json' });
const state = async () => {
  const response = await fetch(`${origin}/demo/traffic`, { headers: headers() });
  return (await response.json()) as { state: string; problem: string | null };
};

async function start(body: object): Promise<void> {
  await fetch(`${origin}/demo/traffic`, { method: 'POST', headers: headers(), body: JSON.stringify(body) });
  await vi.waitFor(async () => expect((await state()).state).not.toBe('RUNNING'), {
    timeout: 60_000,
    interval: 10,
  });
}

const accounts = async () => {
  const { vendorAccounts } = await client.ask(
    '{ vendorAccounts { name state pendingDeliveries imports { nodes { state seen total failed } } } }',
  );
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the document above
  return Object.fromEntries(vendorAccounts.map((account: any) => [account.name, account]));
};

it('deliveries go to the simulated vendor alone, and its calls are imported', async () => {
  expect(await state()).toMatchObject({ state: 'DONE', problem: null });
  await expect.poll(accounts).toMatchObject({
    'Burki (simulated)': {
      state: 'ACTIVE',
      imports: { nodes: [{ state: 'DONE', seen: 240, total: 240, failed: 0 }] },
    },
    'vcita (paused)': { state: 'PAUSED' },
    'Bird (out of reach)': { imports: { nodes: [] } },
  });
  expect((await accounts())['vcita (paused)'].pendingDeliveries).toBeGreaterThan(0);
  const delivered = async () => {
    const { deliveries } = await client.ask(
      '{ deliveries(filter: { state: [DELIVERED], kind: [METADATA] }) { nodes { account { name } } } }',
    );
    return new Set(deliveries.nodes.map(({ account }: { account: { name: string } }) => account.name));
  };
  await expect.poll(delivered).toEqual(new Set(['Burki (simulated)']));
});

it('its webhooks are applied, or say why not', async () => {
  const states = async () => {
    const { inboundMessages } = await client.ask('{ inboundMessages { nodes { state } } }');
    return inboundMessages.nodes.map(({ state }: { state: string }) => state);
  };
  await expect.poll(async () => (await states())[0]).toBe('UNRECOGNISED');
  expect(await states()).toHaveLength(6);
  await expect
    .poll(async () => (await states()).filter((each: string) => ['APPLIED', 'UNCHANGED'].includes(each)))
    .toHaveLength(4);
});

it('recordings can be played, and parts of them', async () => {
  const { calls } = await client.ask(
    '{ calls(filter: { system: [BURKI], hasRecording: true }, first: 1) { nodes { recordings { url duration } } } }',
  );
  const [{ url, duration }] = calls.nodes[0].recordings;
  const address = `${origin}${new URL(url).pathname}${new URL(url).search}`;
  const whole = await fetch(address);
  expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'audio/wav']);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(bytes.subarray(0, 4).toString()).toBe('RIFF');
  expect(bytes.length).toBe(44 + duration * 8_000);
  const part = await fetch(address, { headers: { range: 'bytes=1000-1099' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(1_000, 1_100));
});

it('the simulated vendor has a key, too', async () => {
  const response = await fetch(`${origin}/demo/burki/api/v1/calls/`);
  expect(response.status).toBe(401);
});

it('nothing is written beside an account that sends to a real vendor', async () => {
  const mutation = `mutation ($sends: Boolean!) {
    createVendorAccount(input: { name: "real", sends: $sends, vendor: { creovai: {
      baseUrl: "https://acme.audio.creovai.com", clientId: "id", clientSecret: "secret"
    } } }) { vendorAccount { id } errors { message } }
  }`;
  const { createVendorAccount } = await client.ask(mutation, { sends: true });
  expect(createVendorAccount.errors).toEqual([]);
  await start({ calls: 3, seed: 99, day: '2026-03-02' });
  expect(await state()).toMatchObject({
    state: 'FAILED',
    problem:
      'the vendor account real would send simulated calls to its vendor: delete it, or let it send nothing',
    written: { calls: 0, writes: 0 },
  });
  await client.ask('mutation ($id: ID!) { deleteVendorAccount(id: $id) { errors { message } } }', {
    id: createVendorAccount.vendorAccount.id,
  });
  await client.ask(mutation, { sends: false });
  await start({ calls: 3, seed: 99, day: '2026-03-02' });
  expect(await state()).toMatchObject({ state: 'DONE', written: { calls: 3 } });
});

it('audio is the same for the same name, whichever part is read', () => {
  const audio = simulatedAudio('one', 2);
  const read = (from: number, to: number) => Buffer.concat([...audio.read(from, to)]);
  const whole = read(0, audio.bytes);
  expect(whole).toEqual(Buffer.concat([...simulatedAudio('one', 2).read(0, audio.bytes)]));
  expect(whole.equals(Buffer.concat([...simulatedAudio('two', 2).read(0, audio.bytes)]))).toBe(false);
  expect(Buffer.concat([read(0, 1_234), read(1_234, audio.bytes)])).toEqual(whole);
  // As the header says.
  expect([whole.readUInt32LE(4), whole.readUInt32LE(40)]).toEqual([audio.bytes - 8, audio.bytes - 44]);
});
