import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRecorded } from '../../recordings/recorded.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { updateAccount } from '../../support/vendors/accounts.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { heard, urlOf } from '../audio/listening.js';
import { readDeliveries } from '../delivery/connected.js';
import { EXAMPLE } from '../vcita-document.js';
import { callBy, deliver, givenHook, type Hook, processed, readMessages } from './hooks.js';

const BYTES = randomBytes(1_000);

let gateway: TestGateway;
let client: Client;
let vcita: FakeVcita;
let hook: Hook;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  vcita = await openVcita();
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'VCITA', vendor: vcita });
});
afterEach(async () => {
  expect(vcita.violations).toEqual([]);
  await updateAccount(client, hook.account.id, { receives: false });
  await vcita.close();
});
afterAll(() => gateway.close());

const added = (more: object = {}) =>
  vcita.add({ ...EXAMPLE, source_id: randomUUID(), external_uuid: randomUUID(), ...more });
const known = async (uid: string) => readRecorded(client, (await callBy(client, 'VCITA', 'uid', uid)).id);
const asked = () => vcita.requests.filter(({ operation }) => operation === 'transcript');

/** As if a minute had passed. */
const due = () =>
  gateway.database.db.execute(sql`
    update vendor_accounts set updates_due_at = now() where id = ${uuidIn(hook.account.id)}`);
const refuse = (status: number, isWanted: () => boolean = () => true) =>
  vcita.behave({
    refuse: ({ path }) => (path.endsWith('/transcript') && isWanted() ? { status, body: {} } : null),
  });

const DONE = (transcript_uid: string) => ({
  ...{ transcript_uid, status: 'DONE' },
  transcript: [
    { timestamp: 0, speaker_role: 'staff', text: 'Hello, how can I help you?' },
    { timestamp: 3.2, speaker_role: 'client', text: 'An appointment, please.' },
  ],
});
const LINE = { end: null, confidence: null };
const LINES = [
  { ...LINE, start: 0, speaker: 'AGENT', speakerName: 'staff', text: 'Hello, how can I help you?' },
  { ...LINE, start: 3.2, speaker: 'CUSTOMER', speakerName: 'client', text: 'An appointment, please.' },
];

it('a voice call of vcita has its voicemail, which can be heard, and its transcript', async () => {
  const { uid } = added({ status: 'VOICEMAIL' });
  const [recording, transcript] = [randomUUID(), randomUUID()];
  const shown = { recording_type: 'VOICEMAIL', duration: 30 };
  vcita.recordings.set(recording, { voiceCall: uid, bytes: BYTES, shown });
  vcita.transcripts.set(uid, DONE(transcript));
  await deliver(gateway, hook.url, { uid, n: 1 });
  await processed(client, ['APPLIED']);
  const before = await known(uid);
  expect(before.recordings).toMatchObject([
    { system: 'VCITA', vendorId: recording, kind: 'VOICEMAIL', status: null, duration: 30, format: null },
  ]);
  expect(before.transcripts).toMatchObject([
    { system: 'VCITA', vendorId: transcript, status: 'DONE', lines: LINES },
  ]);
  // The pre-signed address is nowhere.
  expect(JSON.stringify(before)).not.toContain('signature');
  const { status, bytes } = await heard(await urlOf(client, before.recordings[0].id));
  expect({ status, isWhole: bytes.equals(BYTES) }).toEqual({ status: 200, isWhole: true });
  await deliver(gateway, hook.url, { uid, n: 2 });
  await processed(client, ['APPLIED', 'UNCHANGED']);
  expect(await known(uid)).toEqual(before);
  expect(await readDeliveries(client)).toEqual([]);
});

it('a transcript that vcita has not made yet is read when its voice call is updated', async () => {
  const voiceCall = added();
  const { uid } = voiceCall;
  const transcript = randomUUID();
  vcita.transcripts.set(uid, { transcript_uid: transcript, status: 'IN_PROGRESS' });
  await deliver(gateway, hook.url, { uid });
  await processed(client, ['APPLIED']);
  expect((await known(uid)).transcripts).toEqual([]);
  expect(asked()).toEqual([]);
  vcita.transcripts.set(uid, DONE(transcript));
  voiceCall.updatedAt = new Date(Date.now() + 1_000).toISOString();
  await due();
  await expect
    .poll(async () => (await known(uid)).transcripts, { timeout: 30_000 })
    .toMatchObject([{ vendorId: transcript, lines: LINES }]);
});

it('a voice call whose transcript is gone has none', async () => {
  const { uid } = added({ transcript_status: 'DONE' });
  await deliver(gateway, hook.url, { uid });
  await processed(client, ['APPLIED']);
  expect((await known(uid)).transcripts).toEqual([]);
  expect(asked()).toHaveLength(1);
  expect((await readMessages(client))[0]).toMatchObject({ reason: null });
});

