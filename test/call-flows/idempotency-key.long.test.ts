import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codesOf, givenCall, hangUpCall, readCall, replaceCallFlow } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: { id: string };
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
beforeEach(async () => {
  const { id } = await givenCall(client);
  call = { id };
});
afterAll(() => gateway.close());

const SAY = [{ say: { text: 'hello' } }];
const WHOLE = [
  { say: { text: 'hello', loop: 2, conditions: [{ variable: 'a', value: '1' }] } },
  { gather: { maxNumKeys: 1, say: { text: 'Press 1' } } },
  { bridge: { to: '+14155550148', record: true } },
];
const HANGUP = [{ hangup: {} }];
const INVALID = [{ pause: { pauseSeconds: -1 } }];
const replace = (
  commands: object[],
  options: { idempotencyKey?: string; expectedFlowRevision?: number } = {},
) => replaceCallFlow(client, { call, commands, ...options });
const read = () => readCall(client, call.id);

describe('the same idempotencyKey again', () => {
  it('returns the flow that it created, and changes nothing', async () => {
    const first = await replace(SAY, { idempotencyKey: 'key' });
    const before = await read();

    const again = await replace(SAY, { idempotencyKey: 'key' });

    expect(again).toEqual(first);
    expect(await read()).toEqual(before);
    expect(before).toMatchObject({ revision: 2, callFlows: { totalCount: 1 } });
  });

  it('creates one flow and one revision when sixteen clients send it at once', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 16 }, () => replace(SAY, { idempotencyKey: 'key' })),
    );
    expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
    expect(new Set(payloads.map(({ callFlow }) => callFlow.id)).size).toBe(1);
    expect(await read()).toMatchObject({
      revision: 2,
      callFlow: { id: payloads[0].callFlow.id, revision: 1 },
      callFlows: { totalCount: 1 },
      history: { totalCount: 2 },
    });
  });

  it('creates one flow even if all sixteen expect the previous revision', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 16 }, () => replace(SAY, { idempotencyKey: 'key', expectedFlowRevision: 0 })),
    );
    expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
    expect(await read()).toMatchObject({ revision: 2, callFlows: { totalCount: 1 } });
  });

  it('returns the flow as it is now, after another has superseded it', async () => {
    const { callFlow } = await replace(SAY, { idempotencyKey: 'key' });
    await replace(HANGUP);
    const before = await read();

    const again = await replace(SAY, { idempotencyKey: 'key' });

    expect(again.errors).toEqual([]);
    expect(again.callFlow).toEqual({ ...callFlow, status: 'SUPERSEDED' });
    expect(again.call.callFlow).toEqual(before.callFlow);
    expect(await read()).toEqual(before);
  });

  it.each([
    ['the expected revision is old', { expectedFlowRevision: 0 }],
    ['the expected revision is invalid', { expectedFlowRevision: -1 }],
  ])('answers likewise although %s', async (_what, options) => {
    const first = await replace(WHOLE, { idempotencyKey: 'key' });
    const again = await replace(WHOLE, { idempotencyKey: 'key', ...options });
    expect(again).toEqual(first);
    expect(await read()).toMatchObject({ revision: 2, callFlows: { totalCount: 1 } });
  });

  it.each([
    ['others', HANGUP],
    ['the same in another order', WHOLE.toReversed()],
    ['the same and one more', [...WHOLE, ...HANGUP]],
    ['the same but for a condition', [{ say: { text: 'hello', conditions: [] } }, ...WHOLE.slice(1)]],
    ['invalid', INVALID],
    ['none', []],
    ['too many', new Array(21).fill({ ringing: {} })],
  ])('is INVALID beside the flow when the commands are %s', async (_what, commands) => {
    const first = await replace(WHOLE, { idempotencyKey: 'key' });
    const before = await read();
    const again = await replace(commands, { idempotencyKey: 'key' });
    expect(codesOf(again)).toEqual([{ code: 'INVALID', path: ['idempotencyKey'] }]);
    expect(again).toMatchObject({ callFlow: first.callFlow, call: first.call });
    expect(await read()).toEqual(before);
  });

  it('returns its flow even if the call has ended', async () => {
    const { callFlow } = await replace(SAY, { idempotencyKey: 'key' });
    await hangUpCall(client, call);
    const before = await read();
    const again = await replace(SAY, { idempotencyKey: 'key' });
    expect(again).toMatchObject({ callFlow, call: { status: 'COMPLETED' }, errors: [] });
    expect(await read()).toEqual(before);
  });
});

