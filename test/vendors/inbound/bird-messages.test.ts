import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCall } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { updateAccount } from '../../support/vendors/accounts.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import {
  callBy,
  deliver,
  givenHook,
  type Hook,
  PUBLIC_URL,
  processed,
  readMessages,
  replayMessages,
  signed,
} from './hooks.js';

type Data = Answer['data'];

const KEY = 'switchboard-test-signing-key';
const PLACE = { workspaceId: randomUUID(), channelId: randomUUID() };

let gateway: TestGateway;
let client: Client;
let bird: FakeBird;

beforeAll(async () => {
  [gateway, bird] = await Promise.all([openTestGateway({ publicUrl: PUBLIC_URL }, 'info'), openBird()]);
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(async () => {
  expect(bird.violations).toEqual([]);
  await Promise.all([gateway.close(), bird.close()]);
});

const hooked = (members: object = { signingKey: KEY }): Promise<Hook> =>
  givenHook(gateway, client, { system: 'BIRD', vendor: bird, members: { ...PLACE, ...members } });

const bodyOf = (payload: object, event = 'voice.inbound') =>
  JSON.stringify({ service: 'channels', event, payload });

const send = (url: string, body: string, key = KEY) =>
  deliver(gateway, url, body, { headers: signed(url, body, key) });

const callOf = (of: Client, id: string): Promise<Data> => callBy(of, 'BIRD', 'id', id);

const WHOLE = {
  ...{ id: randomUUID(), channelId: PLACE.channelId, from: 'anonymous', to: '+3197058016589' },
  ...{ direction: 'incoming', status: 'ongoing', type: 'pstn', reason: 'ok', duration: 12 },
  originator: {
    number: { type: 'pstn', callerIdName: 'Zoë ☎' },
    contact: { id: 'c1', identifierKey: 'k', identifierValue: 'v' },
  },
  receiver: { number: { type: 'pstn', number: '+3197058016589', anonymous: false } },
  ...{ createdAt: '2026-11-28T10:00:00Z', updatedAt: '2026-11-28T10:00:09.123Z' },
  ...{ ringingAt: '2026-11-28T10:00:01Z', answeredAt: '2026-11-28T10:00:05Z' },
  ...{
    hangupCauseCode: 16,
    hangupSource: 'caller',
    hangupSipCode: '200',
    sipType: 'byoc',
    tags: ['vip', 'vip'],
  },
  notification: { url: 'https://example.com/n' },
  ...{ qualityInsights: { mos: '4.4', pdd: '1' }, amdResult: { result: 'human' } },
  sipInsights: { edgeRegion: 'eu', userAgent: 'x' },
};

describe('a signed message of Bird', () => {
  it('is believed as it is, and becomes a call with all that it says', async () => {
    const { url, account } = await hooked();
    await send(url, bodyOf(WHOLE));
    const [message] = await processed(client, ['APPLIED']);
    expect(message).toMatchObject({
      verified: true,
      reason: null,
      account: { id: account.id, system: 'BIRD' },
    });
    const call = await callOf(client, WHOLE.id);
    expect(message.call).toEqual({ id: call.id });
    expect(call).toMatchObject({
      ...{ direction: 'INBOUND', status: 'IN_PROGRESS', vendorStatus: 'ongoing', type: 'pstn', reason: 'ok' },
      ...{ from: null, to: '+3197058016589', duration: 12, tags: ['vip'], sipType: 'byoc' },
      originator: {
        contact: { contactId: 'c1', identifierKey: 'k', identifierValue: 'v' },
        number: { type: 'pstn', number: null, callerIdName: 'Zoë ☎', anonymous: true },
      },
      ...PLACE,
      hangup: { causeCode: 16, source: 'caller', sipCode: '200' },
      vendorUpdatedAt: '2026-11-28T10:00:09.123Z',
      answeredAt: '2026-11-28T10:00:05.000Z',
      quality: { mos: '4.4', pdd: '1' },
      answeringMachineDetection: { result: 'human' },
      sip: { edgeRegion: 'eu', userAgent: 'x' },
    });
    expect(call.history.nodes.map(({ actor }: Data) => actor)).toEqual([account.name]);
    expect(bird.requests).toEqual([]);
  });

  it('may name the registered URL with a query, whatever Host it comes with', async () => {
    const { url } = await hooked();
    const registered = `${url}?x=1&y=%20`;
    const body = bodyOf(WHOLE);
    await deliver(gateway, registered, body, {
      headers: { ...signed(registered, body, KEY), host: 'attacker.example' },
    });
    await processed(client, ['APPLIED']);
  });

  it.each<[string, (url: string, body: string) => [string, string, Record<string, string>]]>([
    ['a byte of the body', (url, body) => [url, body.replace('ongoing', 'Ongoing'), signed(url, body, KEY)]],
    ['the query', (url, body) => [`${url}?x=2`, body, signed(url, body, KEY)]],
    [
      'the timestamp',
      (url, body) => [
        url,
        body,
        { ...signed(url, body, KEY), 'messagebird-request-timestamp': '1735689601' },
      ],
    ],
    ['the key', (url, body) => [url, body, signed(url, body, 'other-key')]],
    ['nothing but the signature, which is not there', (url, body) => [url, body, {}]],
  ])('is REFUSED if %s is another one', async (_, changed) => {
    const { url } = await hooked();
    const [to, body, headers] = changed(url, bodyOf({ ...WHOLE, id: randomUUID() }));
    await deliver(gateway, to, body, { headers });
    const [message] = await processed(client, ['REFUSED']);
    expect(message).toMatchObject({
      verified: false,
      call: null,
      reason: expect.stringMatching(/sign/),
      body,
    });
    expect((await client.ask('{ calls { totalCount } }')).calls.totalCount).toBe(0);
  });

  it('that was refused is taken when it comes again with its own signature', async () => {
    const { url } = await hooked();
    const body = bodyOf(WHOLE);
    await deliver(gateway, url, body);
    await processed(client, ['REFUSED']);
    await send(url, body);
    await processed(client, ['APPLIED']);
  });

  it('of the third generation says `answered` when the call has ended', async () => {
    const { url } = await hooked();
    const id = randomUUID();
    const body = JSON.stringify({
      type: 'voice_call.ended',
      timestamp: '2026-11-28T10:00:00Z',
      data: {
        call_id: id,
        status: 'answered',
        direction: 'outbound',
        from: '+14155550100',
        to: '+14155550101',
        duration_ms: 61_400,
      },
    });
    await send(url, body);
    await processed(client, ['APPLIED']);
    expect(await callOf(client, id)).toMatchObject({
      ...{ status: 'COMPLETED', vendorStatus: 'answered', duration: 61, direction: 'OUTBOUND' },
    });
    await send(url, bodyOf({ id: randomUUID(), status: 'answered' }));
    const [, second] = await processed(client, ['APPLIED', 'APPLIED']);
    expect(await readCall(client, second.call.id)).toMatchObject({ status: 'IN_PROGRESS' });
  });

  it('of a shape that is not known is kept, shown and replayed', async () => {
    const { url } = await hooked();
    await send(
      url,
      JSON.stringify({ service: 'channels', event: 'voice.recording', payload: { id: randomUUID() } }),
    );
    const [message] = await processed(client, ['UNRECOGNISED']);
    expect(message).toMatchObject({ verified: true, reason: expect.stringContaining('event'), call: null });
    expect((await replayMessages(client, [message.id])).data.replayInboundMessages).toEqual([message]);
    await expect.poll(() => gateway.log.filter((line) => line.includes(message.reason)).length).toBe(2);
  });
});

describe('a message of Bird to an account without a signing key', () => {
  it('is a hint: the record is fetched and believed', async () => {
    const { url } = await hooked({});
    const { id } = bird.add({ ...PLACE, status: 'completed', duration: 9 });
    await deliver(
      gateway,
      url,
      bodyOf({ id, channelId: PLACE.channelId, status: 'ringing', from: '+14155550199' }),
    );
    const [message] = await processed(client, ['APPLIED']);
    expect(message).toMatchObject({ verified: true, reason: null });
    const believed = { status: 'COMPLETED', duration: 9, from: '+351910648518' };
    expect(await callOf(client, id)).toMatchObject(believed);
    // Now that it is verified, what it says itself is believed no more than before.
    await replayMessages(client, [message.id]);
    await processed(client, ['UNCHANGED']);
    expect(await callOf(client, id)).toMatchObject({ ...believed, revision: 1 });
  });

  it('is taken, and marked unverified, if the account may not read', async () => {
    const { url } = await hooked({ accessKey: 'another' });
    const id = randomUUID();
    await deliver(gateway, url, bodyOf({ id, status: 'ringing', from: '+14155550199' }));
    const [message] = await processed(client, ['APPLIED']);
    expect(message).toMatchObject({ verified: false, reason: expect.stringContaining('may not read') });
    expect(await callOf(client, id)).toMatchObject({ status: 'RINGING', from: '+14155550199' });
  });
});

/** Snapshots of one record, each with what the earlier ones have. */
const LIFE = ['starting', 'ringing', 'ongoing', 'completed'].map((status, step) => ({
  ...{ status, updatedAt: `2026-11-28T10:00:0${step}.000Z`, createdAt: '2026-11-28T10:00:00.000Z' },
  ...{ from: '+14155550100', to: '+14155550101', direction: 'outgoing', type: 'pstn' },
  ...(step > 0 && { ringingAt: '2026-11-28T10:00:01.000Z' }),
  ...(step > 1 && { answeredAt: '2026-11-28T10:00:02.000Z' }),
  ...(step > 2 && { endedAt: '2026-11-28T10:00:03.000Z', duration: 1, hangupSource: 'callee' }),
}));

const VALUES = [
  'status',
  'vendorStatus',
  'from',
  'to',
  'duration',
  'ringingAt',
  'answeredAt',
  'endedAt',
  'hangup',
];

it('in any order, and doubled, the messages of a call end in the same state', async () => {
  const orders = fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8, maxLength: 8 });
  const ends = fc.asyncProperty(orders, async (order) => {
    const fresh = await gateway.client();
    const { url } = await givenHook(gateway, fresh, {
      system: 'BIRD',
      members: { ...PLACE, signingKey: KEY },
    });
    const id = randomUUID();
    for (const step of order) await send(url, bodyOf({ id, ...LIFE[step] }, 'voice.outbound'));
    await expect
      .poll(async () => (await fresh.ask('{ inboundMessages { totalCount } }')).inboundMessages.totalCount)
      .toBe(4);
    const call = await callOf(fresh, id);
    expect(Object.fromEntries(VALUES.map((name) => [name, call[name]]))).toEqual({
      ...{ status: 'COMPLETED', vendorStatus: 'completed', duration: 1 },
      ...{ from: '+14155550100', to: '+14155550101' },
      ringingAt: '2026-11-28T10:00:01.000Z',
      answeredAt: '2026-11-28T10:00:02.000Z',
      endedAt: '2026-11-28T10:00:03.000Z',
      hangup: { causeCode: null, source: 'callee', sipCode: null },
    });
  });
  await fc.assert(ends, { numRuns: 8 });
});

