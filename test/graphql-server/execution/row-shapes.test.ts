import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { TypeID } from 'typeid-js';
import { describe, expect, it } from 'vitest';
import { activeFlowText, flowColumns } from '../../../src/call-flows/call-flow-columns.queries.js';
import { textColumns } from '../../../src/db/lists/row-text.js';
import { MARK, type RowShape } from '../../../src/db/loading/row-shape.js';
import { callTextColumns } from '../../../src/db/tables/call-columns.js';
import { JsonText } from '../../../src/foundation/json-text.js';
import { encodeId } from '../../../src/graphql/ids.js';
import { shownText } from '../../../src/graphql-server/execution/row-shapes.js';
import { NotPlain } from '../../../src/graphql-server/execution/text-run.js';
import { TextWriters } from '../../../src/graphql-server/execution/text-writers.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { voiceCallColumns, voiceCallText } from '../../../src/voice-calls/voice-call.queries.js';
import { UUID } from './fake-context.js';

const callColumns = callTextColumns({ voiceCall: voiceCallText, callFlow: activeFlowText });

/** The columns that loaders read for a query, by the type of the rows. */
function readFor(source: string): Record<string, string[]> {
  const document = parse(source);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const { selectionSet } = operation as OperationDefinitionNode;
  const schema = publicSchema();
  const writers = new TextWriters(schema, document, operation as OperationDefinitionNode);
  writers.fields(schema.getQueryType() as never, [selectionSet]);
  const requested = Object.assign(new Set<string>(), { shapes: writers.shapes });
  const read = {
    Call: callColumns(requested),
    VoiceCall: voiceCallColumns(requested),
    CallFlow: flowColumns(requested),
  };
  return Object.fromEntries(Object.entries(read).map(([type, { columns }]) => [type, Object.keys(columns)]));
}

describe('the columns that are read', () => {
  it('hold what is shown as it is stored as one text', () => {
    const read = readFor(`{ calls { nodes { __typename id status tags metadata createdAt
      voiceCall { id price status callSummary }
      callFlow { id status commands { __typename id command status vendorId ... on SayCommand { text loop } ... on AnswerCommand { media } } }
    } } }`);
    expect(read).toEqual({
      Call: ['id', 'parentId', 'joinedInto', 'run_0'],
      VoiceCall: ['callId', 'run_0'],
      CallFlow: ['id', 'callId', 'run_0'],
    });
  });

  it('hold what stands between other fields as a text each', () => {
    const { Call, CallFlow } = readFor(
      '{ calls { nodes { hangup { source } id state: status callFlow { revision commands { conditions { value } } } direction } } }',
    );
    expect(Call?.toSorted()).toEqual(
      ['hangup', 'id', 'joinedInto', 'parentId', 'run_0', 'run_1', 'status'].toSorted(),
    );
    expect(CallFlow).toEqual(['id', 'callId', 'commands', 'run_0']);
  });

  it('are the plain ones where two places show different fields of a type', () => {
    const { Call } = readFor('{ calls { nodes { id parent { id status } } } }');
    expect(Call).toContain('direction');
    expect(Call).not.toContain('run_0');
  });
});

describe('many shapes', () => {
  const shapeOf = (field: string): RowShape => ({
    name: field,
    runs: [{ start: '{', fields: [{ name: field, form: 'TEXT', nullable: true }] }],
    others: [],
  });
  const textsOf = () =>
    textColumns(
      { stored: () => ({ value: sql`a`, type: 'text', notNull: false }) },
      (_shape, texts) => texts,
    );

  it('give way to a new one, the least recently used first', () => {
    const texts = textsOf();
    const first = texts(shapeOf('first'));
    const second = texts(shapeOf('second'));
    for (let index = 0; index < 98; index += 1) texts(shapeOf(`f${index}`));
    expect(texts(shapeOf('first'))).toBe(first);
    expect(texts(shapeOf('new'))).not.toBeNull();
    expect(texts(shapeOf('first'))).toBe(first);
    expect(texts(shapeOf('second'))).not.toBe(second);
  });

  it('never share a name, by which requests share a read', () => {
    const texts = textsOf();
    const names = Array.from({ length: 300 }, (_, index) => texts(shapeOf(`f${index}`))?.name);
    expect(new Set(names).size).toBe(300);
  });
});

describe('a text of Postgres', () => {
  it('is shown with the ids of clients, and JSON without blanks', () => {
    const run = `{"id":"call_${MARK.id}${UUID}","metadata":${MARK.json}{"a": [1, 2.50], "b": "x, y"}${MARK.json},"parentId":"call_${MARK.id}${UUID}"`;
    const id = encodeId('call', UUID);
    expect(shownText(run)).toBe(`{"id":"${id}","metadata":{"a":[1,2.5],"b":"x, y"},"parentId":"${id}"`);
    expect(shownText(',"a":1')).toBe(',"a":1');
  });

  it('is shown as it is between the marks, in any alphabet and at any length', () => {
    const json = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    const part = fc.record({ text: fc.string({ unit: 'binary' }), uuid: fc.uuid(), json });
    const check = (parts: { text: string; uuid: string; json: object }[]) => {
      const texts = parts.map((each) => ({ ...each, text: JSON.stringify(each.text) }));
      const run = texts.map(
        ({ text, uuid, json }) =>
          `${text}${MARK.id}${uuid}${MARK.json}${new JsonText(JSON.stringify(json)).text}${MARK.json}`,
      );
      const shown = texts.map(
        ({ text, uuid, json }) =>
          `${text}${encodeId('call', uuid).slice(5)}${new JsonText(JSON.stringify(json)).written}`,
      );
      expect(shownText(run.join())).toBe(shown.join());
    };
    fc.assert(fc.property(fc.array(part), check), { numRuns: 30 });
    check(new Array(2_000).fill({ text: 'ü€😀', uuid: UUID, json: { a: [1.5, 'ü, b'], 'c: d': null } }));
  });

  it('has the ids that typeid-js writes', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(encodeId('call', uuid)).toBe(TypeID.fromUUID('call', uuid).toString());
      }),
    );
  });

  it('has each number as JSON.stringify writes it, also where one is written anew', () => {
    const run = `{"a":${MARK.json}[1.0, "x, y"]${MARK.json},"b":${MARK.json}{"n": 100000000000000000000000}${MARK.json},"id":"call_${MARK.id}${UUID}"`;
    expect(shownText(run)).toBe(`{"a":[1,"x, y"],"b":{"n":1e+23},"id":"${encodeId('call', UUID)}"`);
  });

  it('is refused if a value in it is wrong', () => {
    expect(() => shownText(`{"status":${MARK.wrong}`)).toThrow(NotPlain);
  });
});
