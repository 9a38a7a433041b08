import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMatchRule, readEvent, recordCallEvent } from '../events/events.js';
import { createVoiceCall, givenCall, patchVoiceCall, readCall } from '../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { numbers } from '../support/numbers.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

let names = 0;
async function given(input: Variables = {}): Promise<{ call: string; id: string }> {
  const call = await givenCall(client);
  const name = `patched-${++names}`;
  const { voiceCall } = await createVoiceCall(client, {
    call: { id: call.id },
    input: {
      ...{ staffUid: 'staff', clientUid: 'client', fromNumber: '+4930444001', toNumber: '+4930444002' },
      ...{ direction: 'INBOUND', status: 'INCOMING_CALL', rate: '0.05', provider: 'VONAGE' },
      ...{ sourceId: name, externalUuid: name },
      ...input,
    },
  });
  return { call: call.id, id: voiceCall.id };
}

const patchAll = async (items: Variables[], as = client): Promise<Data[]> =>
  (
    await as.ask(
      `mutation ($items: [PatchVoiceCallItem!]!) { payload: patchVoiceCalls(items: $items) {
        voiceCall { id revision status callSummary duration fromNumber updatedAt call { id } } errors { code path details } } }`,
      { items },
    )
  ).payload;

describe('patchVoiceCalls', () => {
  it('leaves a call and its record as patchVoiceCall does', async () => {
    const [one, other] = [await given(), await given()];
    const patches = [
      { status: 'ANSWERED_BY_STAFF', fromNumber: '+4930444003' },
      { duration: 12, callSummary: 'all said' },
      { price: '1.5', rate: '0.07' },
      {},
    ];
    for (const input of patches) await patchVoiceCall(client, { voiceCall: { id: one.id }, input });
    const done = await patchAll(patches.map((input) => ({ voiceCall: { id: other.id }, input })));
    expect(done.map(({ voiceCall, errors }) => [voiceCall.revision, errors])).toEqual([
      ...[
        [2, []],
        [3, []],
        [4, []],
        [4, []],
      ],
    ]);
    const plain = (text: string, { call, id }: typeof one) =>
      text
        .replaceAll(call, 'CALL')
        .replaceAll(id, 'VOICE')
        .replaceAll(/call_change_\w+|patched-\d+|[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[\d:.]+Z|"seq":"\d+"/g, '…');
    expect(plain(JSON.stringify(await readCall(client, other.call)), other)).toBe(
      plain(JSON.stringify(await readCall(client, one.call)), one),
    );
  });

  it('patches in order, by id or by call, and refuses an item alone', async () => {
    const [one, other] = [await given(), await given()];
    const bare = await givenCall(client);
    const done = await patchAll([
      { voiceCall: { id: one.id }, input: { callSummary: 'first' } },
      { voiceCall: { call: { id: one.call } }, input: { callSummary: 'second' }, expectedRevision: 2 },
      { voiceCall: { id: one.id }, input: { callSummary: 'third' }, expectedRevision: 2 },
      { voiceCall: { id: other.id }, input: { status: null } },
      { voiceCall: { call: { id: bare.id } }, input: { callSummary: 'x' } },
      { voiceCall: { id: 'voice_call_01h2xcejqtf2nbrexx3vqjhp41' }, input: {} },
      { voiceCall: { call: { reference: { system: 'OTHER', name: 'none', value: 'none' } } }, input: {} },
      { voiceCall: { id: other.id }, input: { callSummary: 'fourth' } },
    ]);
    expect(done.flatMap(({ errors }) => errors)).toMatchObject([
      {
        code: 'REVISION_CONFLICT',
        path: ['items', '2', 'expectedRevision'],
        details: { present: 3, expected: 2 },
      },
      { code: 'INVALID', path: ['items', '3', 'input', 'status'] },
      { code: 'NOT_FOUND', path: ['items', '4', 'voiceCall', 'call'] },
      { code: 'NOT_FOUND', path: ['items', '5', 'voiceCall', 'id'] },
      { code: 'NOT_FOUND', path: ['items', '6', 'voiceCall', 'call', 'reference'] },
    ]);
    expect(done[2]?.voiceCall).toMatchObject({ revision: 3, callSummary: 'second' });
    expect((await readCall(client, one.call)).voiceCall.callSummary).toBe('second');
    expect((await readCall(client, other.call)).voiceCall.callSummary).toBe('fourth');
  });

  it('takes 500 in as many statements as 5, and lets in the events that waited for a number', async () => {
    const many = await Promise.all(numbers(10).map(() => given()));
    const statementsOf = async (count: number) => {
      gateway.takeStatements();
      await patchAll(
        numbers(count).map((n) => ({
          voiceCall: { id: many[n % 10]?.id },
          input: { duration: n + 1 + count },
        })),
      );
      return gateway.takeStatements().length;
    };
    const few = await statementsOf(5);
    expect(await statementsOf(500)).toBe(few);
    await createMatchRule(client, { name: 'from', metadataPath: ['number'], callField: 'FROM' });
    const { event } = await recordCallEvent(client, { metadata: { number: '+4930444777' } });
    await patchAll([{ voiceCall: { id: many[0]?.id }, input: { fromNumber: '+4930444777' } }]);
    expect((await readEvent(client, event.id)).match).toBe('MATCHED');
  });
});
