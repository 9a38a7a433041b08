import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { unanalyzedTables } from '../../../src/db/analyze.js';
import { readRecorded } from '../../recordings/recorded.js';
import { givenCall } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { type FakeBird, openBird } from '../../support/vendors/bird.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { connect, readDeliveries } from '../delivery/connected.js';
import { callBy } from '../inbound/hooks.js';
import { EXAMPLE } from '../vcita-document.js';
import { countCalls, ended, givenImport, imported, readImport } from './imports.js';

const DAY = 86_400_000;

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

describe('of Bird', () => {
  const place = { workspaceId: randomUUID(), channelId: randomUUID() };
  let bird: FakeBird;
  let account: { id: string };

  beforeEach(async () => {
    bird = await openBird();
    onTestFinished(async () => {
      expect(bird.violations).toEqual([]);
      await bird.close();
    });
    account = await connect(gateway, client, { system: 'BIRD', url: bird.url, members: place });
  });

  const add = (daysAgo: number, count: number) =>
    numbers(count).map((n) =>
      bird.add({
        ...place,
        status: 'completed',
        duration: n,
        createdAt: new Date(Date.now() - daysAgo * DAY - n).toISOString(),
      }),
    );

  it('all calls are read, by page tokens', async () => {
    const calls = add(3, 1_201);
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 1_201, total: null, created: 1_201, failed: 0 },
    });
    const { callByReference } = await client.ask(
      'query ($value: String!) { callByReference(reference: { system: BIRD, name: "id", value: $value }) { status direction duration from to workspaceId channelId } }',
      { value: calls[7]?.id },
    );
    expect(callByReference).toEqual({
      ...{ status: 'COMPLETED', direction: 'INBOUND', duration: 7 },
      ...{ from: '+351910648518', to: '+3197058016589', ...place },
    });
  });

  it('the planner knows afterwards of what it did not know before', async () => {
    const { db } = gateway.database;
    await db.execute(sql`create table loaded (n integer) with (autovacuum_enabled = false)`);
    await db.execute(sql`insert into loaded select generate_series(1, 50000)`);
    const unknown = async () => (await unanalyzedTables(db)).map(({ name }) => name);
    await expect.poll(unknown, { timeout: 30_000 }).toContain('loaded');
    add(3, 1);
    await imported(client, account.id);
    await expect.poll(unknown, { timeout: 30_000 }).not.toContain('loaded');
  });

  it('calls of a time are read day by day, the newest first, and no other', async () => {
    for (const day of [1, 2, 3, 5, 9]) add(day, 3);
    // A little less than six days.
    const from = new Date(Date.now() - 6 * DAY + 600_000).toISOString();
    expect(await imported(client, account.id, { from })).toMatchObject({
      state: 'DONE',
      seen: 12,
      created: 12,
    });
    const lists = bird.requests.filter(({ operation }) => operation?.startsWith('list'));
    const starts = lists.slice(0, 6).map(({ query }) => query.startAt);
    // Once for the calls, and once for their recordings.
    expect(lists).toHaveLength(12);
    expect(starts).toEqual(starts.toSorted().reverse());
    expect(starts.at(-1)).toBe(from);
  });

  it('calls whose parents form a circle are all read, one of them without its parent', async () => {
    const [first, second, third] = add(1, 3);
    for (const [call, parent] of [
      [first, second],
      [second, third],
      [third, first],
    ]) {
      Object.assign(call ?? {}, { parentId: parent?.id });
    }
    expect(await imported(client, account.id)).toMatchObject({
      state: 'DONE',
      seen: 3,
      created: 3,
      failed: 0,
    });
    const again = await imported(client, account.id);
    expect(again).toMatchObject({ state: 'DONE', seen: 3, created: 0, updated: 0, failed: 0 });
    expect(again.lastError).toContain('its own parent');
    const parents = await Promise.all(
      [first, second, third].map(
        async (call) => (await callBy(client, 'BIRD', 'id', String(call?.id))).parent,
      ),
    );
    expect(parents.filter((parent) => parent === null)).toHaveLength(1);
  });

  it('a page token that is refused begins the day anew, and no call is counted twice', async () => {
    add(1, 1_201);
    let refused = 0;
    bird.behave({
      refuse: ({ query }) => {
        if (String(query.pageToken) !== '1000' || refused > 0) return null;
        refused += 1;
        return { status: 422, body: {} };
      },
    });
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 1_201, created: 1_201 });
    expect(refused).toBe(1);
    expect(await countCalls(client)).toBe(1_201);
  });

  it('tokens that are always refused end the import', async () => {
    add(1, 501);
    bird.behave({
      refuse: ({ query }) => (query.pageToken === undefined ? null : { status: 422, body: {} }),
    });
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'FAILED', seen: 500, created: 500 },
      lastError: expect.stringMatching(/^The vendor answered 422/),
    });
  });
});

