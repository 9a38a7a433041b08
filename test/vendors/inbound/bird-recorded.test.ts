import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readRecorded } from '../../recordings/recorded.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { heard, urlOf } from '../audio/listening.js';
import {
  callBy,
  deliver,
  givenHook,
  type Hook,
  PUBLIC_URL,
  processed,
  readMessages,
  signed,
} from './hooks.js';

const KEY = 'switchboard-test-signing-key';
const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };
const BYTES = randomBytes(1_000);

let gateway: TestGateway;
let client: Client;
let bird: FakeBird;

beforeAll(async () => {
  gateway = await openTestGateway({ publicUrl: PUBLIC_URL });
});
beforeEach(async () => {
  bird = await openBird();
  client = await gateway.client();
});
afterEach(async () => {
  expect(bird.violations).toEqual([]);
  await bird.close();
});
afterAll(() => gateway.close());

const hooked = (members: object = { signingKey: KEY }): Promise<Hook> =>
  givenHook(gateway, client, { system: 'BIRD', vendor: bird, members: { ...PLACE, ...members } });

/** What Bird sends of its call. */
async function sent({ url }: Hook, id: string, more: object = {}): Promise<void> {
  const { workspaceId: _, flows: __, ...call } = bird.calls.get(id) ?? expect.fail('no such call');
  const body = JSON.stringify({ service: 'channels', event: 'voice.inbound', payload: { ...call, ...more } });
  await deliver(gateway, url, body, { headers: signed(url, body, KEY) });
}

function givenCalls(): { call: string; recording: string } {
  const ended = { ...PLACE, status: 'completed', duration: 31 };
  const [{ id: call }, { id: other }] = [bird.add(ended), bird.add(ended)];
  const [recording, another] = [randomUUID(), randomUUID()];
  bird.recordings.set(recording, { callId: call, bytes: BYTES });
  bird.recordings.set(another, { callId: other, bytes: BYTES });
  return { call, recording };
}

const known = async (call: string) => readRecorded(client, (await callBy(client, 'BIRD', 'id', call)).id);
const operations = () => bird.requests.map(({ operation }) => operation);

const RECORDING = {
  ...{ system: 'BIRD', kind: 'CALL', status: 'available', duration: 30, format: 'mp3' },
  createdAt: '2026-11-28T10:01:00.500Z',
};

it.each<[string, object, string[]]>([
  ['signed', { signingKey: KEY }, ['recordings']],
  ['that is a hint', {}, ['get', 'recordings']],
])(
  'a message %s of a call that has ended brings its recording, which can be heard',
  async (_, key, asked) => {
    const hook = await hooked(key);
    const { call, recording } = givenCalls();
    await sent(hook, call);
    await processed(client, ['APPLIED']);
    expect(operations()).toEqual(asked);
    expect(bird.requests.at(-1)?.query).toEqual({ sourceId: call, limit: '99' });
    const { recordings } = await known(call);
    expect(recordings).toEqual([{ id: expect.any(String), vendorId: recording, ...RECORDING }]);
    const { status, bytes } = await heard(
      (await urlOf(client, recordings[0].id))?.replace(PUBLIC_URL, new URL(gateway.url).origin) ?? null,
    );
    expect({ status, isWhole: bytes.equals(BYTES) }).toEqual({ status: 200, isWhole: true });
    await sent(hook, call, { tags: [] });
    await processed(client, ['APPLIED', 'UNCHANGED']);
    expect((await known(call)).recordings).toEqual(recordings);
  },
);

it.each([
  ['goes on', { status: 'ongoing', duration: 12 }],
  ['has lasted for no time', { status: 'no-answer', duration: 0 }],
])('of a call that %s nothing is asked', async (_, state) => {
  const hook = await hooked();
  const { call } = givenCalls();
  await sent(hook, call, state);
  await processed(client, ['APPLIED']);
  expect(operations()).toEqual([]);
  expect((await known(call)).recordings).toEqual([]);
});

it('a list that Bird did not filter gives a call no recording of another', async () => {
  const hook = await hooked();
  const { call, recording } = givenCalls();
  for (const each of bird.recordings.values()) {
    Object.assign(each, { callId: call, shown: { sourceId: each.callId } });
  }
  await sent(hook, call);
  await processed(client, ['APPLIED']);
  expect((await known(call)).recordings).toMatchObject([{ vendorId: recording }]);
});

it('while the list cannot be read the call is written, and the message tried again', async () => {
  const hook = await hooked();
  const { call, recording } = givenCalls();
  bird.behave({ refuse: ({ operation }) => (operation === 'recordings' ? { status: 503 } : null) });
  await sent(hook, call);
  await expect
    .poll(() => readMessages(client), { timeout: 30_000 })
    .toMatchObject([
      { state: 'FAILED', verified: true, reason: expect.stringContaining('could not be read') },
    ]);
  expect(await callBy(client, 'BIRD', 'id', call)).toMatchObject({ status: 'COMPLETED', duration: 31 });
  bird.behave({});
  await processed(client, ['APPLIED']);
  expect((await known(call)).recordings).toMatchObject([{ vendorId: recording }]);
});

it('an account that may not read recordings has the call without them, and says so', async () => {
  const hook = await hooked();
  const { call } = givenCalls();
  bird.behave({ refuse: ({ operation }) => (operation === 'recordings' ? { status: 403 } : null) });
  await sent(hook, call);
  const [message] = await processed(client, ['APPLIED']);
  expect(message).toMatchObject({ verified: true, reason: expect.stringContaining('answered 403') });
  expect((await known(call)).recordings).toEqual([]);
  bird.behave({});
});
