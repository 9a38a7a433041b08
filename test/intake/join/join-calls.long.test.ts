import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../errors/fingerprint.js';
import { by, joinCalls, other, upserted } from '../../events/events.js';
import {
  codesOf,
  createVoiceCall,
  givenCall,
  patchVoiceCall,
  readCall,
  recordCallFlowProgress,
  replaceCallFlow,
  updateVoiceCall,
} from '../../support/documents.js';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../../support/gateway.js';
import { VOICE_CALL, VOICE_CALL_WHOLE } from '../voice-calls.js';
import { join } from './join.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'joiner' });
});
afterAll(() => gateway.close());

const burki = (value: string) => ({ system: 'BURKI', name: 'id', value });
const flow = (text: string) => [{ say: { text } }];
async function expectRefusal(call: object, duplicate: object, code: string, path: string[]): Promise<Data> {
  const before = await fingerprint(gateway.database);
  const payload = await joinCalls(client, call, duplicate);
  expect(codesOf(payload)).toEqual([{ code, path }]);
  expect(await fingerprint(gateway.database)).toEqual(before);
  return payload;
}

describe('joinCalls moves', () => {
  it('the references, in the order in which they were added to either record', async () => {
    await upserted(client, { references: [other('d1')] });
    const call = await upserted(client, { references: [other('c1')] });
    await upserted(client, { references: [other('d1'), burki('d2')] });
    const duplicate = await upserted(client, { references: [other('d1'), other('d3')] });
    const joined = await join(client, call, duplicate);
    expect(joined).toMatchObject({ id: call.id, revision: 2 });
    expect(joined.references).toEqual([other('d1'), other('c1'), burki('d2'), other('d3')]);
    expect((await readCall(client, call.id)).history.nodes[0]).toMatchObject({
      oldValues: { references: [other('c1')] },
      newValues: { references: joined.references },
    });
    for (const reference of joined.references) {
      expect(await upserted(client, { references: [reference] })).toMatchObject({ id: call.id, revision: 2 });
    }
  });

  it('the groups, with one membership each', async () => {
    const group = (key: string) => ({ kind: 'case', key });
    const call = await upserted(client, { references: [other('c')], groups: [group('b')] });
    const duplicate = await upserted(client, { references: [other('d')], groups: [group('a'), group('b')] });
    expect((await join(client, call, duplicate)).groups).toEqual([group('a'), group('b')]);
    for (const key of ['a', 'b']) {
      const { callGroup } = await client.ask(
        'query ($group: CallGroupInput!) { callGroup(group: $group) { calls { totalCount nodes { id } } } }',
        { group: group(key) },
      );
      expect(callGroup.calls).toEqual({ totalCount: 1, nodes: [{ id: call.id }] });
    }
    const { history } = await readCall(client, call.id);
    expect(history.nodes[0]).toMatchObject({
      kind: 'JOINED',
      oldValues: { groups: [group('b')] },
      newValues: { groups: [group('a'), group('b')] },
    });
  });

  it('the voice call, which its own id, the call and the duplicate’s id then identify', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const { voiceCall } = await createVoiceCall(client, { call: { id: duplicate.id }, input: VOICE_CALL });
    expect(await join(client, call, duplicate)).toMatchObject({
      status: 'NO_ANSWER',
      from: VOICE_CALL.fromNumber,
      voiceCall: { id: voiceCall.id, call: { id: call.id } },
    });
    const ways = [
      { id: voiceCall.id },
      { call: { id: call.id } },
      { call: { id: duplicate.id } },
      { call: by({ system: 'VCITA', name: 'sourceId', value: VOICE_CALL.sourceId }) },
    ];
    for (const [index, locator] of ways.entries()) {
      const written = await updateVoiceCall(client, {
        voiceCall: locator,
        input: { ...VOICE_CALL_WHOLE, duration: 10 + index },
      });
      expect(written.errors).toEqual([]);
      expect(written.voiceCall).toMatchObject({ id: voiceCall.id, revision: 2 + 2 * index });
      const patched = await patchVoiceCall(client, { voiceCall: locator, input: { duration: 20 + index } });
      expect(patched.voiceCall).toMatchObject({ id: voiceCall.id, duration: 20 + index });
    }
    const again = await createVoiceCall(client, { call: { id: duplicate.id }, input: VOICE_CALL });
    expect(codesOf(again)).toEqual([{ code: 'ALREADY_EXISTS', path: null }]);
    const after = await readCall(client, call.id);
    expect(after).toMatchObject({ duration: 23, revision: 2 + 8, voiceCall: { id: voiceCall.id } });
    expect(after.history.nodes.at(-3)).toMatchObject({ kind: 'VOICE_CALL_CREATED', revision: 2 });
  });

  it('the flows, renumbered in the order of their creation: only the newest is active', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const made: string[] = [];
    for (const [index, each] of [duplicate, call, duplicate, call, duplicate].entries()) {
      const { callFlow } = await replaceCallFlow(client, {
        call: { id: each.id },
        commands: flow(String(index)),
        idempotencyKey: `key ${index}`,
      });
      made.push(callFlow.id);
    }
    await join(client, call, duplicate);
    const after = await readCall(client, call.id);
    expect(after.callFlow).toMatchObject({ id: made[4], revision: 5, status: 'ACTIVE' });
    expect(
      after.callFlows.nodes.map(({ id, revision, status, call: its }: Data) => [
        id,
        revision,
        status,
        its.id,
      ]),
    ).toEqual(
      made.map((id, index) => [id, index + 1, index === 4 ? 'ACTIVE' : 'SUPERSEDED', call.id]).toReversed(),
    );
    expect(after.history.nodes[0]).toMatchObject({
      kind: 'JOINED',
      oldValues: { callFlow: { revision: 2 } },
      newValues: { callFlow: { revision: 5 } },
    });
    for (const [index, id] of made.entries()) {
      const repeated = { commands: flow(String(index)), idempotencyKey: `key ${index}` };
      for (const each of [call, duplicate]) {
        const payload = await replaceCallFlow(client, { call: { id: each.id }, ...repeated });
        expect(payload).toMatchObject({ callFlow: { id, revision: index + 1 }, errors: [] });
      }
    }
    expect((await readCall(client, call.id)).revision).toBe(after.revision);
    const next = await replaceCallFlow(client, {
      call: { id: duplicate.id },
      commands: flow('next'),
      expectedFlowRevision: 5,
    });
    expect(next).toMatchObject({ callFlow: { revision: 6 }, call: { id: call.id } });
  });

  it('a flow with its commands, whose progress is then recorded for the call', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const { callFlow } = await replaceCallFlow(client, {
      call: { id: duplicate.id },
      commands: flow('hello'),
    });
    await join(client, call, duplicate);
    const progressed = await recordCallFlowProgress(client, {
      callFlow: callFlow.id,
      vendorId: 'flow-1',
      commands: [{ id: callFlow.commands[0].id, status: 'RUNNING' }],
    });
    expect(progressed.errors).toEqual([]);
    expect(progressed.callFlow).toMatchObject({
      call: { id: call.id },
      revision: 1,
      status: 'ACTIVE',
      commands: [{ id: callFlow.commands[0].id, status: 'RUNNING' }],
    });
    expect(await readCall(client, call.id)).toMatchObject({
      revision: 3,
      callFlow: { id: callFlow.id, vendorId: 'flow-1' },
    });
  });

  it('the idempotency keys; of two equal keys the call’s stays', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const replace = (each: Data) =>
      replaceCallFlow(client, { call: { id: each.id }, commands: flow('x'), idempotencyKey: 'key' });
    const { callFlow } = await replace(call);
    await replace(duplicate);
    await join(client, call, duplicate);
    expect((await replace(duplicate)).callFlow).toMatchObject({ id: callFlow.id, status: 'SUPERSEDED' });
    expect((await readCall(client, call.id)).callFlows.totalCount).toBe(2);
  });
});

