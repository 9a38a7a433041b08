import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assignCallEvent,
  by,
  joinCalls,
  other,
  past,
  readEvent,
  recordCallEvent,
  session,
} from '../../events/events.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, settled } from '../../live/followers.js';
import { givenSender } from '../../support/deliveries.js';
import {
  createVoiceCall,
  givenCall,
  mergeCallMetadata,
  readCall,
  replaceCallFlow,
  upsertCall,
} from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { dump, eraseCall, eraseCustomer, naming } from './erasing.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openTestGateway({}, 'debug');
});
afterAll(() => gateway.close());

const NUMBER = '+4930555777123';
const voiceCall = (id: string) => ({
  ...{ staffUid: 's', clientUid: 'client-of-xanthippe', fromNumber: NUMBER, toNumber: '+4930111111111' },
  ...{
    direction: 'INBOUND',
    status: 'ANSWERED_BY_STAFF',
    rate: '0.05',
    provider: 'VONAGE',
    callSummary: 'said xanthippe',
  },
  ...{ sourceId: `xanthippe-source-${id}`, externalUuid: `xanthippe-external-${id}` },
});

async function givenMessage(account: string, call: string | null, body: string): Promise<void> {
  const hex = Buffer.from(body).toString('hex');
  await gateway.database.db.execute(sql`insert into inbound_messages (organization_id, id, account_id, body, headers, query,
      digest, state, call_id, attempts, begun_at, received_at)
    select organization_id, new_uuid(), id, decode(${hex}, 'hex'), '{}', '', sha256(decode(${hex}, 'hex')),
      'APPLIED', ${call}::uuid, 1, now(), now()
    from vendor_accounts where id = ${uuidIn(account)}`);
}

/** A call in which everything that a call can have has the word "xanthippe" or the number. */
async function wholeCall(client: Client, account: string, name: string) {
  const references = [{ system: 'BURKI', name: 'id', value: `xanthippe-${name}` }];
  await recordCallEvent(client, {
    target: { sessionId: `xanthippe-${name}` },
    eventTime: past(60),
    metadata: { waited: 'xanthippe' },
  });
  const call = await givenCall(client, {
    references: [...references, session(`xanthippe-${name}`)],
    ...{ from: NUMBER, to: '+4930111111111', direction: 'INBOUND', status: 'RINGING', tags: ['xanthippe'] },
    ...{ metadata: { note: 'xanthippe' }, groups: [{ kind: 'case', key: `xanthippe-${name}` }] },
    callFlow: [{ say: { text: 'xanthippe', locale: 'en-GB' } }],
    recordings: [{ system: 'BURKI', vendorId: `xanthippe-${name}` }],
    transcripts: [
      {
        system: 'BURKI',
        vendorId: `xanthippe-${name}`,
        lines: [{ speaker: 'CUSTOMER', text: 'a xanthippe' }],
      },
    ],
  });
  const locator = { id: call.id };
  await mergeCallMetadata(client, { call: locator, metadata: { more: 'xanthippe' } });
  await recordCallEvent(client, {
    target: { call: locator },
    eventId: `xanthippe-${name}`,
    metadata: { event: 'xanthippe' },
  });
  await recordCallEvent(client, {
    target: { group: { kind: 'case', key: `xanthippe-${name}` } },
    metadata: { grouped: 'xanthippe' },
  });
  await createVoiceCall(client, { call: locator, input: voiceCall(name) });
  await replaceCallFlow(client, {
    call: locator,
    commands: [{ say: { text: 'another xanthippe', locale: 'en-GB' } }],
    idempotencyKey: 'xanthippe-key',
  });
  await givenMessage(account, uuidIn(call.id), '{"xanthippe":1}');
  return call;
}

const FIRST = '00000000-0000-0000-0000-000000000000';
const WORDS = ['xanthippe', NUMBER, NUMBER.slice(1)];

