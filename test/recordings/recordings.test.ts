import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { joinCalls } from '../events/events.js';
import { followOver } from '../live/followers.js';
import { codesOf, givenCall, upsertCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import {
  freshId,
  idOf,
  LINES,
  readRecorded,
  recording,
  TRANSCRIPT,
  transcript,
  upserted,
} from './recorded.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const UPSERT_CALLS = `mutation ($inputs: [UpsertCallInput!]!) {
  payloads: upsertCalls(inputs: $inputs) { created call { id } errors { code message path } }
}`;

describe('recordings and transcripts', () => {
  it('are written with their call, and read back whole, newest first', async () => {
    const old = recording({ createdAt: '2024-01-15T10:00:00Z', kind: 'VOICEMAIL', status: 'completed' });
    const young = recording({ createdAt: '2024-01-16T10:00:00Z', duration: 61, format: 'mp3' });
    const said = transcript({ status: 'DONE', language: 'en-GB', summary: 'A greeting.' });
    const { id } = await upserted(client, {
      references: idOf(freshId()),
      recordings: [old, young],
      transcripts: [said],
    });
    const call = await readRecorded(client, id);
    expect(call.recordings).toEqual([
      {
        id: expect.stringMatching(/^call_recording_/),
        ...young,
        kind: 'CALL',
        status: null,
        createdAt: '2024-01-16T10:00:00.000Z',
      },
      { id: expect.any(String), ...old, duration: null, format: null, createdAt: '2024-01-15T10:00:00.000Z' },
    ]);
    expect(call.transcripts).toEqual([
      {
        ...said,
        id: expect.stringMatching(/^call_transcript_/),
        createdAt: expect.any(String),
        lines: LINES,
      },
    ]);
    const { nodes } = await client.ask(
      `query ($ids: [ID!]!) { nodes(ids: $ids) {
        id ... on CallRecording { vendorId } ... on CallTranscript { lines { text } }
      } }`,
      { ids: [call.transcripts[0].id, call.recordings[0].id] },
    );
    expect(nodes).toEqual([
      { id: call.transcripts[0].id, lines: [{ text: 'Hello' }, { text: 'Hi there' }] },
      { id: call.recordings[0].id, vendorId: young.vendorId },
    ]);
  });

  it('are replaced whole, keep their id and time, and leave the others', async () => {
    const references = idOf(freshId());
    const [one, other] = [recording({ status: 'recording', format: 'wav' }), recording()];
    const said = transcript({ summary: 'Early.' });
    const { id } = await upserted(client, { references, recordings: [one, other], transcripts: [said] });
    const before = await readRecorded(client, id);
    const done = { system: 'BURKI', vendorId: one.vendorId, duration: 12, status: 'completed' };
    await upserted(client, {
      references,
      recordings: [done],
      transcripts: [
        { system: 'BURKI', vendorId: said.vendorId, lines: [{ speaker: 'SYSTEM', text: 'Beep' }] },
      ],
    });
    const after = await readRecorded(client, id);
    const named = ({ recordings }: Variables, { vendorId }: Variables) =>
      (recordings as Variables[]).find((each) => each.vendorId === vendorId);
    expect(named(after, one)).toEqual({ ...named(before, one), ...done, format: null });
    expect(named(after, other)).toEqual(named(before, other));
    expect(after.transcripts).toEqual([
      {
        ...before.transcripts[0],
        summary: null,
        lines: [
          { start: null, end: null, speaker: 'SYSTEM', speakerName: null, text: 'Beep', confidence: null },
        ],
      },
    ]);
    expect(after.revision).toBe(before.revision + 1);
  });

  it('that are equal again change nothing, and are in no history', async () => {
    const input = {
      references: idOf(freshId()),
      recordings: [recording({ createdAt: '2024-01-15T10:00:00Z', status: 'done' })],
      transcripts: [transcript({ lines: [{ start: -0, speaker: 'AGENT', text: '1e-7', confidence: 1e-7 }] })],
    };
    const { id } = await upserted(client, input);
    const before = await readRecorded(client, id);
    await upserted(client, input);
    await upserted(client, { ...input, recordings: [{ ...input.recordings[0], createdAt: null }] });
    expect(await readRecorded(client, id)).toEqual(before);
  });

  it('are a change of their own in the history, with their values but for the lines', async () => {
    const references = idOf(freshId());
    const [first, said] = [recording({ status: 'recording' }), transcript({ status: 'IN_PROGRESS' })];
    const { id } = await upserted(client, { references, recordings: [first], transcripts: [said] });
    await upserted(client, {
      references,
      status: 'COMPLETED',
      recordings: [{ ...first, status: 'completed' }, recording({ createdAt: '2024-01-15T10:00:00Z' })],
      transcripts: [{ ...said, status: 'DONE', lines: [] }],
    });
    const { history } = await readRecorded(client, id);
    expect(history.map(({ kind, revision }: Variables) => [kind, revision])).toEqual([
      ['REGISTERED', 1],
      ['RECORDING_ADDED', 1],
      ['TRANSCRIPT_ADDED', 1],
      ['UPDATED', 2],
      ['RECORDING_ADDED', 2],
      ['TRANSCRIPT_ADDED', 2],
    ]);
    const logged = { kind: 'CALL', duration: null, format: null, createdAt: expect.any(String), ...first };
    expect(history[1]).toMatchObject({ oldValues: { recordings: [] }, newValues: { recordings: [logged] } });
    expect(history[4].oldValues).toEqual({ recordings: [logged] });
    expect(history[4].newValues.recordings).toMatchObject([
      { ...logged, status: 'completed' },
      { createdAt: '2024-01-15T10:00:00.000Z' },
    ]);
    const { vendorId } = said;
    const spoken = { system: 'BURKI', vendorId, status: 'IN_PROGRESS', language: null, lineCount: 2 };
    expect(history[5]).toMatchObject({ patch: null, actor: 'test key' });
    expect(history[5].oldValues).toEqual({ transcripts: [spoken] });
    expect(history[5].newValues).toEqual({ transcripts: [{ ...spoken, status: 'DONE', lineCount: 0 }] });
  });

  it('alone raise the revision once, and a patch beside them that changes nothing has none', async () => {
    const references = idOf(freshId());
    const { id } = await upserted(client, { references, metadata: { a: 1 } });
    await upserted(client, { references, metadata: { a: 1 }, recordings: [recording()] });
    const { revision, history } = await readRecorded(client, id);
    expect(revision).toBe(2);
    expect(history.slice(1).map(({ kind, revision: at }: Variables) => [kind, at])).toEqual([
      ['UPDATED', null],
      ['RECORDING_ADDED', 2],
    ]);
  });

  it('without an id of the vendor are the transcript of their call and system', async () => {
    const said = (text: string, system = 'CREOVAI') => ({ system, lines: [{ speaker: 'AGENT', text }] });
    const references = idOf(freshId());
    const [one, other] = [
      await upserted(client, { references, transcripts: [said('one'), said('by Bird', 'BIRD')] }),
      await upserted(client, { references: idOf(freshId()), transcripts: [said('other')] }),
    ];
    await upserted(client, { references, transcripts: [said('one again')] });
    const textsOf = async ({ id }: { id: string }) =>
      (await readRecorded(client, id)).transcripts.map(
        ({ lines }: Variables) => (lines as Variables[])[0]?.text,
      );
    expect((await textsOf(one)).toSorted()).toEqual(['by Bird', 'one again']);
    expect(await textsOf(other)).toEqual(['other']);
  });

  it('of a late upsert are added, and replace none', async () => {
    const references = idOf(freshId());
    const [known, unknown] = [recording({ status: 'completed' }), recording()];
    const { id } = await upserted(client, {
      references,
      recordings: [known],
      vendorUpdatedAt: '2024-01-15T11:00:00Z',
    });
    await upserted(client, {
      references,
      recordings: [{ ...known, status: 'recording' }, unknown],
      vendorUpdatedAt: '2024-01-15T10:00:00Z',
    });
    const { recordings } = await readRecorded(client, id);
    expect(
      Object.fromEntries(recordings.map(({ vendorId, status }: Variables) => [vendorId, status])),
    ).toEqual({
      [`${known.vendorId}`]: 'completed',
      [`${unknown.vendorId}`]: null,
    });
  });

  it('of another call are a conflict, which changes nothing', async () => {
    const [taken, said] = [recording(), transcript()];
    const owner = await upserted(client, {
      references: idOf(freshId()),
      recordings: [taken],
      transcripts: [said],
    });
    const other = await givenCall(client);
    for (const [more, path] of [
      [{ recordings: [recording(), taken] }, ['input', 'recordings', '1']],
      [{ transcripts: [said] }, ['input', 'transcripts', '0']],
    ] as const) {
      const payload = await upsertCall(client, { references: other.references, reason: 'changed', ...more });
      expect(codesOf(payload)).toEqual([{ code: 'REFERENCE_CONFLICT', path }]);
    }
    expect(await readRecorded(client, other.id)).toMatchObject({
      revision: 1,
      recordings: [],
      transcripts: [],
    });
    expect(await readRecorded(client, owner.id)).toMatchObject({ revision: 1 });
  });

  it('of the same names belong to each organization by itself', async () => {
    const stranger = await gateway.client();
    const [taken, said] = [recording(), transcript()];
    const input = { references: idOf(freshId()), recordings: [taken], transcripts: [said] };
    const [mine, theirs] = [
      await upserted(client, input),
      await upserted(stranger, { ...input, reason: 'theirs' }),
    ];
    const own = await readRecorded(client, mine.id);
    expect(own.recordings).toHaveLength(1);
    expect((await readRecorded(stranger, theirs.id)).recordings[0].id).not.toBe(own.recordings[0].id);
    const ids = [own.recordings[0].id, own.transcripts[0].id];
    const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    expect((await stranger.ask(NODES, { ids })).nodes).toEqual([null, null]);
    expect((await client.ask(NODES, { ids })).nodes).toEqual(ids.map((id) => ({ id })));
  });

  it('reach subscribers, with the call as it is now', async () => {
    const follower = followOver('ws', { url: gateway.url, token: client.token });
    await gateway.subscribers(1);
    const { id } = await upserted(client, { references: idOf(freshId()), recordings: [recording()] });
    const changes = await follower.until(2);
    expect(changes.map(({ kind }: Variables) => kind)).toEqual(['REGISTERED', 'RECORDING_ADDED']);
    expect(changes[1]?.call).toMatchObject({ id, revision: 1 });
  });

  it('make no deliveries', async () => {
    const references = idOf(freshId());
    await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' });
    const { id } = await upserted(client, { references });
    await upserted(client, { references, recordings: [recording()], transcripts: [transcript()] });
    const { call } = await client.ask('query ($id: ID!) { call(id: $id) { deliveries { totalCount } } }', {
      id,
    });
    expect(call.deliveries.totalCount).toBe(0);
  });

  it('are read only with CALLS_READ, and written only with CALLS_WRITE', async () => {
    const organization = `scoped-${freshId()}`;
    const writer = await gateway.client({ organization, scopes: ['CALLS_WRITE'] });
    const reader = await gateway.client({ organization, scopes: ['CALLS_READ'] });
    const input = { references: idOf(freshId()), recordings: [recording()] };
    const { id } = await upserted(writer, input);
    expect((await readRecorded(reader, id)).recordings).toHaveLength(1);
    const { errors } = await reader.send(
      'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { created } }',
      { input },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a join', () => {
  it('moves them to the call, and says so in its history', async () => {
    const [kept, moved] = [recording(), recording()];
    const said = transcript();
    const [call, duplicate] = [
      await upserted(client, { references: idOf(freshId()), recordings: [kept] }),
      await upserted(client, { references: idOf(freshId()), recordings: [moved], transcripts: [said] }),
    ];
    const { errors } = await joinCalls(client, { id: call.id }, { id: duplicate.id });
    expect(errors).toEqual([]);
    const joined = await readRecorded(client, duplicate.id);
    expect(joined.recordings.map(({ vendorId }: Variables) => vendorId)).toEqual([
      moved.vendorId,
      kept.vendorId,
    ]);
    expect(joined.transcripts).toHaveLength(1);
    const change = joined.history.at(-1);
    expect(change).toMatchObject({
      kind: 'JOINED',
      newValues: { recordings: [{ vendorId: moved.vendorId }], transcripts: [{ lineCount: 2 }] },
    });
    await upserted(client, { references: call.references, recordings: [{ ...moved, status: 'completed' }] });
    expect((await readRecorded(client, call.id)).recordings[0]).toMatchObject({ status: 'completed' });
  });

  it('of two calls with a transcript without an id keeps both, and the newer one is replaced then', async () => {
    const said = (text: string) => [{ system: 'CREOVAI', lines: [{ speaker: 'AGENT', text }] }];
    const call = await upserted(client, { references: idOf(freshId()), transcripts: said('one') });
    const duplicate = await upserted(client, { references: idOf(freshId()), transcripts: said('two') });
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    await upserted(client, { references: call.references, transcripts: said('three') });
    const { transcripts } = await readRecorded(client, call.id);
    expect(transcripts.map(({ lines }: Variables) => (lines as Variables[])[0]?.text)).toEqual([
      'three',
      'one',
    ]);
  });
});

describe('a batch', () => {
  it('sees in a later item what an earlier one gave, and refuses only the item in conflict', async () => {
    const [first, second] = [recording({ status: 'recording' }), recording()];
    const own = idOf(freshId());
    const { payloads } = await client.ask(UPSERT_CALLS, {
      inputs: [
        { references: own, recordings: [first] },
        { references: idOf(freshId()), recordings: [first] },
        { references: own, recordings: [{ ...first, status: 'completed' }, second] },
        { references: own, recordings: [{ ...first, status: 'completed' }] },
      ],
    });
    expect(payloads.map(codesOf)).toEqual([
      [],
      [{ code: 'REFERENCE_CONFLICT', path: ['inputs', '1', 'recordings', '0'] }],
      [],
      [],
    ]);
    const call = await readRecorded(client, payloads[0].call.id);
    expect(call.revision).toBe(2);
    expect(call.recordings).toHaveLength(2);
    expect(call.history.map(({ kind }: Variables) => kind)).toEqual([
      'REGISTERED',
      'RECORDING_ADDED',
      'RECORDING_ADDED',
    ]);
  });

  it('of many writes them with one statement for each table, and costs none without them', async () => {
    const statementsOf = async (inputs: Variables[]) => {
      gateway.takeStatements();
      const { payloads } = await client.ask(UPSERT_CALLS, { inputs });
      expect(payloads.flatMap(codesOf)).toEqual([]);
      return gateway.takeStatements().filter((statement) => !statement.includes('api_keys'));
    };
    const items = (count: number, more: () => Variables) =>
      Array.from({ length: count }, () => ({ references: idOf(freshId()), ...more() }));
    const both = () => ({ recordings: [recording(), recording()], transcripts: [transcript()] });
    const [few, many] = [await statementsOf(items(2, both)), await statementsOf(items(40, both))];
    expect(many).toHaveLength(few.length);
    const without = await statementsOf(items(2, () => ({})));
    const ofTables = (statements: string[]) =>
      statements.filter((each) => /call_(recordings|transcripts)/.test(each));
    expect(ofTables(without)).toEqual([]);
    expect(few).toHaveLength(without.length + 4);
    expect(ofTables(few)).toHaveLength(4);
  });

  it('and another, of two calls at once with the same recordings, in whatever order, end in one owner', async () => {
    const shared = [recording(), recording(), recording()];
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        upsertCall(client, {
          references: idOf(freshId()),
          recordings: index % 2 === 0 ? shared : shared.toReversed(),
        }),
      ),
    );
    expect(outcomes.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    for (const { errors } of outcomes) {
      if (errors.length > 0) expect(errors).toMatchObject([{ code: 'REFERENCE_CONFLICT' }]);
    }
  });
});

describe('a limit', () => {
  const many = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

  it.each([
    ['recordings of an input', () => ({ recordings: many(51, recording) }), 'INVALID', ['recordings']],
    ['transcripts of an input', () => ({ transcripts: many(21, transcript) }), 'INVALID', ['transcripts']],
    ['null', () => ({ recordings: null }), 'INVALID', ['recordings']],
    ['null of transcripts', () => ({ transcripts: null }), 'INVALID', ['transcripts']],
    [
      'an empty id',
      () => ({ recordings: [recording({ vendorId: '' })] }),
      'INVALID',
      ['recordings', '0', 'vendorId'],
    ],
    [
      'a negative duration',
      () => ({ recordings: [recording({ duration: -1 })] }),
      'INVALID',
      ['recordings', '0', 'duration'],
    ],
    [
      'the same recording twice',
      () => ({ recordings: [recording({ vendorId: 'a' }), recording({ vendorId: 'a' })] }),
      'INVALID',
      ['recordings', '1'],
    ],
    [
      'a text',
      () => ({ transcripts: [transcript({ lines: [{ speaker: 'AGENT', text: 'a'.repeat(16_385) }] })] }),
      'INVALID',
      ['transcripts', '0', 'lines', '0', 'text'],
    ],
    [
      'a time',
      () => ({ transcripts: [transcript({ lines: [{ speaker: 'AGENT', text: '', start: -0.1 }] })] }),
      'INVALID',
      ['transcripts', '0', 'lines', '0', 'start'],
    ],
    [
      'NUL in a text',
      () => ({ transcripts: [transcript({ lines: [{ speaker: 'AGENT', text: 'a\0b' }] })] }),
      'INVALID',
      ['transcripts', '0', 'lines', '0', 'text'],
    ],
    [
      'the bytes of all lines',
      () => ({
        transcripts: [
          transcript({ lines: many(70, () => ({ speaker: 'AGENT', text: 'a'.repeat(16_000) })) }),
        ],
      }),
      'LIMIT_EXCEEDED',
      ['transcripts', '0', 'lines'],
    ],
  ])('of %s is refused with the argument at fault', async (_, more, code, path) => {
    const payload = await upsertCall(client, { references: idOf(freshId()), ...more() });
    expect(codesOf(payload)).toEqual([{ code, path: ['input', ...path] }]);
    expect(payload.call).toBeNull();
  });

  it('of a call counts what it has: replacing is possible where adding is not', async () => {
    const references = idOf(freshId());
    const all = many(50, recording);
    const { id } = await upserted(client, { references, recordings: all });
    const more = await upsertCall(client, { references, recordings: [recording()] });
    expect(codesOf(more)).toEqual([{ code: 'LIMIT_EXCEEDED', path: ['input', 'recordings'] }]);
    await upserted(client, { references, recordings: [{ ...all[0], status: 'completed' }] });
    expect((await readRecorded(client, id)).recordings).toHaveLength(50);
  });

  it('of a long transcript lets it through', async () => {
    const lines = many(10_000, () => ({ speaker: 'AGENT', text: 'yes' }));
    const { id } = await upserted(client, {
      references: idOf(freshId()),
      transcripts: [transcript({ lines })],
    });
    const { call } = await client.ask(
      `query ($id: ID!) { call(id: $id) { transcripts { ${TRANSCRIPT} } } }`,
      { id },
    );
    expect(call.transcripts[0].lines).toHaveLength(10_000);
  });
});

it.each([1, 10])(
  'a page of %i calls reads both with one statement each, and no lines unless asked',
  async (first) => {
    for (let index = 0; index < 10; index += 1) {
      await upserted(client, {
        references: idOf(freshId()),
        recordings: [recording()],
        transcripts: [transcript()],
      });
    }
    const statementsOf = async (lines: string) => {
      gateway.takeStatements();
      const { calls } = await client.ask(
        `query ($first: Int) { calls(first: $first) { nodes { recordings { id } transcripts { id ${lines} } } } }`,
        { first },
      );
      expect(calls.nodes.flatMap(({ transcripts }: Variables) => transcripts)).toHaveLength(first);
      return gateway.takeStatements().slice(1);
    };
    const withLines = await statementsOf('lines { text }');
    expect(withLines).toHaveLength(3);
    expect(withLines.join()).toContain('"lines"');
    const without = await statementsOf('summary');
    expect(without).toHaveLength(3);
    expect(without.join()).not.toContain('"lines"');
  },
);