describe('joinCalls fills', () => {
  const KNOWN = { from: 'a', type: 'sip', tags: ['x'], hangup: { source: 'callee' }, duration: 0 };
  const MORE = {
    from: 'b',
    to: 'c',
    type: 'pstn',
    tags: ['y'],
    hangup: { causeCode: 1 },
    duration: 9,
    direction: 'OUTBOUND',
    vendorStatus: 'completed',
    reason: 'r',
    cost: { total: '0.50' },
    startedAt: '2024-01-15T10:00:00.000Z',
  };

  it('empty fields, unites tags, and overwrites nothing', async () => {
    const call = await givenCall(client, KNOWN);
    const duplicate = await givenCall(client, MORE);
    await join(client, call, duplicate);
    const after = await readCall(client, call.id);
    const { causeCode, source } = after.hangup;
    expect({ ...after, hangup: { causeCode, source } }).toMatchObject({
      ...MORE,
      ...KNOWN,
      hangup: { causeCode: null, source: 'callee' },
      tags: ['x', 'y'],
      status: 'COMPLETED',
      customerNumber: 'c',
      revision: 2,
    });
    const [joined] = after.history.nodes;
    const { duplicate: id, ...filled } = joined.newValues;
    expect(id).toEqual({ id: duplicate.id });
    expect(Object.keys(filled).toSorted()).toEqual(
      ['to', 'direction', 'status', 'vendorStatus', 'reason', 'cost', 'startedAt', 'customerNumber']
        .concat('references', 'tags')
        .toSorted(),
    );
    expect(joined).toMatchObject({
      kind: 'JOINED',
      revision: 2,
      actor: 'joiner',
      patch: null,
      patchOrder: null,
      oldValues: { to: null, direction: 'UNKNOWN', status: 'UNKNOWN', vendorStatus: null },
      newValues: { to: 'c', vendorStatus: 'completed' },
    });
    expect(joined.oldValues).not.toHaveProperty('duplicate');
  });

  it.each<[string, Variables, Variables, Variables]>([
    [
      'what has ended',
      { vendorStatus: 'ringing' },
      { vendorStatus: 'busy' },
      { status: 'BUSY', vendorStatus: 'busy' },
    ],
    [
      'what has ended',
      { vendorStatus: 'busy' },
      { status: 'RINGING' },
      { status: 'BUSY', vendorStatus: 'busy' },
    ],
    [
      'a word of no vendor',
      { vendorStatus: 'parked' },
      { vendorStatus: 'ringing' },
      { vendorStatus: 'parked' },
    ],
    [
      'the own one of two that go on',
      { status: 'QUEUED' },
      { vendorStatus: 'ringing' },
      { status: 'QUEUED' },
    ],
    ['the own one of two that have ended', { status: 'FAILED' }, { status: 'BUSY' }, { status: 'FAILED' }],
  ])('of the status pairs %s: %j and %j', async (_, own, others, expected) => {
    const call = await givenCall(client, own);
    await join(client, call, await givenCall(client, others));
    expect(await readCall(client, call.id)).toMatchObject(expected);
  });
});