describe('eraseCall', () => {
  it('leaves no byte of the call in any table or log line, and one entry of kind ERASED', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const call = await wholeCall(client, account, 'a');
    const before = naming(await dump(gateway.database), WORDS).map((row) => row.split(' ')[0]);
    // The test can find what is there.
    expect(new Set(before).size).toBeGreaterThanOrEqual(11);

    expect(await eraseCall(client, { id: call.id })).toEqual({ erasedCallId: call.id, errors: [] });

    const rows = await dump(gateway.database);
    expect(naming(rows, WORDS)).toEqual([]);
    expect(naming(gateway.log, WORDS)).toEqual([]);
    const left = naming(rows, [uuidIn(call.id)]);
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^call_changes_first .*"kind": "ERASED"/);
    expect(left[0]).toContain('"actor": "test key"');
    expect(left[0]).toMatch(/"new_values": {}, "old_values": {}|"old_values": {}/);
  });

  it('makes its ids unknown, and a vendor that reports it again makes a new call', async () => {
    const client = await gateway.client();
    const references = [other('again')];
    const call = await givenCall(client, { references });
    await eraseCall(client, by(references[0] as never));
    const {
      call: byId,
      callByReference,
      node,
    } = await client.ask(
      `query ($id: ID!) { call(id: $id) { id } node(id: $id) { id }
        callByReference(reference: { system: OTHER, name: "test", value: "again" }) { id } }`,
      { id: call.id },
    );
    expect([byId, callByReference, node]).toEqual([null, null, null]);
    const merged = await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    expect(merged.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await eraseCall(client, { id: call.id })).toEqual({
      erasedCallId: null,
      errors: [{ code: 'NOT_FOUND', path: ['call', 'id'] }],
    });
    const again = await upsertCall(client, { references });
    expect(again).toMatchObject({ created: true, errors: [] });
    expect(again.call.id).not.toBe(call.id);
  });

  it('sends subscribers one ERASED with the id alone, also those that resume from before', async () => {
    const client = await gateway.client();
    const target = { url: `${gateway.url}`, token: client.token };
    const call = await givenCall(client, { from: NUMBER, tags: ['xanthippe'], status: 'RINGING' });
    await settled(gateway);
    const { changeCursor } = await client.ask('{ changeCursor }');
    const filtered = { filter: { status: ['RINGING'] } };
    const live = [
      followOver('ws', target, CALLS_CHANGED),
      followOver('ws', target, CALLS_CHANGED, filtered),
      followOver('sse', target, CALL_CHANGED, { call: { id: call.id } }),
    ];
    await gateway.subscribers(3);
    await eraseCall(client, { id: call.id });
    const late = [
      followOver('ws', target, CALLS_CHANGED, { after: changeCursor }),
      followOver('ws', target, CALLS_CHANGED, { ...filtered, after: changeCursor }),
    ];
    for (const follower of [...live, ...late]) {
      const [change] = await follower.until(1);
      expect(change).toMatchObject({ kind: 'ERASED', call: { id: call.id } });
      expect(naming([JSON.stringify(follower.answers)], WORDS)).toEqual([]);
      expect(follower.errors).toEqual([]);
    }
    await givenCall(client, { status: 'RINGING' });
    for (const follower of [live[0], live[1], ...late]) expect((await follower?.until(2))?.length).toBe(2);
    for (const follower of [...live, ...late]) follower.stop();
  });

  it('shows an ERASED change with an empty call', async () => {
    const client = await gateway.client();
    const target = { url: gateway.url, token: client.token };
    const call = await givenCall(client, { from: NUMBER });
    const follower = followOver(
      'ws',
      target,
      `subscription { callsChanged { kind matches revision patch oldValues newValues event { id } call {
        id from status direction tags metadata revision references { value } groups { key } voiceCall { id }
        callFlow { id } history { totalCount } events { totalCount } parent { id } children { totalCount } } } }`,
    );
    await gateway.subscribers(1);
    await eraseCall(client, { id: call.id });
    expect((await follower.until(1))[0]).toEqual({
      ...{
        kind: 'ERASED',
        matches: false,
        revision: 2,
        patch: null,
        oldValues: {},
        newValues: {},
        event: null,
      },
      call: {
        ...{
          id: call.id,
          from: null,
          status: 'UNKNOWN',
          direction: 'UNKNOWN',
          tags: [],
          metadata: {},
          revision: 2,
        },
        ...{ references: [], groups: [], voiceCall: null, callFlow: null, history: { totalCount: 0 } },
        ...{ events: { totalCount: 0 }, parent: null, children: { totalCount: 0 } },
      },
    });
    follower.stop();
  });

  it('resumes subscribers whose cursor was a change of the erased call', async () => {
    const client = await gateway.client();
    const target = { url: gateway.url, token: client.token };
    const call = await givenCall(client, { from: NUMBER });
    await settled(gateway);
    const { changeCursor } = await client.ask('{ changeCursor }');
    await eraseCall(client, { id: call.id });
    const follower = followOver('ws', target, CALLS_CHANGED, { after: changeCursor });
    expect(await follower.until(1)).toMatchObject([{ kind: 'ERASED' }]);
    follower.stop();
  });

  it('erases the records that were joined into it, by whichever id', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const call = await wholeCall(client, account, 'b');
    const duplicate = await givenCall(client, { from: NUMBER, metadata: { old: 'xanthippe' } });
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    expect(await eraseCall(client, { id: duplicate.id })).toMatchObject({ erasedCallId: call.id });
    const rows = await dump(gateway.database);
    expect(naming(rows, WORDS)).toEqual([]);
    const ids = [call.id, duplicate.id].map(uuidIn);
    expect(naming(rows, ids).map((row) => /"kind": "(\w+)"/.exec(row)?.[1])).toEqual(['ERASED', 'ERASED']);
  });

  it('leaves its children without a parent, and without its reference', async () => {
    const client = await gateway.client();
    const child = await givenCall(client, { parent: by(other('xanthippe-parent')) });
    const parent = await givenCall(client, { references: [other('xanthippe-parent')] });
    const second = await givenCall(client, { parent: { id: parent.id } });
    await eraseCall(client, { id: parent.id });
    for (const { id } of [child, second]) {
      const { parent: left, history } = await readCall(client, id);
      expect(left).toBeNull();
      expect(history.nodes[0]).toMatchObject({ kind: 'UPDATED', newValues: { parent: null } });
    }
    expect(naming(await dump(gateway.database), ['xanthippe'])).toEqual([]);
  });

  it('keeps an event and a group that other calls have too', async () => {
    const client = await gateway.client();
    const group = { kind: 'case', key: 'shared' };
    const [call, kept] = [
      await givenCall(client, { groups: [group] }),
      await givenCall(client, { groups: [group] }),
    ];
    await recordCallEvent(client, { target: { group }, metadata: { both: 1 } });
    await eraseCall(client, { id: call.id });
    expect((await readCall(client, kept.id)).metadata).toEqual({ both: 1 });
    const { callGroup } = await client.ask(
      `{ callGroup(group: { kind: "case", key: "shared" }) { calls { nodes { id } } } }`,
    );
    expect(callGroup.calls.nodes).toEqual([{ id: kept.id }]);
  });

  it('keeps an event that a call has which has left the group, or that a call of the group refused', async () => {
    const client = await gateway.client();
    const group = { kind: 'case', key: 'left' };
    const given = { groups: [group] };
    const call = await givenCall(client, given);
    const left = await givenCall(client, given);
    const { event } = await recordCallEvent(client, { target: { group }, metadata: { both: 1 } });
    const removal = { call: { id: left.id }, input: { removeGroups: [group] } };
    await client.ask(
      'mutation ($call: CallLocator!, $input: UpdateCallInput!) { updateCall(call: $call, input: $input) { call { id } } }',
      removal,
    );
    await eraseCall(client, { id: call.id });
    expect(await readEvent(client, event.id)).toMatchObject({ id: event.id });
    expect((await readCall(client, left.id)).metadata).toEqual({ both: 1 });
    const other = await givenCall(client, { groups: [{ kind: 'case', key: 'full' }] });
    const big = { text: 'x'.repeat(262_000) };
    const full = await givenCall(client, { groups: [{ kind: 'case', key: 'full' }], metadata: big });
    const { event: refused } = await recordCallEvent(client, {
      target: { group: { kind: 'case', key: 'full' } },
      metadata: { more: 'y'.repeat(1_000) },
    });
    await eraseCall(client, { id: other.id });
    expect((await readCall(client, full.id)).metadata).toEqual(big);
    expect(await readEvent(client, refused.id)).toMatchObject({ id: refused.id });
  });

  it('keeps a group without events that another call is in', async () => {
    const client = await gateway.client();
    const group = { kind: 'case', key: 'quiet' };
    const [call, kept] = [
      await givenCall(client, { groups: [group] }),
      await givenCall(client, { groups: [group] }),
    ];
    expect(await eraseCall(client, { id: call.id })).toMatchObject({ errors: [] });
    const { callGroup } = await client.ask(
      `{ callGroup(group: { kind: "case", key: "quiet" }) { calls { nodes { id } } } }`,
    );
    expect(callGroup.calls.nodes).toEqual([{ id: kept.id }]);
  });

  it('erases the messages that name it and were not applied, and leaves others', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const call = await givenCall(client, {
      references: [
        { system: 'BURKI', name: 'id', value: '4711' },
        { system: 'BURKI', name: 'callSid', value: 'xanthippe-sid' },
      ],
    });
    const named = [
      '{"call":{"call_sid":"xanthippe-sid","word":"sokrates"}}',
      'CallSid=xanthippe-sid&word=sokrates',
      '{"call_id": 4711, "word":"sokrates"}',
      '{"id":"4711","word":"sokrates"}',
      '\0 no JSON, but "xanthippe-sid" and sokrates',
    ];
    for (const body of named) await givenMessage(account, null, body);
    for (const body of ['{"id":47110}', '{"duration":4711}', '{"id":"not-xanthippe-sid-2"}'])
      await givenMessage(account, null, body.replace('}', ',"word":"alkibiades"}'));
    const other = await gateway.client();
    const foreign = await givenSender(gateway.database, other);
    await givenMessage(foreign, null, '{"id":4711,"word":"alkibiades"}');
    const ofVcita = await givenSender(gateway.database, client, { system: 'VCITA' });
    await givenMessage(ofVcita, null, '{"id":4711,"word":"alkibiades"}');
    expect(await eraseCall(client, { id: call.id })).toMatchObject({ errors: [] });
    const rows = await dump(gateway.database);
    expect(naming(rows, ['sokrates'])).toEqual([]);
    expect(naming(rows, ['alkibiades'])).toHaveLength(5);
  });

  it('erases the messages of Bird that name it, in whichever case', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client, { system: 'BIRD' });
    const id = 'A78DD93C-08FB-450B-8651-0DEF9CF77CF9';
    const call = await givenCall(client, { references: [{ system: 'BIRD', name: 'id', value: id }] });
    for (const written of [id, id.toLowerCase()])
      await givenMessage(account, null, `{"payload":{"id":"${written}","word":"diotima"}}`);
    expect(await eraseCall(client, { id: call.id })).toMatchObject({ errors: [] });
    expect(naming(await dump(gateway.database), ['diotima'])).toEqual([]);
  });

  it('erases what imports say of it', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const call = await givenCall(client, {
      references: [{ system: 'BURKI', name: 'id', value: 'xanthippe-imported' }],
    });
    const givenImport = (finished: string | null, word: string) =>
      gateway.database.db.execute(sql`insert into call_imports (organization_id, id, account_id, state, until, cursor,
          asked_after, last_error, next_attempt_at, created_at, finished_at)
        select organization_id, new_uuid(), id, ${finished === null ? 'RUNNING' : 'DONE'}, now(),
          jsonb_build_object('after', ${word}::text), ${`id ${word}`}, ${`The call ${word} is odd`}, '2100-01-01', now(),
          ${finished}::timestamptz
        from vendor_accounts where id = ${uuidIn(account)}`);
    await givenImport('2026-01-01', 'xanthippe-imported');
    await givenImport('2026-01-01', 'alkibiades-imported');
    await eraseCall(client, { id: call.id });
    const rows = await dump(gateway.database);
    expect(naming(rows, ['xanthippe-imported'])).toEqual([]);
    expect(naming(rows, ['alkibiades-imported'])).toHaveLength(1);
  });

  it('leaves an unsent event of its group to be sent for another call, or for one that comes', async () => {
    const client = await gateway.client();
    await givenSender(gateway.database, client);
    const group = { kind: 'case', key: 'sent-for-another' };
    const references = (id: string) => [{ system: 'BURKI', name: 'id', value: id }];
    const [call, kept] = [
      await givenCall(client, { groups: [group], references: references('xanthippe-1') }),
      await givenCall(client, { groups: [group], references: references('2') }),
    ];
    await recordCallEvent(client, { target: { group }, metadata: { both: 1 } });
    const events = async () =>
      (
        await client.ask('{ deliveries { nodes { kind state call { id } lastError } } }')
      ).deliveries.nodes.filter(({ kind }: { kind: string }) => kind === 'EVENT');
    const [before] = await events();
    const erased = before.call.id === call.id ? call : kept;
    const left = before.call.id === call.id ? kept : call;
    await eraseCall(client, { id: erased.id });
    expect(await events()).toEqual([
      { kind: 'EVENT', state: 'PENDING', call: { id: left.id }, lastError: null },
    ]);
    expect(naming(await dump(gateway.database), [uuidIn(erased.id)])).toHaveLength(1);
    await eraseCall(client, { id: left.id });
    expect(await events()).toEqual([]);
  });

  it('sends vendors nothing', async () => {
    const client = await gateway.client();
    await givenSender(gateway.database, client);
    const call = await givenCall(client, {
      references: [{ system: 'BURKI', name: 'id', value: '7' }],
      metadata: { a: 1 },
    });
    const child = await givenCall(client, { parent: { id: call.id } });
    await eraseCall(client, { id: call.id });
    const { deliveries } = await client.ask('{ deliveries { nodes { call { id } } } }');
    expect(deliveries.nodes).toEqual([]);
    expect(child.id).not.toBe(call.id);
  });
});

