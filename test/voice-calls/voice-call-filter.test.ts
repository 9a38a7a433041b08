import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VOICE_CALL } from '../identity/world.js';
import { createVoiceCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
const LONG = 'x'.repeat(256);

/** Per voice call: what differs from vcita's example. */
const RECORDS: Record<string, object> = {
  plain: {},
  missed: { status: 'MISSED', staffUid: 'staff-2' },
  voicemail: { status: 'VOICEMAIL', duration: 10 },
  received: { status: 'VOICEMAIL_RECEIVED', duration: 20, direction: 'OUTBOUND' },
  handled: { status: 'MISSED_CALL_HANDLED', handledByStaffUid: 'staff-2', clientUid: 'client-2' },
  'long 1': { staffUid: `${LONG}1`, clientUid: `${LONG}1`, handledByStaffUid: `${LONG}1` },
  'long 2': { staffUid: `${LONG}2`, clientUid: `${LONG}2`, handledByStaffUid: `${LONG}2` },
  numbers: { fromNumber: '+4930123456', toNumber: '+4930654321', duration: 30 },
};
const created: { name: string; id: string; createdAt: string }[] = [];

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  const other = await gateway.client();
  for (const [name, record] of Object.entries(RECORDS)) {
    const input = { ...VOICE_CALL, sourceId: `s ${name}`, externalUuid: `e ${name}`, ...record };
    for (const each of [client, other]) {
      const { voiceCall, errors } = await createVoiceCall(each, { input });
      expect(errors).toEqual([]);
      if (each === client) created.unshift({ name, id: voiceCall.id, createdAt: voiceCall.createdAt });
    }
  }
});
afterAll(() => gateway.close());

const FIND = `query ($filter: VoiceCallFilter) {
  voiceCalls(filter: $filter) { nodes { id } totalCount }
}`;

async function found(filter: object | null): Promise<string[]> {
  const { voiceCalls } = await client.ask(FIND, { filter });
  expect(voiceCalls.totalCount).toBe(voiceCalls.nodes.length);
  return voiceCalls.nodes.map(({ id }: { id: string }) => created.find((each) => each.id === id)?.name);
}

const ALL = Object.keys(RECORDS).toReversed();

describe('voice calls are found', () => {
  it.each<[object | null, string[]]>([
    [null, ALL],
    [{}, ALL],
    [{ status: null, staffUid: null, duration: {}, createdAt: { from: null }, fromNumber: null }, ALL],
    [{ status: ['MISSED'] }, ['missed']],
    [{ status: ['VOICEMAIL'] }, ['received', 'voicemail']],
    [{ status: ['VOICEMAIL_RECEIVED'] }, ['received', 'voicemail']],
    [{ status: ['VOICEMAIL', 'VOICEMAIL_RECEIVED', 'MISSED'] }, ['received', 'voicemail', 'missed']],
    [{ status: [] }, []],
    [{ direction: ['OUTBOUND'] }, ['received']],
    [{ direction: ['OUTBOUND', 'INBOUND'] }, ALL],
    [{ direction: [] }, []],
    [{ staffUid: ['staff-2'] }, ['missed']],
    [{ staffUid: ['staff-2', `${LONG}2`, 'staff-2'] }, ['long 2', 'missed']],
    [{ staffUid: [`${LONG}1`] }, ['long 1']],
    [{ staffUid: [LONG] }, []],
    [{ staffUid: [] }, []],
    [{ clientUid: ['client-2'] }, ['handled']],
    [{ clientUid: [`${LONG}1`, `${LONG}2`] }, ['long 2', 'long 1']],
    [{ handledByStaffUid: ['staff-2'] }, ['handled']],
    [{ handledByStaffUid: [`${LONG}1`, 'staff-2'] }, ['long 1', 'handled']],
    [{ staffUid: [`${LONG}1`, `${LONG}2`], clientUid: [`${LONG}2`, 'client-1'] }, ['long 2']],
    [{ fromNumber: '+4930123456' }, ['numbers']],
    [{ toNumber: '+4930654321' }, ['numbers']],
    [{ fromNumber: '+4930654321' }, []],
    [{ duration: { min: 10, max: 20 } }, ['received', 'voicemail']],
    [{ duration: { min: 21 } }, ['numbers']],
    [{ duration: { max: 9 } }, []],
    [{ status: ['VOICEMAIL', 'MISSED'], direction: ['INBOUND'], duration: { min: 1 } }, ['voicemail']],
  ])('by %j', async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  it('by when they were created, to the millisecond', async () => {
    for (const { name, createdAt } of created) {
      const next = new Date(Date.parse(createdAt) + 1).toISOString();
      expect(await found({ createdAt: { from: createdAt, to: next } })).toContain(name);
      expect(await found({ createdAt: { from: next } })).not.toContain(name);
      expect(await found({ createdAt: { to: createdAt } })).not.toContain(name);
    }
  });

  it.each([
    ['filter.status', { status: new Array(101).fill('MISSED') }],
    ['filter.staffUid', { staffUid: new Array(101).fill('a') }],
    ['filter.clientUid.1', { clientUid: ['a', '\0'] }],
    ['filter.handledByStaffUid.0', { handledByStaffUid: ['x'.repeat(4097)] }],
    ['filter.duration.max', { duration: { max: -1 } }],
  ])('by no filter that is wrong at %s', async (path, filter) => {
    const { errors } = await client.send(FIND, { filter });
    expect(errors).toMatchObject([{ path: ['voiceCalls'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.message.startsWith(`${path}: `)).toBe(true);
  });
});
