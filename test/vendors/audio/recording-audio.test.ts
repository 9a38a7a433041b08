import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import type { Answer } from '../../support/vendors/misbehaviour.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { BYTES, givenAtBurki, givenRecording, heard, type Recorded, refusalOf } from './listening.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let vcita: FakeVcita;
let creovai: FakeCreovai;
let bird: FakeBird;
beforeAll(async () => {
  gateway = await openTestGateway({}, 'trace');
  [burki, vcita, creovai, bird] = await Promise.all([openBurki(), openVcita(), openCreovai(), openBird()]);
});
beforeEach(async () => {
  client = await gateway.client();
});
afterEach(() => {
  for (const fake of [burki, vcita, creovai, bird]) {
    expect(fake.violations).toEqual([]);
    fake.behave({});
    fake.release();
    fake.requests.length = 0;
  }
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([burki, vcita, creovai, bird].map((fake) => fake.close()));
});

let made = 0;
const connected = () => givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });

describe('a recording at Burki', () => {
  beforeEach(connected);

  it('is heard by its signed URL, without a credential, as the vendor has it', async () => {
    const { id, url } = await givenAtBurki(burki, client);
    expect(url).toMatch(
      new RegExp(`^http://localhost:\\d+/recordings/${id}\\?expires=\\d+&signature=[\\w-]+$`),
    );
    const { status, headers, bytes } = await heard(url);
    expect(status).toBe(200);
    expect(bytes.equals(BYTES)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'audio/mpeg',
      'content-length': String(BYTES.length),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(burki.requests.at(-1)?.headers.authorization).toBe('Bearer burki-key');
  });

  it.each([
    ['bytes=0-99', 'bytes 0-99/100000', BYTES.subarray(0, 100)],
    ['bytes=99990-', 'bytes 99990-99999/100000', BYTES.subarray(99_990)],
    ['bytes=-5', 'bytes 99995-99999/100000', BYTES.subarray(99_995)],
  ])('is heard in part: %s', async (range, shown, bytes) => {
    const { url } = await givenAtBurki(burki, client);
    const part = await heard(url, { range });
    expect(part.status).toBe(206);
    expect(part.headers).toMatchObject({ 'content-range': shown, 'content-length': String(bytes.length) });
    expect(part.bytes.equals(bytes)).toBe(true);
  });

  it('answers 416 with its length for a range that it does not have, and all of it for a range that is none', async () => {
    const { url } = await givenAtBurki(burki, client);
    const beyond = await heard(url, { range: 'bytes=100000-' });
    expect(refusalOf(beyond)).toEqual({ status: 416, code: 'RANGE_NOT_SATISFIABLE' });
    expect(beyond.headers['content-range']).toBe('bytes */100000');
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=']) {
      expect((await heard(url, { range })).status).toBe(200);
      expect(burki.requests.at(-1)?.headers.range).toBeUndefined();
    }
  });

  it('answers HEAD with the headers alone', async () => {
    const { url } = await givenAtBurki(burki, client);
    const { status, headers, bytes } = await heard(url, { method: 'HEAD' });
    expect({
      status,
      length: headers['content-length'],
      type: headers['content-type'],
      bytes: bytes.length,
    }).toEqual({
      status: 200,
      length: '100000',
      type: 'audio/mpeg',
      bytes: 0,
    });
  });

  it('answers 202 with Retry-After while the vendor makes it, and then with the audio', async () => {
    const { url, recording } = await givenAtBurki(burki, client, { isProcessing: true });
    const early = await heard(url);
    expect(refusalOf(early)).toEqual({ status: 202, code: 'PROCESSING' });
    expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
    const audio = burki.recordings.get(recording) ?? expect.fail();
    audio.isProcessing = false;
    expect((await heard(url)).status).toBe(200);
  });

  it('is found by the callSid if that is all that is known of the call', async () => {
    const { url } = await givenAtBurki(burki, client, {}, 'callSid');
    expect((await heard(url)).status).toBe(200);
  });

  it('is 404 once the vendor does not have it any more', async () => {
    const { url, recording } = await givenAtBurki(burki, client);
    burki.recordings.delete(recording);
    expect(refusalOf(await heard(url))).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  it.each<[Answer, number]>([
    [{ status: 500, body: 'postgres://user:burki-key@10.0.0.1' }, 502],
    [{ status: 401, body: {} }, 502],
    [{ status: 429, headers: { 'retry-after': '7' }, body: {} }, 502],
    [{ status: 504, body: {} }, 504],
    [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<script>alert(1)</script>' }, 502],
    [{ status: 200, body: { detail: 'burki-key' } }, 502],
    [{ status: 204 }, 502],
    [{ status: 206, headers: { 'content-type': 'audio/mpeg' }, body: 'no range' }, 502],
    [{ status: 200, headers: { 'content-type': 'audio/mpeg', 'content-encoding': 'gzip' }, body: 'x' }, 502],
    [{ status: 302, headers: { location: 'file:///etc/passwd' } }, 502],
    [{ status: 302 }, 502],
  ])('that the vendor answers with %j is refused with nothing of that', async (answer, status) => {
    const { url } = await givenAtBurki(burki, client);
    burki.behave({ refuse: () => answer });
    const refused = await heard(url);
    expect(refusalOf(refused)).toEqual({ status, code: 'VENDOR_UNAVAILABLE' });
    const shown = refused.bytes.toString() + JSON.stringify(refused.headers);
    expect(shown).not.toMatch(/burki-key|10\.0\.0\.1|127\.0\.0\.1|passwd|script/);
    const wait = 'retry-after' in (answer.headers ?? {}) ? '7' : undefined;
    expect(refused.headers['retry-after']).toBe(wait);
  });

  it('of a vendor that is away is 502', async () => {
    const { url } = await givenAtBurki(burki, client);
    burki.behave({ away: true });
    expect(refusalOf(await heard(url))).toEqual({ status: 502, code: 'VENDOR_UNAVAILABLE' });
  });

  it('that is stored elsewhere is fetched from there without the key', async () => {
    const { url } = await givenAtBurki(burki, client);
    const elsewhere = await openVcita();
    elsewhere.recordings.set('r', { voiceCall: 'vc', bytes: BYTES });
    elsewhere.add({}, 'vc');
    const { address } = await preSigned(elsewhere, 'vc');
    elsewhere.requests.length = 0;
    burki.behave({ refuse: () => ({ status: 302, headers: { location: address } }) });
    const part = await heard(url, { range: 'bytes=0-9' });
    expect({ status: part.status, isSame: part.bytes.equals(BYTES.subarray(0, 10)) }).toEqual({
      status: 206,
      isSame: true,
    });
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await elsewhere.close();
  });

  it('comes as fast as it is read, and the vendor’s request ends when the listener leaves in the middle', async () => {
    let given = 0;
    const endless = () =>
      new Readable({
        read() {
          given += 65_536;
          this.push(Buffer.alloc(65_536));
        },
      });
    const { url } = await givenAtBurki(burki, client, { stream: endless });
    const leaving = new AbortController();
    const answer = await fetch(url ?? '', { signal: leaving.signal });
    const reader = answer.body?.getReader() ?? expect.fail('there is no body');
    await reader.read();
    // The buffers on the way fill up, and then the vendor sends no more.
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = given === before;
          before = given;
          return isStill;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(given).toBeLessThan(64 * 1_048_576);
    const seen = burki.requests.at(-1) ?? expect.fail();
    expect(seen.endedAt).toBeNull();
    leaving.abort();
    await expect.poll(() => seen.isAbandoned).toBe(true);
  });

  it('ends the vendor’s request too when the listener leaves before the answer, and not for want of one', async () => {
    const { url } = await givenAtBurki(burki, client);
    burki.behave({ hang: ({ operation }) => operation === 'play' });
    const logged = () => gateway.log.filter((line) => line.includes('"route":"/recordings/:id"'));
    const { length } = logged();
    const leaving = new AbortController();
    const answer = fetch(url ?? '', { signal: leaving.signal }).catch(() => null);
    await expect.poll(() => burki.requests.at(-1)?.operation).toBe('play');
    leaving.abort();
    await answer;
    await expect.poll(() => burki.requests.at(-1)?.isAbandoned).toBe(true);
    await expect.poll(logged).toHaveLength(length + 1);
    // A time-out would be a 504.
    expect(JSON.parse(logged().at(-1) ?? '')).toMatchObject({ status: 502, outcome: 'aborted' });
  });

  it('that breaks off at the vendor breaks off here, and does no other harm', async () => {
    const broken = () => {
      let parts = 0;
      return new Readable({
        read() {
          parts += 1;
          if (parts < 3) this.push(Buffer.alloc(1_000));
          else this.destroy(new Error('broken'));
        },
      });
    };
    const { url } = await givenAtBurki(burki, client, {
      stream: broken,
      headers: { 'content-length': '5000' },
    });
    await expect(heard(url)).rejects.toThrow();
    expect((await heard((await givenAtBurki(burki, client)).url)).status).toBe(200);
  });
});

async function preSigned(fake: FakeVcita, uid: string): Promise<{ address: string }> {
  const answer = await fetch(`${fake.url}/v3/communication/voice_calls/${uid}`, {
    headers: { authorization: 'Bearer vcita-token' },
  });
  const { data } = (await answer.json()) as { data: { recording: { recordingUrl: string } } };
  return { address: data.recording.recordingUrl };
}

describe('a recording at vcita', () => {
  beforeEach(() => givenAccount(client, { system: 'VCITA', url: vcita.url, sends: false }));

  async function givenAtVcita(): Promise<Recorded & { uid: string; recording: string }> {
    const [uid, recording] = [randomUUID(), randomUUID()];
    vcita.add({ source_id: `source-${++made}` }, uid);
    vcita.recordings.set(recording, { voiceCall: uid, bytes: BYTES });
    const references = [{ system: 'VCITA', name: 'uid', value: uid }];
    const given = await givenRecording(client, { references }, { system: 'VCITA', vendorId: recording });
    return { uid, recording, ...given };
  }
  const kinds = () => vcita.requests.map(({ operation, status }) => [operation, status]);

  it('is fetched from a fresh pre-signed address, without the token', async () => {
    const { url } = await givenAtVcita();
    expect((await heard(url)).bytes.equals(BYTES)).toBe(true);
    expect((await heard(url, { range: 'bytes=0-9' })).status).toBe(206);
    expect(kinds()).toEqual([
      ['get', 200],
      ['file', 200],
      ['get', 200],
      ['file', 206],
    ]);
    const files = vcita.requests.filter(({ operation }) => operation === 'file');
    expect(files.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(new Set(files.map(({ query }) => query.signature)).size).toBe(2);
  });

  it('whose address has expired is fetched from a fresh one, once', async () => {
    const { url } = await givenAtVcita();
    vcita.expired = 1;
    expect((await heard(url)).status).toBe(200);
    expect(kinds()).toEqual([
      ['get', 200],
      ['file', 403],
      ['get', 200],
      ['file', 200],
    ]);
    vcita.requests.length = 0;
    vcita.expired = 2;
    expect(refusalOf(await heard(url))).toEqual({ status: 502, code: 'VENDOR_UNAVAILABLE' });
    expect(kinds()).toHaveLength(4);
    vcita.expired = 0;
  });

  it('in whose place is another one, or none, is 404', async () => {
    const { url, uid, recording } = await givenAtVcita();
    vcita.recordings.delete(recording);
    expect(refusalOf(await heard(url)).status).toBe(404);
    vcita.recordings.set(randomUUID(), { voiceCall: uid, bytes: BYTES });
    expect(refusalOf(await heard(url)).status).toBe(404);
  });

  it('has no stored address', async () => {
    const { url } = await givenAtVcita();
    await heard(url);
    const rows = await gateway.database.db.execute(
      sql`select to_jsonb(r)::text as row from call_recordings r`,
    );
    expect(JSON.stringify(rows)).not.toContain('/files/');
  });
});

it('a recording at Creovai is fetched with a token, and with a new one when that is refused', async () => {
  await givenAccount(client, { system: 'CREOVAI', url: creovai.url, sends: false });
  const interaction = randomUUID();
  creovai.audio.set(interaction, { bytes: BYTES });
  const references = [{ system: 'CREOVAI', name: 'sessionId', value: randomUUID() }];
  const { url } = await givenRecording(client, { references }, { system: 'CREOVAI', vendorId: interaction });
  expect((await heard(url)).bytes.equals(BYTES)).toBe(true);
  creovai.revokeTokens();
  expect((await heard(url)).status).toBe(200);
  expect(creovai.tokensIssued).toBe(2);
});

it('a recording at Bird is fetched from its workspace: the call’s, or else the account’s', async () => {
  const [workspaceId, channelId, other] = [randomUUID(), randomUUID(), randomUUID()];
  const members = { workspaceId, channelId };
  await givenAccount(client, { system: 'BIRD', url: bird.url, sends: false, members });
  const references = () => [{ system: 'BIRD', name: 'id', value: randomUUID() }];
  for (const [given, workspace] of [
    [{}, workspaceId],
    [{ workspaceId: other }, other],
  ] as const) {
    const recording = randomUUID();
    bird.recordings.set(recording, { bytes: BYTES, type: 'application/octet-stream' });
    const { url } = await givenRecording(
      client,
      { references: references(), ...given },
      { system: 'BIRD', vendorId: recording, format: 'mp3' },
    );
    const { status, headers } = await heard(url);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'audio/mpeg' });
    expect(bird.requests.at(-1)).toMatchObject({
      path: `/workspaces/${workspace}/recordings/${recording}.mp3`,
      headers: { authorization: 'AccessKey bird-key' },
    });
  }
});