describe('joinCalls is', () => {
  it('ALREADY_EXISTS with the call, and writes nothing, if both have a voice call', async () => {
    const call = await givenCall(client, { metadata: { a: 1 } });
    const duplicate = await givenCall(client, { metadata: { b: 1 }, groups: [{ kind: 'k', key: 'k' }] });
    await createVoiceCall(client, { call: { id: call.id }, input: VOICE_CALL });
    const second = { ...VOICE_CALL, sourceId: 'source-2', externalUuid: 'external-2' };
    await createVoiceCall(client, { call: { id: duplicate.id }, input: second });
    const payload = await expectRefusal({ id: call.id }, { id: duplicate.id }, 'ALREADY_EXISTS', [
      'duplicate',
    ]);
    expect(payload.call).toMatchObject({ id: call.id, revision: 2, metadata: { a: 1 } });
  });

  it('INVALID, and writes nothing, if both name the same call', async () => {
    const call = await givenCall(client, { references: [other('c')] });
    const duplicate = await givenCall(client, { references: [other('d')] });
    await expectRefusal({ id: call.id }, { id: call.id }, 'INVALID', ['duplicate']);
    await expectRefusal({ id: call.id }, by(other('c')), 'INVALID', ['duplicate']);
    await join(client, call, duplicate);
    await expectRefusal({ id: call.id }, by(other('d')), 'INVALID', ['duplicate']);
    await expectRefusal(by(other('c')), by(other('d')), 'INVALID', ['duplicate']);
    await expectRefusal({ id: duplicate.id }, { id: duplicate.id }, 'INVALID', ['duplicate']);
  });

  it('NOT_FOUND, and writes nothing, for an unknown call or another organization’s', async () => {
    const call = await givenCall(client);
    const foreign = await givenCall(await gateway.client(), { references: [other('foreign')] });
    const own = { id: call.id };
    for (const unknown of [{ id: foreign.id }, by(other('foreign'))]) {
      const member = 'id' in unknown ? 'id' : 'reference';
      await expectRefusal(own, unknown, 'NOT_FOUND', ['duplicate', member]);
      await expectRefusal(unknown, own, 'NOT_FOUND', ['call', member]);
    }
  });

  it('INVALID, and writes nothing, for a malformed locator', async () => {
    const call = await givenCall(client);
    const { voiceCall } = await createVoiceCall(client, { call: { id: call.id }, input: VOICE_CALL });
    for (const id of ['', 'call_', 'call_zzz', voiceCall.id, call.id.toUpperCase()]) {
      await expectRefusal({ id: call.id }, { id }, 'INVALID', ['duplicate', 'id']);
      await expectRefusal({ id }, { id: call.id }, 'INVALID', ['call', 'id']);
    }
    const typo = by({ system: 'BURKI', name: 'callsid', value: '1' });
    await expectRefusal({ id: call.id }, typo, 'INVALID', ['duplicate', 'reference', 'name']);
  });

  it('FORBIDDEN, and writes nothing, without the scope CALLS_WRITE', async () => {
    const organization = 'org-join-scopes';
    const writer = await gateway.client({ organization, scopes: ['CALLS_WRITE'] });
    const [call, duplicate] = [await givenCall(writer), await givenCall(writer)];
    const before = await fingerprint(gateway.database);
    const reader = await gateway.client({
      organization,
      scopes: ['METADATA_WRITE', 'EVENTS_WRITE', 'VOICE_CALLS_WRITE', 'CALL_FLOWS_WRITE'],
    });
    const unsigned = await fingerprint(gateway.database);
    const answer = await reader.send(
      `mutation { joinCalls(call: { id: "${call.id}" }, duplicate: { id: "${duplicate.id}" }) { call { id } } }`,
    );
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await fingerprint(gateway.database)).toEqual(unsigned);
    expect({ ...unsigned, api_keys: '' }).toEqual({ ...before, api_keys: '' });
    expect((await joinCalls(writer, { id: call.id }, { id: duplicate.id })).errors).toEqual([]);
  });
});