describe('a pre-signed address in a message', () => {
  const ADDRESS = 'https://recordings.example/a.mp3';
  const withAddress = (id: string, more: object = {}) =>
    bodyOf({
      ...{ id, status: 'completed', updatedAt: '2026-11-28T10:00:03Z', duration: 1 },
      recordingUrl: `${ADDRESS}?X-Amz-Date=20261128&X-Amz-Signature=secretsignature`,
      ...more,
    });
  const stored = async () => {
    const rows = await gateway.database.db.execute<{ body: string }>(sql`
      select convert_from(body, 'UTF8') as body from inbound_messages order by id desc limit 1`);
    return rows[0]?.body;
  };

  it('is masked once the message is done, which can be replayed', async () => {
    const { url } = await hooked();
    const id = randomUUID();
    await send(url, withAddress(id));
    const [message] = await processed(client, ['APPLIED']);
    const left = withAddress(id, { recordingUrl: ADDRESS });
    expect(message.body).toBe(left);
    expect(await stored()).toBe(left);
    await send(url, withAddress(id));
    await replayMessages(client, [message.id]);
    const [again] = await processed(client, ['UNCHANGED']);
    expect(again).toMatchObject({ id: message.id, verified: true, body: left });
  });

  it('is not shown, but kept, while its signature may have to be checked again', async () => {
    const hook = await hooked({ signingKey: 'another key' });
    const body = withAddress(randomUUID());
    await send(hook.url, body);
    const [message] = await processed(client, ['REFUSED']);
    expect(message.body).not.toContain('secretsignature');
    expect(await stored()).toBe(body);
    await updateAccount(client, hook.account.id, { vendor: { bird: { signingKey: KEY } } });
    await replayMessages(client, [message.id]);
    expect((await processed(client, ['APPLIED']))[0]).toMatchObject({ verified: true });
    expect(await stored()).not.toContain('secretsignature');
  });

  it('of a message that was a hint leaves it one when the account gets a signing key', async () => {
    const hook = await hooked({});
    const { id } = bird.add({ ...PLACE, status: 'completed', duration: 9 });
    await deliver(gateway, hook.url, withAddress(id, { channelId: PLACE.channelId, duration: 1 }));
    const [message] = await processed(client, ['APPLIED']);
    await updateAccount(client, hook.account.id, { vendor: { bird: { signingKey: KEY } } });
    await replayMessages(client, [message.id]);
    await processed(client, ['UNCHANGED']);
    expect(await callOf(client, id)).toMatchObject({ duration: 9 });
  });
});