describe('of vcita', () => {
  let vcita: FakeVcita;
  let account: { id: string };

  beforeEach(async () => {
    vcita = await openVcita();
    onTestFinished(async () => {
      expect(vcita.violations).toEqual([]);
      await vcita.close();
    });
    account = await connect(gateway, client, { system: 'VCITA', url: vcita.url });
  });

  /** Updated a second after one another, `alike` of them at a time. */
  function add(count: number, alike = 1): void {
    for (const n of numbers(count)) {
      const voiceCall = vcita.add({
        ...EXAMPLE,
        source_id: `source-${n}`,
        external_uuid: randomUUID(),
      });
      voiceCall.updatedAt = new Date(Date.UTC(2024, 0, 1) + Math.floor(n / alike) * 1_000).toISOString();
    }
  }

  it('all voice calls are read, with their calls, and none goes back', async () => {
    add(105);
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 105, created: 105, updated: 0, failed: 0 },
      position: '2024-01-01T00:01:44.000Z',
    });
    const { voiceCalls } = await client.ask(
      '{ voiceCalls { totalCount nodes { rate call { references { name } } } } }',
    );
    expect(voiceCalls.totalCount).toBe(105);
    expect(voiceCalls.nodes[0]).toMatchObject({ rate: null });
    expect(await readDeliveries(client)).toEqual([]);
    expect(await imported(client, account.id)).toMatchObject({ seen: 105, created: 0, updated: 0 });
  });

  it('the recordings that the list shows come with them, and then the transcripts that it says there are', async () => {
    add(2);
    const [uid = '', other = ''] = vcita.voiceCalls.keys();
    vcita.recordings.set('r-1', { voiceCall: uid, bytes: Buffer.from('audio'), shown: { duration: 30 } });
    vcita.transcripts.set(uid, {
      ...{ transcript_uid: 't-1', status: 'DONE' },
      transcript: [{ timestamp: 0, speaker_role: 'staff', text: 'Hello' }],
    });
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', created: 2, updated: 0, failed: 0, toAsk: 1, asked: 1 },
    });
    const { recordings, id } = await callBy(client, 'VCITA', 'uid', uid);
    expect(recordings).toMatchObject([{ system: 'VCITA', vendorId: 'r-1', kind: 'CALL', duration: 30 }]);
    expect((await readRecorded(client, id)).transcripts).toMatchObject([
      { vendorId: 't-1', lines: [{ speaker: 'AGENT', text: 'Hello' }] },
    ]);
    expect((await callBy(client, 'VCITA', 'uid', other)).recordings).toEqual([]);
    expect(vcita.requests.map(({ operation }) => operation)).toEqual(['list', 'list', 'transcript']);
    expect(await imported(client, account.id)).toMatchObject({ seen: 2, created: 0, updated: 0 });
    expect(await readDeliveries(client)).toEqual([]);
  });

  it('pages that are too large are read in parts, and a voice call that alone is too large is left out', async () => {
    add(23, 3);
    for (const [n, voiceCall] of [...vcita.voiceCalls.values()].entries()) {
      voiceCall.written.external_app_name = 'x'.repeat((n === 7 ? 17 : 1) * 1_048_576);
    }
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id), { timeout: 60_000 })
      .toMatchObject({
        ...{ state: 'DONE', created: 22, failed: 1 },
        lastError: expect.stringContaining('longer than 16 MiB'),
      });
    expect(await countCalls(client)).toBe(22);
  }, 60_000);

  it('an import of before goes on with its page', async () => {
    add(230, 230);
    const { id } = await givenImport(client, account.id, { to: '2024-01-01T00:00:00Z' });
    await ended(client, { id });
    await gateway.database.db.execute(sql`update call_imports set state = 'RUNNING', seen = 0, finished_at = null,
      cursor = ${JSON.stringify({ position: '2024-01-01T00:00:00.000Z#3', uids: [] })}::text::jsonb where id = ${uuidIn(id)}`);
    expect(await ended(client, { id })).toMatchObject({ state: 'DONE', seen: 30 });
  });

  it('voice calls that were updated at one moment are read once, also if they fill pages', async () => {
    add(130, 110);
    expect(await imported(client, account.id)).toMatchObject({ state: 'DONE', seen: 130, created: 130 });
  });

  it('those that were updated in the time asked for are read', async () => {
    add(10);
    const time = { from: '2024-01-01T00:00:02Z', to: '2024-01-01T00:00:05Z' };
    expect(await imported(client, account.id, time)).toMatchObject({ state: 'DONE', seen: 4, created: 4 });
  });

  it('nothing is read behind the time that was asked for', async () => {
    add(350);
    const time = { to: '2024-01-01T00:00:05Z' };
    expect(await imported(client, account.id, time)).toMatchObject({ state: 'DONE', seen: 6, created: 6 });
    // Once for the calls.
    expect(vcita.requests.map(({ operation }) => operation)).toEqual(['list']);
  });
});