describe('an idempotencyKey', () => {
  it.each([
    ['INVALID', INVALID, {}],
    ['REVISION_CONFLICT', SAY, { expectedFlowRevision: 7 }],
  ])('is not remembered when the try is refused as %s', async (code, commands, options) => {
    const refused = await replace(commands, { idempotencyKey: 'key', ...options });
    expect(codesOf(refused)).toMatchObject([{ code }]);
    expect(await read()).toMatchObject({ revision: 1, callFlows: { totalCount: 0 } });

    const { callFlow, errors } = await replace(HANGUP, { idempotencyKey: 'key' });

    expect(errors).toEqual([]);
    expect(callFlow).toMatchObject({ revision: 1, commands: [{ command: 'HANGUP' }] });
  });

  it('is not remembered when the call has ended: it stays CALL_ENDED', async () => {
    await hangUpCall(client, call);
    for (const _ of [1, 2]) {
      expect(codesOf(await replace(SAY, { idempotencyKey: 'key' }))).toMatchObject([{ code: 'CALL_ENDED' }]);
    }
    expect(await read()).toMatchObject({ revision: 2, callFlows: { totalCount: 0 } });
  });

  it('is not remembered for a call that was unknown', async () => {
    const reference = { system: 'BIRD', name: 'id', value: 'later' };
    const late = () =>
      replaceCallFlow(client, { call: { reference }, commands: SAY, idempotencyKey: 'late key' });
    expect(codesOf(await late())).toMatchObject([{ code: 'NOT_FOUND' }]);
    await givenCall(client, { references: [reference] });
    expect(await late()).toMatchObject({ errors: [], callFlow: { revision: 1 } });
  });

  it('belongs to its call: another call may use the same', async () => {
    const other = await givenCall(client);
    const { callFlow: first } = await replace(SAY, { idempotencyKey: 'key' });
    const { callFlow: second } = await replaceCallFlow(client, {
      call: { id: other.id },
      commands: HANGUP,
      idempotencyKey: 'key',
    });
    expect(second).toMatchObject({ revision: 1, call: { id: other.id }, commands: [{ command: 'HANGUP' }] });
    expect(second.id).not.toBe(first.id);
    expect((await replace(SAY, { idempotencyKey: 'key' })).callFlow).toEqual(first);
  });

  it('makes a second flow when it is another', async () => {
    await replace(SAY, { idempotencyKey: 'one' });
    const { callFlow } = await replace(SAY, { idempotencyKey: 'two' });
    expect(callFlow).toMatchObject({ revision: 2, status: 'ACTIVE' });
  });

  it.each([
    ['is empty', ''],
    ['has 256 characters', 'k'.repeat(256)],
    ['has a NUL', 'nul \0'],
  ])('is INVALID, and makes no flow, when it %s', async (_how, idempotencyKey) => {
    const payload = await replace(SAY, { idempotencyKey });
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['idempotencyKey'] }]);
    expect(await read()).toMatchObject({ revision: 1, callFlows: { totalCount: 0 } });
  });

  it('may have 255 characters of any kind', async () => {
    const idempotencyKey = '👋'.repeat(255);
    const { callFlow } = await replace(SAY, { idempotencyKey });
    expect((await replace(SAY, { idempotencyKey })).callFlow).toEqual(callFlow);
  });
});
