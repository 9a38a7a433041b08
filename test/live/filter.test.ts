import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VOICE_CALL_WHOLE } from '../identity/world.js';
import { createVoiceCall, givenCall, mergeCallMetadata, upsertCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALLS_CHANGED, followOver, settled } from './followers.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  client = await gateway.client();
});

type Input = Record<string, unknown>;
const VOICE_CALL = { ...VOICE_CALL_WHOLE, sourceId: 's', externalUuid: 'e' };
const TIME = '2024-01-15T10:00:00.000Z';
const LATER = '2024-01-15T11:00:00.000Z';

const spoken = { system: 'BURKI', lines: [{ speaker: 'AGENT', text: 'your invoice' }] };

/** A filter that finds a call as it is created here, and not as it is changed. */
const LEFT: [member: string, filter: Input, made: Input, changed: Input][] = [
  ['status', { status: ['RINGING', 'QUEUED'] }, { status: 'RINGING' }, { status: 'COMPLETED' }],
  ['direction', { direction: ['INBOUND'] }, { direction: 'INBOUND' }, { direction: 'OUTBOUND' }],
  ['from', { from: '+14155550148' }, { from: '+1 415 555 0148' }, { from: '+14155550149' }],
  ['to', { to: 'sip:a' }, { to: 'sip:a' }, { to: null }],
  ['customerNumber', { customerNumber: 'x' }, { direction: 'INBOUND', from: 'x' }, { direction: 'OUTBOUND' }],
  ['assistantId', { assistantId: 'a' }, { assistant: { assistantId: 'a', name: 'A' } }, { assistant: null }],
  ['channelId', { channelId: 'a' }, { channelId: 'a' }, { channelId: 'b' }],
  ['tags.anyOf', { tags: { anyOf: ['a', 'z'] } }, { tags: ['a', 'b'] }, { tags: ['b'] }],
  ['tags.allOf', { tags: { allOf: ['a', 'b'] } }, { tags: ['a', 'b'] }, { tags: ['b'] }],
  ['startedAt', { startedAt: { from: TIME, to: LATER } }, { startedAt: TIME }, { startedAt: LATER }],
  ['endedAt', { endedAt: { from: TIME } }, { endedAt: TIME }, { endedAt: null }],
  ['occurredAt', { occurredAt: { to: LATER } }, { ringingAt: TIME }, { startedAt: LATER }],
  [
    'hasRecording',
    { hasRecording: false },
    {},
    { recordings: [{ system: 'BURKI', vendorId: randomUUID() }] },
  ],
  ['search in an address', { search: '5550148' }, { from: '+1 (415) 555-0148' }, { from: null }],
  [
    'search in an assistant',
    { search: 'servicebot' },
    { assistant: { assistantId: 'a', name: 'ServiceBot' } },
    { assistant: null },
  ],
  ['search in a tag', { search: 'CALLBACK' }, { tags: ['Callback'] }, { tags: ['b'] }],
  ['not', { not: { search: 'INVOICE' } }, {}, { transcripts: [spoken] }],
  [
    'or',
    { or: [{ status: ['RINGING'] }, { and: [{ tags: { anyOf: ['z'] } }] }] },
    { status: 'RINGING' },
    { status: 'COMPLETED' },
  ],
  ['duration', { duration: { min: 1, max: 2 } }, { duration: 2 }, { duration: 3 }],
  [
    'metadata.contains',
    { metadata: { contains: { a: { b: [2] } } } },
    { metadata: { a: { b: [1, 2], c: 1 } } },
    { metadata: { a: { b: [1] } } },
  ],
  [
    'metadata.anyOf',
    { metadata: { anyOf: [{ z: 1 }, { a: null }] } },
    { metadata: { b: 1 } },
    { metadata: { c: 2 } },
  ],
  [
    'metadata.hasKeys',
    { metadata: { hasKeys: ['a', '__proto__'] } },
    { metadata: JSON.parse('{"a": 1, "__proto__": 2}') },
    { metadata: { a: null } },
  ],
  ['hasVoiceCall', { hasVoiceCall: false }, {}, { voiceCall: true }],
  [
    'several',
    { status: ['RINGING'], tags: { allOf: ['a'] } },
    { status: 'RINGING', tags: ['a'] },
    { tags: [] },
  ],
];

const references = () => [{ system: 'OTHER', name: 'test', value: randomUUID() }];
const short = (changes: Input[]) => changes.map(({ revision, matches }) => ({ revision, matches }));

describe('a call that leaves a filter', () => {
  it.each(LEFT.filter(([member]) => member !== 'metadata.anyOf'))(
    'by %s is delivered once more, with matches false, and then no more',
    async (_, filter, made, changed) => {
      const { changeCursor: after } = await client.ask('{ changeCursor }');
      const target = { url: gateway.url, token: client.token };
      const live = followOver('ws', target, CALLS_CHANGED, { filter });
      await gateway.subscribers(1);
      const names = references();
      const call = await givenCall(client, { references: names, ...made });
      await live.until(1);
      const { voiceCall, ...fields } = changed;
      if (voiceCall) await createVoiceCall(client, { call: { id: call.id }, input: VOICE_CALL });
      else await upsertCall(client, { references: names, ...fields });
      await live.until(2);
      await mergeCallMetadata(client, { call: { id: call.id }, metadata: { other: 1 } });
      await givenCall(client, made);
      expect(short(await live.until(3))).toEqual([
        { revision: 1, matches: true },
        { revision: 2, matches: false },
        { revision: 1, matches: true },
      ]);
      // A later subscriber receives what the filter finds now, and what it found just before its change.
      const replay = followOver('sse', target, CALLS_CHANGED, { filter, after });
      expect(short(await replay.until(2))).toEqual([
        { revision: 2, matches: false },
        { revision: 1, matches: true },
      ]);
    },
  );
});