describe('parents that form a circle', () => {
  const told = (id: string, parentId: string | undefined, second: number, status = 'ongoing') =>
    bodyOf({ id, parentId, status, updatedAt: `2026-11-28T10:00:0${second}Z`, to: '+3197058016589' });

  it.each([2, 3, 4])(
    'of %i calls lose nothing: one of them is written without, and the message says why',
    async (length) => {
      const { url } = await hooked();
      const ids = Array.from({ length }, () => randomUUID());
      const parentOf = (n: number) => ids[(n + 1) % length];
      for (const id of ids) await send(url, told(id, undefined, 1, 'ringing'));
      await processed(
        client,
        ids.map(() => 'APPLIED'),
      );
      for (const [n, id] of ids.entries()) {
        await send(url, told(id, parentOf(n), 2));
        await processed(
          client,
          Array.from({ length: length + n + 1 }, () => 'APPLIED'),
        );
      }
      const messages = (await readMessages(client)).toReversed();
      expect(messages.at(-1).reason).toMatch(
        /^A call cannot be its own parent, nor the parent of one it descends from\.$/,
      );
      for (const { reason } of messages.slice(0, -1)) expect(reason).toBeNull();
      for (const [n, id] of ids.entries()) {
        const call = await callOf(client, id);
        expect(call).toMatchObject({ status: 'IN_PROGRESS', to: '+3197058016589' });
        const last = n === length - 1;
        expect(call.parent?.references[0].value).toBe(last ? undefined : parentOf(n));
      }
    },
  );

  it('that are not known yet too', async () => {
    const { url } = await hooked();
    const [a, b] = [randomUUID(), randomUUID()];
    await send(url, told(a, b, 1));
    await processed(client, ['APPLIED']);
    await send(url, told(b, a, 1));
    await processed(client, ['APPLIED', 'APPLIED']);
    await send(url, told(a, b, 2, 'completed'));
    const messages = await processed(client, ['APPLIED', 'APPLIED', 'APPLIED']);
    expect(messages.at(-1).reason).toContain('its own parent');
    expect(await callOf(client, a)).toMatchObject({ status: 'COMPLETED', parent: null });
    expect((await callOf(client, b)).parent.references[0].value).toBe(a);
  });
});
