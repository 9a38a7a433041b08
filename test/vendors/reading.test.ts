import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkVendorCallFlow } from '../../src/call-flows/vendor-call-flow.input.js';
import { checkRecordings, checkTranscripts } from '../../src/recordings/recording.checks.js';
import type { CallRecordingInput, CallTranscriptInput } from '../../src/recordings/recording.input.js';
import { callOfBird } from '../../src/vendors/bird/bird-record.js';
import { callOfBurki } from '../../src/vendors/burki/burki-record.js';
import { recordingsAtBurki, transcriptAtBurki } from '../../src/vendors/burki/burki-recorded.js';
import { callOfCreovai } from '../../src/vendors/creovai/creovai-record.js';
import {
  decimalIn,
  idIn,
  instantIn,
  secondsIn,
  storableJson,
  tagsIn,
  textIn,
} from '../../src/vendors/record-parts.js';
import { callOfVcita, transcriptOfVcita } from '../../src/vendors/vcita/vcita-record.js';
import type { CallRecord } from '../../src/vendors/vendor-message.js';
import { VENDORS } from '../../src/vendors/vendors.js';

const ACCOUNT = {
  ...{
    organizationId: 'o',
    id: 'a',
    name: 'account',
    baseUrl: 'https://vendor.example',
    secretsVersion: '1',
  },
  settings: { workspaceId: 'w' },
  secrets: {},
};

const NAMES = [
  ...['message', 'type', 'status', 'call', 'id', 'customer', 'phoneNumber', 'number', 'event', 'call_sid'],
  ...['payload', 'data', 'uid', 'callId', 'utcStart', 'participants', 'call_meta', 'from', 'to', 'tags'],
  ...[
    'toString',
    'valueOf',
    'originator',
    'contact',
    'sessionId',
    'duration',
    'updatedAt',
    'created_at',
    'total_cost',
    '__proto__',
  ],
  ...['recording', 'transcript', 'transcript_status', 'callFlow', 'commands', 'command', 'conditions'],
  ...['utterances', 'text', 'content', 'startMs', 'segment_start', 'timestamp', 'isInternal', 'firstName'],
];
const WORDS = [
  'status-update',
  'end-of-call-report',
  'call_started',
  'voice.inbound',
  'voice_call.ended',
  'ongoing',
];

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1e300, 12.5, '', '\0', '\ud800', 'x'.repeat(5_000), ...WORDS),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 8, noNullPrototype: true }),
  ),
})).value;

/** Every text and time that would be stored. */
function valuesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [value];
  return [...Object.keys(value), ...Object.values(value).flatMap(valuesIn)];
}

/** As the checks of upsertCall have them. */
function expectWithinLimits({ recordings, transcripts, vendorCallFlow }: CallRecord['values']): void {
  expect(checkRecordings(recordings as CallRecordingInput[], [])).toEqual([]);
  expect(checkTranscripts(transcripts as CallTranscriptInput[], [])).toEqual([]);
  // A command has its status here, and the vendor's word for it there.
  expect(checkVendorCallFlow(vendorCallFlow, [])).toEqual([]);
}

function expectStorable({ references, values, voiceCall }: CallRecord): void {
  for (const { value } of references) expect(value).toMatch(/^\P{C}{1,500}$/su);
  expectWithinLimits(values);
  for (const value of valuesIn({ values, voiceCall })) {
    if (typeof value === 'string') {
      expect(value).not.toMatch(/\0|\p{Cs}/u);
      expect([...value].length).toBeLessThanOrEqual(65_536);
    }
    if (value instanceof Date) expect(value.getTime()).not.toBeNaN();
  }
}

describe.each(Object.values(VENDORS))('$system reads', ({ messages }) => {
  const read = (body: Buffer) => messages.read({ body, headers: {}, urls: [], wasSigned: false }, ACCOUNT);

  it('any bytes without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(read(Buffer.from(bytes)).kind).toBe('UNRECOGNISED');
      }),
    );
  });

  it('any JSON without an error, and only what can be stored', () => {
    fc.assert(
      fc.property(json, (value) => {
        const reading = read(Buffer.from(JSON.stringify(value)));
        if (reading.kind === 'CALL' && reading.said !== null) expectStorable(reading.said);
        if (reading.kind === 'NAMELESS') expectStorable({ ...reading.said, references: [] });
      }),
      { numRuns: 500 },
    );
  });
});