describe('a transcript that cannot be read', () => {
  /** Updated a second after the read before ended. */
  function updated(more: object = {}) {
    const voiceCall = added(more);
    voiceCall.updatedAt = new Date(Date.now() + 1_000).toISOString();
    const transcript = randomUUID();
    vcita.transcripts.set(voiceCall.uid, DONE(transcript));
    return { uid: voiceCall.uid, transcript };
  }
  const transcriptsOf = async (uid: string) => {
    const call = await callBy(client, 'VCITA', 'uid', uid);
    return call === null ? null : call.transcripts.map(({ vendorId }: { vendorId: string }) => vendorId);
  };
  const account = async () => {
    const [row] = await gateway.database.db.execute<{ updates_position: string; updates_tries: number }>(sql`
      select updates_position, updates_tries from vendor_accounts where id = ${uuidIn(hook.account.id)}`);
    return row ?? expect.fail();
  };

  it('is asked for by the next read, though its voice call has not changed since', async () => {
    let refused = 0;
    refuse(500, () => ++refused === 1);
    const { uid, transcript } = updated();
    await due();
    await expect.poll(() => transcriptsOf(uid)).toEqual([]);
    await expect.poll(() => refused).toBe(1);
    await expect.poll(async () => (await account()).updates_tries).toBe(1);
    await due();
    await expect.poll(() => transcriptsOf(uid)).toEqual([transcript]);
    await expect.poll(async () => (await account()).updates_tries).toBe(0);
  });

  it('is asked for anew after the process was killed between the voice call and it', async () => {
    const { uid, transcript } = updated();
    const { updates_position: before } = await account();
    refuse(500);
    await due();
    await expect.poll(() => transcriptsOf(uid)).toEqual([]);
    await expect.poll(async () => (await account()).updates_tries).toBe(1);
    vcita.behave({});
    // The claim of the process that was killed is all that it has left.
    await gateway.database.db.execute(sql`
      update vendor_accounts set updates_position = ${before}, updates_tries = 1, updates_due_at = now()
      where id = ${uuidIn(hook.account.id)}`);
    await expect.poll(() => transcriptsOf(uid)).toEqual([transcript]);
  });

  /** Once the read before is over: until then the account is claimed for less than that. */
  const dueAgain = () =>
    gateway.database.db.execute(sql`
      update vendor_accounts set updates_due_at = now()
      where id = ${uuidIn(hook.account.id)} and updates_due_at > now() + interval '50 seconds'`);

  it('is asked for anew, and those of its page that were read are not', async () => {
    const all = [updated(), updated(), updated()];
    const [missing] = all;
    let refused = 0;
    vcita.behave({
      refuse: ({ path }) =>
        path.endsWith(`${missing?.uid}/transcript`) && ++refused <= 3 ? { status: 500, body: {} } : null,
    });
    const { updates_position: before } = await account();
    await expect
      .poll(
        async () => {
          await dueAgain();
          return (await account()).updates_position;
        },
        { interval: 200 },
      )
      .not.toBe(before);
    for (const { uid, transcript } of all) expect(await transcriptsOf(uid)).toEqual([transcript]);
    const times = all.map(({ uid }) => asked().filter(({ path }) => path.includes(uid)).length);
    expect(times).toEqual([4, 1, 1]);
    const [row] = await gateway.database.db.execute<{ updates_done: string[] }>(sql`
      select updates_done from vendor_accounts where id = ${uuidIn(hook.account.id)}`);
    expect(row?.updates_done).toEqual([]);
  });

  it('is asked for again if its voice call has changed since it was read', async () => {
    const [first, missing] = [updated(), updated()];
    vcita.behave({
      refuse: ({ path }) => (path.endsWith(`${missing?.uid}/transcript`) ? { status: 500, body: {} } : null),
    });
    await due();
    await expect.poll(() => transcriptsOf(first.uid)).toEqual([first.transcript]);
    await expect.poll(async () => (await account()).updates_tries).toBe(1);
    const next = randomUUID();
    vcita.transcripts.set(first.uid, DONE(next));
    const voiceCall = vcita.voiceCalls.get(first.uid) ?? expect.fail();
    voiceCall.updatedAt = new Date(Date.now() + 2_000).toISOString();
    Object.assign(voiceCall.written, { call_summary: 'changed' });
    await dueAgain();
    await expect.poll(() => transcriptsOf(first.uid)).toContain(next);
  });

  it.each([
    [500, 10],
    [403, 1],
  ])('for ever (%i) does not stop the reads: after %i of them the rest goes on', async (status, reads) => {
    refuse(status);
    const { uid } = updated();
    const { updates_position: before } = await account();
    await expect
      .poll(
        async () => {
          await dueAgain();
          return (await account()).updates_position;
        },
        { interval: 200 },
      )
      .not.toBe(before);
    expect(await transcriptsOf(uid)).toEqual([]);
    expect(asked()).toHaveLength(reads);
    // A read that began meanwhile counts as a try until it ends.
    await expect.poll(async () => (await account()).updates_tries).toBe(0);
  });
});
