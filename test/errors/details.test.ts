import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { other, session } from '../events/events.js';
import { createVoiceCall, givenCall } from '../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ metadataMaxBytes: 1000, metadataMaxDepth: 3 });
  client = await gateway.client();
});
afterAll(() => gateway.close());

const errorsOf = async (query: string, variables: Variables): Promise<Data[]> => {
  const { payload } = await client.ask(query, variables);
  return [payload].flat().flatMap(({ errors }: Data) => errors);
};
const ERRORS = 'errors { code details }';
const UPSERT = `mutation ($input: UpsertCallInput!) { payload: upsertCall(input: $input) { ${ERRORS} } }`;
const MERGE = `mutation ($call: CallLocator!, $metadata: JSONObject!, $expected: Int) {
  payload: mergeCallMetadata(call: $call, metadata: $metadata, expectedRevision: $expected) { ${ERRORS} } }`;
const MERGE_ALL = `mutation ($items: [MergeCallMetadataItem!]!) { payload: mergeCallsMetadata(items: $items) { ${ERRORS} } }`;

describe('details', () => {
  it('name both calls of a REFERENCE_CONFLICT, wherever it arises', async () => {
    const one = await givenCall(client, {
      references: [other('one')],
      recordings: [{ system: 'BURKI', vendorId: 'rec' }],
    });
    const two = await givenCall(client, { references: [session('two')] });
    const conflict = (calls: string[]) => [{ code: 'REFERENCE_CONFLICT', details: { calls } }];
    const upsert = (input: Variables) => errorsOf(UPSERT, { input });
    expect(await upsert({ references: [other('one'), session('two')] })).toEqual(conflict([one.id, two.id]));
    expect(
      await upsert({ references: [session('two')], recordings: [{ system: 'BURKI', vendorId: 'rec' }] }),
    ).toEqual(conflict([two.id, one.id]));
    const record = {
      ...{
        staffUid: 's',
        clientUid: 'c',
        fromNumber: '+4930444001',
        toNumber: '+4930444002',
        direction: 'INBOUND',
      },
      ...{ status: 'MISSED', rate: '0.05', provider: 'VONAGE', sourceId: 'source', externalUuid: 'external' },
    };
    await createVoiceCall(client, { call: { id: one.id }, input: record });
    const created = await errorsOf(
      `mutation ($call: CallLocator, $input: CreateVoiceCallInput!) {
        payload: createVoiceCall(call: $call, input: $input) { ${ERRORS} } }`,
      { call: { id: two.id }, input: record },
    );
    expect(created).toEqual(conflict([two.id, one.id]));
  });

  it('name both revisions of a REVISION_CONFLICT', async () => {
    const call = { id: (await givenCall(client)).id };
    const conflict = [{ code: 'REVISION_CONFLICT', details: { present: 1, expected: 9 } }];
    expect(await errorsOf(MERGE, { call, metadata: {}, expected: 9 })).toEqual(conflict);
    expect(await errorsOf(MERGE_ALL, { items: [{ call, metadata: {}, expectedRevision: 9 }] })).toEqual(
      conflict,
    );
    const replaced = await errorsOf(
      `mutation ($call: CallLocator!) { payload: replaceCallFlow(call: $call, commands: [{ hangup: {} }],
        expectedFlowRevision: 4) { ${ERRORS} } }`,
      { call },
    );
    expect(replaced).toEqual([{ code: 'REVISION_CONFLICT', details: { present: 0, expected: 4 } }]);
  });

  it('name the limit and what was found of a LIMIT_EXCEEDED', async () => {
    const call = { id: (await givenCall(client, { metadata: { a: 'x'.repeat(900) } })).id };
    const limit = (found: number) => [{ code: 'LIMIT_EXCEEDED', details: { limit: 1000, found } }];
    const metadata = { b: 'y'.repeat(100) };
    // {"a":"…","b":"…"}
    expect(await errorsOf(MERGE, { call, metadata })).toEqual(limit(1015));
    expect(
      await errorsOf(MERGE_ALL, {
        items: [
          { call, metadata: {} },
          { call, metadata },
        ],
      }),
    ).toEqual(limit(1015));
    expect(
      await errorsOf(UPSERT, { input: { references: [other('large')], metadata: { a: 'x'.repeat(1000) } } }),
    ).toEqual(limit(1008));
    expect(await errorsOf(MERGE, { call, metadata: { a: { b: { c: { d: {} } } } } })).toEqual([
      { code: 'LIMIT_EXCEEDED', details: { limit: 3, found: 5 } },
    ]);
    const recorded = await errorsOf(
      `mutation ($input: RecordCallEventInput!) { payload: recordCallEvent(input: $input) { ${ERRORS} } }`,
      { input: { eventTime: new Date().toISOString(), metadata: { a: 'x'.repeat(1000) } } },
    );
    expect(recorded).toEqual(limit(1008));
  });

  it('are null for other codes', async () => {
    const unknown = { id: 'call_01h2xcejqtf2nbrexx3vqjhp41' };
    expect(await errorsOf(MERGE, { call: unknown, metadata: {} })).toEqual([
      { code: 'NOT_FOUND', details: null },
    ]);
  });
});

describe('replaceCallFlow', () => {
  it('shows the flow that was active before', async () => {
    const call = { id: (await givenCall(client)).id };
    const replace = async (text: string): Promise<Data> =>
      (
        await client.ask(
          `mutation ($call: CallLocator!, $text: String!, $key: String) {
            payload: replaceCallFlow(call: $call, idempotencyKey: $key,
              commands: [{ say: { text: $text, locale: "en-GB" } }]) {
              callFlow { id } superseded { id status revision commands { ... on SayCommand { text } } } } }`,
          { call, text, key: text },
        )
      ).payload;
    const first = await replace('one');
    expect(first.superseded).toBeNull();
    const second = { id: first.callFlow.id, status: 'SUPERSEDED', revision: 1, commands: [{ text: 'one' }] };
    expect((await replace('two')).superseded).toEqual(second);
    expect((await replace('two')).superseded).toEqual(second);
  });
});