it('of metadata that was added and removed, a replay delivers only the removal', async () => {
  const { changeCursor: after } = await client.ask('{ changeCursor }');
  const { id } = await givenCall(client);
  for (const metadata of [{ a: 1 }, { a: null }, { b: 1 }]) {
    await mergeCallMetadata(client, { call: { id }, metadata });
  }
  const target = { url: gateway.url, token: client.token };
  const filter = { metadata: { hasKeys: ['a'] } };
  const replay = followOver('ws', target, CALLS_CHANGED, { filter, after });
  expect(short(await replay.until(1))).toEqual([{ revision: 3, matches: false }]);
});

describe('a call that comes into a filter', () => {
  it.each<[string, Input, Input]>([
    ['system', { system: ['BURKI', 'BIRD'] }, { references: [{ system: 'BIRD', name: 'id', value: 'b' }] }],
    [
      'group',
      { group: { kind: 'case', key: '1' } },
      {
        groups: [
          { kind: 'case', key: '1' },
          { kind: 'case', key: '2' },
        ],
      },
    ],
    ['hasVoiceCall', { hasVoiceCall: true }, { voiceCall: true }],
    ['metadata.anyOf', { metadata: { anyOf: [{ z: 1 }, { a: 1 }] } }, { metadata: { a: 1 } }],
    ['staffUid', { staffUid: ['staff-1', 'z'] }, { voiceCall: true }],
    ['clientUid', { clientUid: [VOICE_CALL.clientUid] }, { voiceCall: true }],
    ['search in a summary', { search: VOICE_CALL.callSummary.toUpperCase() }, { voiceCall: true }],
    ['search in a transcript', { search: 'INVOICE' }, { transcripts: [spoken] }],
    [
      'search in a reference',
      { search: 'CA-71' },
      { references: [{ system: 'BURKI', name: 'callSid', value: 'ca-711' }] },
    ],
    ['hasRecording', { hasRecording: true }, { recordings: [{ system: 'BURKI', vendorId: randomUUID() }] }],
    ['metadata.contains nothing', { metadata: { contains: {}, hasKeys: ['a'] } }, { metadata: { a: 1 } }],
  ])('by %s is delivered from then on', async (_, filter, changed) => {
    const { changeCursor: after } = await client.ask('{ changeCursor }');
    const target = { url: gateway.url, token: client.token };
    const live = followOver('sse', target, CALLS_CHANGED, { filter });
    const all = followOver('ws', target, CALLS_CHANGED, {});
    await gateway.subscribers(2);
    const names = references();
    const call = await givenCall(client, { references: names });
    // Delivered later, the call would be found by its later changes.
    await all.until(1);
    const { voiceCall, references: more, ...fields } = changed;
    if (voiceCall) await createVoiceCall(client, { call: { id: call.id }, input: VOICE_CALL });
    else await upsertCall(client, { references: [...names, ...((more as object[]) ?? [])], ...fields });
    await live.until(1);
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { other: 1 } });
    expect(short(await live.until(2))).toEqual([
      { revision: 2, matches: true },
      { revision: 3, matches: true },
    ]);
    const replay = followOver('ws', target, CALLS_CHANGED, { filter, after });
    expect(short(await replay.until(3))).toEqual([1, 2, 3].map((revision) => ({ revision, matches: true })));
  });

  it('by the time of its change is delivered when it leaves that, too', async () => {
    const call = await givenCall(client);
    await settled(gateway);
    const filter = { updatedAt: { to: new Date(Date.parse(call.updatedAt) + 1).toISOString() } };
    const live = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED, { filter });
    await gateway.subscribers(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 2 } });
    await settled(gateway);
    const all = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED, {});
    await gateway.subscribers(2);
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 3 } });
    await all.until(1);
    expect(short(live.changes)).toEqual([{ revision: 2, matches: false }]);
  });

  it.each([
    ['status', { status: [] }],
    ['tags.anyOf', { tags: { anyOf: [] } }],
    ['metadata.anyOf', { metadata: { anyOf: [] } }],
  ])('never comes into one with an empty list of %s', async (_, filter) => {
    const target = { url: gateway.url, token: client.token };
    const live = followOver('ws', target, CALLS_CHANGED, { filter });
    const all = followOver('ws', target, CALLS_CHANGED, {
      filter: { tags: { allOf: [] }, metadata: { hasKeys: [] } },
    });
    await gateway.subscribers(2);
    await givenCall(client, { status: 'RINGING', tags: ['a'], metadata: { a: 1 } });
    await all.until(1);
    expect(live.changes).toEqual([]);
  });
});