describe('of Creovai', () => {
  let creovai: FakeCreovai;
  let account: { id: string };

  beforeEach(async () => {
    creovai = await openCreovai();
    onTestFinished(async () => {
      expect(creovai.violations).toEqual([]);
      await creovai.close();
    });
    account = await connect(gateway, client, { system: 'CREOVAI', url: creovai.url });
  });

  const session = (n: number) => ({ system: 'CREOVAI', name: 'sessionId', value: `session-${n}` });
  const addInteraction = (n: number, more: object = {}) =>
    creovai.interactions.set(`i-${n}`, {
      id: `i-${n}`,
      sessionId: `session-${n}`,
      direction: 'Inbound',
      durationMs: n * 1_000,
      utcStart: '2024-01-10T00:00:00Z',
      utcEnd: '2024-01-10T00:10:00Z',
      metadata: { sentiment: n },
      ...more,
    });

  it('the sessions of calls that are known here are looked up, those that it has', async () => {
    for (const n of numbers(45)) {
      await givenCall(client, { references: [session(n)], startedAt: `2024-01-${10 + (n % 3)}T00:00:00Z` });
      if (n % 2 === 1) addInteraction(n);
    }
    expect(await imported(client, account.id)).toMatchObject({
      ...{ state: 'DONE', seen: 45, total: 45, created: 0, updated: 22, failed: 0 },
    });
    const { callByReference } = await client.ask(
      'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { status direction duration metadata } }',
      { reference: session(7) },
    );
    expect(callByReference).toEqual({
      ...{ status: 'COMPLETED', direction: 'INBOUND', duration: 7, metadata: { sentiment: 7 } },
    });
    // Of the fifteen calls of that day eight have the time that Creovai says now.
    const time = { from: '2024-01-11T00:00:00Z', to: '2024-01-11T12:00:00Z' };
    expect(await imported(client, account.id, time)).toMatchObject({ seen: 7, total: 7, updated: 0 });
  });

  it('the sessions that another account has named are not', async () => {
    const other = await connect(gateway, client, { system: 'CREOVAI', url: creovai.url });
    const given = [];
    for (const n of numbers(3)) {
      given.push(await givenCall(client, { references: [session(n)] }));
      addInteraction(n);
    }
    for (const [n, { id }] of [account, other].entries()) {
      await gateway.database.db.execute(sql`update call_references set account_id = ${uuidIn(id)}
        where call_id = ${uuidIn(given[n]?.id)}`);
    }
    expect(await imported(client, account.id)).toMatchObject({ seen: 2, total: 2, updated: 2 });
    const asked = creovai.requests.flatMap(({ body }) => Object(body).sessionIds ?? []);
    expect(asked).toEqual(['session-0', 'session-2']);
    expect((await callBy(client, 'CREOVAI', 'sessionId', 'session-1')).status).toBe('UNKNOWN');
  });

  it('a long interaction is read, and one that is too long is left out', async () => {
    const said = (mebibytes: number) => [
      { isInternal: true, utterances: [{ startMs: 0, endMs: 1, text: 'x'.repeat(mebibytes * 1_048_576) }] },
    ];
    for (const n of numbers(5)) {
      await givenCall(client, { references: [session(n)] });
      addInteraction(n, { participants: said([0.1, 3, 17, 3, 0.1][n] ?? 0) });
    }
    const { id } = await givenImport(client, account.id);
    await expect
      .poll(() => readImport(client, id), { timeout: 60_000 })
      .toMatchObject({
        ...{ state: 'DONE', seen: 5, updated: 4, failed: 1 },
        lastError: expect.stringContaining('longer than 16 MiB'),
      });
  }, 60_000);
});