describe.each([
  ['Burki', callOfBurki, { id: 1 }],
  ['Bird', (record: unknown) => callOfBird(record, ACCOUNT), { id: 'x' }],
  ['vcita', callOfVcita, { uid: 'x' }],
  ['Creovai', callOfCreovai, { sessionId: 'x' }],
] as const)('a record of %s', (_, callOf, name) => {
  it('is read whatever its members are, and needs its name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), json), (members) => {
        const call = callOf({ ...members, ...name });
        expect(call).not.toBeNull();
        expectStorable(call as CallRecord);
      }),
      { numRuns: 300 },
    );
    for (const nothing of [undefined, null, 1, 'x', [], {}]) expect(callOf(nothing)).toBeNull();
  });
});

const shown = (call: unknown): unknown => callOfCreovai({ sessionId: 's', id: 'i', ...Object(call) })?.values;
const saying = (...utterances: unknown[]) => shown({ participants: [{ isInternal: true, utterances }] });

describe('what a record has of recordings, transcripts and flows', () => {
  const deep = fc.dictionary(
    fc.constantFrom('id', 'duration', 'status', 'recording_type', 'created_at'),
    json,
  );
  const line = fc.dictionary(
    fc.constantFrom('content', 'speaker', 'segment_start', 'segment_end', 'confidence', 'is_final'),
    json,
  );

  it('is read whatever Burki answers with, and within the limits', () => {
    const answers = fc.oneof(json, fc.array(deep, { maxLength: 70 }), fc.array(line));
    fc.assert(
      fc.property(answers, (answer) => {
        expectStorable({ references: [], values: recordingsAtBurki(answer) });
        expectStorable({ references: [], values: transcriptAtBurki(answer) });
        expectStorable({ references: [], values: transcriptOfVcita(answer) });
        expectStorable({ references: [], values: transcriptOfVcita({ transcript: answer }) });
      }),
      { numRuns: 300 },
    );
  });

  it('is cut rather than refused', () => {
    const many = recordingsAtBurki(Array.from({ length: 60 }, (_, id) => ({ id: id % 55 })));
    expect(many.recordings).toHaveLength(50);
    expectWithinLimits(many);
    const long = transcriptAtBurki([{ content: '☎'.repeat(20_000) }]);
    expect([...(long.transcripts?.[0]?.lines[0]?.text ?? '')]).toHaveLength(16_384);
    expectWithinLimits(long);
    const lines = transcriptAtBurki(Array.from({ length: 10_001 }, () => ({ content: 'a' })));
    expect(lines.transcripts?.[0]?.lines).toHaveLength(10_000);
    const heavy = transcriptAtBurki(Array.from({ length: 200 }, () => ({ content: 'x'.repeat(10_000) })));
    expect(heavy.transcripts?.[0]?.lines).toHaveLength(103);
    expectWithinLimits(heavy);
    const commands = Array.from({ length: 30 }, () => ({ command: 'say' }));
    const flow = callOfBird({ id: 'x', callFlow: { id: 'f', commands } }, ACCOUNT)?.values.vendorCallFlow;
    expect(flow?.commands).toHaveLength(20);
  });

  it('of Bird leaves out commands that are not known, and takes the id from the first if need be', () => {
    const [say, unknown] = [
      { id: 'c-1', callFlowId: 'f', command: 'say', status: 'completed' },
      { id: 'c-2', callFlowId: 'f', command: 'sing', status: 'accepted' },
    ];
    const conditions = [{ variable: 'keys', operator: 'eq', value: '1' }, { value: '2' }, null];
    const call = {
      id: 'x',
      callFlow: { commands: [say, unknown, { command: 'Hangup', status: '?', conditions }] },
    };
    expect(callOfBird(call, ACCOUNT)?.values.vendorCallFlow).toEqual({
      vendorId: 'f',
      commands: [
        { vendorId: 'c-1', command: 'SAY', status: 'COMPLETED', conditions: [] },
        { vendorId: null, command: 'HANGUP', status: null, conditions: [conditions[0]] },
      ],
    });
    for (const callFlow of [
      null,
      {},
      { id: 'f', commands: [] },
      { id: 'f', commands: [{ command: 'sing' }] },
    ]) {
      expect(callOfBird({ id: 'x', callFlow }, ACCOUNT)?.values).not.toHaveProperty('vendorCallFlow');
    }
  });

  it('keeps the vendor’s order where a line has no time, and no line without a text', () => {
    const said = saying(
      { startMs: 9, text: 'a' },
      { text: 'b' },
      { startMs: -1, text: 'c' },
      { startMs: 1 },
      null,
    );
    expect(said).toMatchObject({
      transcripts: [
        {
          lines: [
            { text: 'a', start: 0.009 },
            { text: 'b', start: null },
            { text: 'c', start: null },
          ],
        },
      ],
    });
    expect(saying({ text: '' }, {})).not.toHaveProperty('transcripts');
  });
});