describe('eraseCustomer', () => {
  it('erases the calls of a number however it is written, and nothing else', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const spelled = ['+49 30 555 777 123', '004930555777123', '4930555777123', 'tel:+49-30-555777123'];
    for (const from of spelled) await givenCall(client, { from, direction: 'INBOUND' });
    await givenCall(client, { to: NUMBER });
    await givenCall(client, { customerNumber: NUMBER });
    const kept = await givenCall(client, { from: '+4930555777124' });
    await recordCallEvent(client, { metadata: { caller: { number: spelled[0] } } });
    await recordCallEvent(client, { target: { sessionId: 'other' }, metadata: { caller: '+4930555777124' } });
    await givenMessage(account, null, `{"from":"${NUMBER}"}`);
    await givenMessage(account, null, '{"from":"+49 30 555 777 123"}');
    await givenMessage(account, null, `\0 no JSON, but from ${NUMBER}`);
    await givenMessage(account, null, '\0 of none');
    await givenMessage(account, null, '{"from":"+4930555777124","id":"14930555777123"}');
    expect(await eraseCustomer(client, '+49 (30) 555-777-123')).toEqual({ erasedCalls: 6, errors: [] });
    const rows = await dump(gateway.database);
    const left = naming(rows, [...spelled, NUMBER]);
    expect(left.every((row) => row.startsWith('inbound_messages') && row.includes('14930555777123'))).toBe(
      true,
    );
    expect(left).toHaveLength(1);
    const { calls, callEvents } = await client.ask('{ calls { nodes { id } } callEvents { totalCount } }');
    expect(calls.nodes).toEqual([{ id: kept.id }]);
    expect(callEvents.totalCount).toBe(1);
    expect(await eraseCustomer(client, NUMBER)).toEqual({ erasedCalls: 0, errors: [] });
    expect(naming(gateway.log, ['555777123', '555 777 123', '555-777-123'])).toEqual([]);
  });

  it.each(['fromNumber', 'toNumber'])(
    'erases a call whose voice call alone has the number, as %s',
    async (side) => {
      const client = await gateway.client();
      const own = { from: '+4930555777001', to: '+4930555777002' };
      const call = await givenCall(client, own);
      const its = '+4930555777003';
      const input = {
        ...voiceCall(side),
        fromNumber: '+4930555777001',
        toNumber: '+4930555777002',
        [side]: its,
      };
      await createVoiceCall(client, { call: { id: call.id }, input });
      // The call has taken the voice call's numbers.
      const { payload } = await client.ask(
        `mutation ($call: CallLocator!, $input: UpdateCallInput!) {
        payload: updateCall(call: $call, input: $input) { call { from to customerNumber } errors { code } } }`,
        { call: { id: call.id }, input: own },
      );
      expect(payload.errors).toEqual([]);
      expect(payload.call).toMatchObject(own);
      expect(Object.values(payload.call)).not.toContain(its);
      expect(await eraseCustomer(client, its)).toEqual({ erasedCalls: 1, errors: [] });
    },
  );

  it('goes through large messages in steps, and can be done again after it was cut off between them', async () => {
    const client = await gateway.client();
    const account = await givenSender(gateway.database, client);
    const number = '+4930555777456';
    await givenCall(client, { from: number, direction: 'INBOUND' });
    const padding = 'x'.repeat(3_000_000);
    for (const n of [1, 2, 3, 4, 5])
      await givenMessage(account, null, `{"from":"${number}","n":${n},"p":"${padding}"}`);
    const step = async (after: string) => {
      const [row] = await gateway.database.db.execute<{ message: string | null }>(sql`
        select message from erase_number((select organization_id from vendor_accounts where id = ${uuidIn(account)}),
          ${number}, ${FIRST}, ${after}, 200)`);
      return row?.message ?? null;
    };
    const left = async () => naming(await dump(gateway.database), [number]).length;
    // A gateway that was killed after the first step.
    expect(await step(FIRST)).not.toBeNull();
    expect(naming(await dump(gateway.database), ['"n":']).length).toBe(2);
    expect(await eraseCustomer(client, number)).toEqual({ erasedCalls: 1, errors: [] });
    expect(await left()).toBe(0);
  });

  it("leaves another organization's calls of the number alone", async () => {
    const [client, other] = [await gateway.client(), await gateway.client()];
    const kept = await givenCall(other, { from: '+4930555777999' });
    const { event } = await recordCallEvent(other, { metadata: { caller: '+4930555777999' } });
    expect(await eraseCustomer(client, '+4930555777999')).toEqual({ erasedCalls: 0, errors: [] });
    expect((await readCall(other, kept.id)).from).toBe('+4930555777999');
    const { node } = await other.ask('query ($id: ID!) { node(id: $id) { id } }', { id: event.id });
    expect(node).not.toBeNull();
  });

  it('keeps an assigned event of a call that stays', async () => {
    const client = await gateway.client();
    const call = await givenCall(client, { from: '+4930999999991' });
    const { event } = await recordCallEvent(client, {
      target: { sessionId: 'x' },
      metadata: { caller: NUMBER },
    });
    await assignCallEvent(client, event.id, { id: call.id });
    expect(await eraseCustomer(client, NUMBER)).toEqual({ erasedCalls: 0, errors: [] });
    expect((await readCall(client, call.id)).metadata).toEqual({ caller: NUMBER });
  });

  it('refuses a withheld number, and keys without ADMIN', async () => {
    const client = await gateway.client();
    expect((await eraseCustomer(client, 'anonymous')).errors).toMatchObject([
      { code: 'INVALID', path: ['number'] },
    ]);
    const writer = await gateway.client({ scopes: ['CALLS_WRITE', 'CALLS_READ'] });
    const { errors } = await writer.send(
      'mutation { eraseCustomer(number: "+4930555777123") { erasedCalls } }',
    );
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