it('a call of Bird is not its own parent, whatever the record says', () => {
  const id = '3fa85f64-5717-4562-b3fc-2c963f66afa6';
  const parentOf = (parentId: string) => callOfBird({ id, parentId }, ACCOUNT)?.values.parent;
  expect(parentOf(id.toUpperCase())).toBeUndefined();
  expect(parentOf('another')).toMatchObject({ reference: { system: 'BIRD', name: 'id', value: 'another' } });
});

describe('a part of a record', () => {
  it('that is a time without an offset is of UTC', () => {
    const at = (value: unknown) => instantIn({ value }, 'value')?.toISOString();
    expect(at('2026-11-28T16:39:04.697399')).toBe('2026-11-28T16:39:04.697Z');
    expect(at('2026-11-28 16:39:04')).toBe('2026-11-28T16:39:04.000Z');
    expect(at('2026-11-28T16:39:04-05:00')).toBe('2026-11-28T21:39:04.000Z');
    expect(at('2026-11-28T16:39:04Z')).toBe('2026-11-28T16:39:04.000Z');
    for (const wrong of [
      '2026-11-28',
      '2026-13-28T16:39:04Z',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:00-01:00',
      1_735_689_600,
      null,
      '',
    ])
      expect(at(wrong)).toBeUndefined();
  });

  it('that is an amount is the shortest decimal', () => {
    const at = (value: unknown) => decimalIn({ value }, 'value');
    expect([0.1, 12, '1.50', 1e-7, -0.25].map(at)).toEqual(['0.1', '12', '1.50', '0.0000001', '-0.25']);
    for (const wrong of [1e30, 'x', null, {}, Number.NaN]) expect(at(wrong)).toBeUndefined();
  });

  it('that is a number of seconds is whole and not negative', () => {
    const at = (value: unknown, unit?: number) => secondsIn({ value }, 'value', unit);
    expect([at(12.6), at('75'), at(0), at(61_400, 1_000)]).toEqual([13, 75, 0, 61]);
    for (const wrong of [-1, 'x', null, 1e12]) expect(at(wrong)).toBeUndefined();
  });

  it('that is an id is taken whole or not at all', () => {
    const at = (value: unknown) => idIn({ value }, 'value');
    expect([at(101), at(' CA1 ')]).toEqual(['101', 'CA1']);
    for (const wrong of ['', ' ', 'a\0', 'a\u200b', 'x'.repeat(501), {}, null, true, 1.5, 1e21])
      expect(at(wrong)).toBeUndefined();
    // As a number it would be another call's, and in a URL it would lead to another place.
    for (const wrong of [JSON.parse('9007199254740993'), '.', ' .. ']) expect(at(wrong)).toBeUndefined();
  });

  it('that is a text is cut to 4,096 characters, and tags to 50 of 50', () => {
    expect(textIn({ value: '☎'.repeat(5_000) }, 'value')).toHaveLength(4_096);
    const tags = tagsIn(
      { value: ['a', 'a', '', 1, 'x'.repeat(51), ...Array.from({ length: 60 }, (_, n) => `${n}`)] },
      'value',
    );
    expect(tags).toHaveLength(50);
    expect(tags?.slice(0, 2)).toEqual(['a', '0']);
  });

  it('that is JSON is cut where it is too deep', () => {
    let deep: unknown = 1;
    for (let n = 0; n < 20_000; n += 1) deep = { deep };
    expect(JSON.stringify(storableJson(deep)).length).toBeLessThan(1_000);
    expect(storableJson({ 'a\0': ['\ud800b', { c: null }] })).toEqual({ a: ['\ufffdb', { c: null }] });
  });
});
