import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/vendors/vendor-message.js';
import { join } from '../../intake/join/join.js';
import { upsert } from '../../intake/upserts.js';
import { givenCall, readCall } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { recordWriter } from './records.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let write: Awaited<ReturnType<typeof recordWriter>>;
let accounts: Record<'burki' | 'bird' | 'vcita' | 'creovai', Data>;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  write = await recordWriter(gateway, client);
  accounts = {
    burki: await givenAccount(client, { system: 'BURKI' }),
    bird: await givenAccount(client, { system: 'BIRD' }),
    vcita: await givenAccount(client, { system: 'VCITA' }),
    creovai: await givenAccount(client, { system: 'CREOVAI' }),
  };
});
afterAll(() => gateway.close());

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000);
const reference = (system: 'BIRD' | 'BURKI' | 'CREOVAI', value: string) => ({
  system,
  name: system === 'CREOVAI' ? 'sessionId' : 'id',
  value,
});
const vcitaReference = (value: string) => ({ system: 'VCITA' as const, name: 'uid', value });

const ofBird = (id: string, second: number, values: object): CallRecord => ({
  references: [reference('BIRD', id)],
  values: { vendorUpdatedAt: at(second), ...values },
});

const ofVcita = (uid: string, second: number, values: object, voiceCall: object = {}): CallRecord => ({
  references: [vcitaReference(uid)],
  values: { vendorUpdatedAt: at(second), ...values },
  voiceCall: {
    ...{ uid, staffUid: 'staff', clientUid: 'client', fromNumber: '+14155550100', toNumber: '+14155550101' },
    ...{
      direction: 'INBOUND',
      status: 'INCOMING_CALL',
      sourceId: `source ${uid}`,
      externalUuid: `external ${uid}`,
    },
    ...voiceCall,
  },
});

/** A call that both vendors have. */
async function givenNames() {
  const [bird, vcita] = [randomUUID(), randomUUID()];
  const { id } = await givenCall(client, { references: [reference('BIRD', bird), vcitaReference(vcita)] });
  return { id, bird, vcita };
}

/** What the vendors have written. The rest says when, and in which order. */
async function state(id: string) {
  const call = await readCall(client, id);
  const { status, vendorStatus, from, to, duration, reason, direction, vendorUpdatedAt, endedAt } = call;
  const { staffUid, duration: seconds, callSummary, status: word } = call.voiceCall ?? {};
  return {
    ...{ status, vendorStatus, from, to, duration, reason, direction, vendorUpdatedAt, endedAt },
    voiceCall: { staffUid, seconds, callSummary, word },
  };
}

describe('records of two vendors on one call', () => {
  it('end in the same in both orders, and none is late because the other one’s is newer', async () => {
    const states = [];
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [2, 0, 1],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      const { id, bird, vcita } = await givenNames();
      const records: [Data, CallRecord][] = [
        [accounts.bird, ofBird(bird, 10, { vendorStatus: 'ongoing', from: '+14155550199', reason: 'ok' })],
        [accounts.vcita, ofVcita(vcita, 3, { vendorStatus: 'INCOMING_CALL', duration: 5 }, { duration: 5 })],
        [
          accounts.vcita,
          ofVcita(
            vcita,
            8,
            { vendorStatus: 'ANSWERED_BY_STAFF', duration: 8, from: '+14155550100' },
            { duration: 8, callSummary: 'About it', status: 'ANSWERED_BY_STAFF' },
          ),
        ],
      ];
      for (const each of order) await write(...(records[each] as [Data, CallRecord]));
      states.push(await state(id));
    }
    expect(states[0]).toMatchObject({
      // vcita has seen the end.
      ...{
        status: 'COMPLETED',
        vendorStatus: 'ANSWERED_BY_STAFF',
        duration: 8,
        from: '+14155550199',
        reason: 'ok',
      },
      vendorUpdatedAt: at(10).toISOString(),
      voiceCall: { seconds: 8, callSummary: 'About it', word: 'ANSWERED_BY_STAFF' },
    });
    for (const each of states) expect(each).toEqual(states[0]);
  });

  it('end in the same in any order, and doubled', async () => {
    const live = { vendorStatus: fc.constantFrom('ringing', 'ongoing', 'INCOMING_CALL') };
    const ended = {
      vendorStatus: fc.constantFrom('completed', 'BUSY', 'VOICEMAIL'),
      duration: fc.constant(9),
    };
    const facts = {
      reason: fc.constantFrom('a', 'b'),
      to: fc.constantFrom('+14155550101', '+14155550102'),
      type: fc.constantFrom('pstn', 'sip'),
    };
    const values = fc.oneof(
      fc.record({ ...live, ...facts }, { requiredKeys: [] }),
      fc.record({ ...ended, ...facts }),
    );
    // Of one vendor no two records have the same time, and none is live after the end; nor have the vendors'.
    const records = fc
      .uniqueArray(fc.record({ second: fc.nat(60), isBird: fc.boolean(), values, seconds: fc.nat(100) }), {
        selector: ({ second }) => second,
        minLength: 2,
        maxLength: 6,
      })
      .filter((all) => all.every((one) => all.every((other) => isLikely(one, other))));
    const property = fc.asyncProperty(
      records.chain((all) =>
        fc.tuple(
          fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
          fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
        ),
      ),
      async (orders) => {
        const states = [];
        for (const order of orders) {
          const { id, bird, vcita } = await givenNames();
          for (const { second, isBird, values: said, seconds } of order) {
            await (isBird
              ? write(accounts.bird, ofBird(bird, second, said))
              : write(accounts.vcita, ofVcita(vcita, second, said, { duration: seconds })));
          }
          states.push(await state(id));
        }
        expect(states[1]).toEqual(states[0]);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  interface Said {
    second: number;
    isBird: boolean;
    values: { vendorStatus?: string; duration?: number };
  }
  function isLikely(one: Said, other: Said): boolean {
    if (one.isBird !== other.isBird || one.second >= other.second) return true;
    return one.values.duration === undefined || other.values.duration !== undefined;
  }

  it('are each late if a newer one of the same name was written, also after a join', async () => {
    const { id, vcita } = await givenNames();
    await write(accounts.vcita, ofVcita(vcita, 8, {}, { callSummary: 'newer' }));
    const { id: into } = await givenCall(client, { references: [reference('BIRD', randomUUID())] });
    await join(client, { id: into }, { id });
    await write(accounts.vcita, ofVcita(vcita, 7, { reason: 'fills' }, { callSummary: 'older' }));
    expect(await readCall(client, into)).toMatchObject({
      reason: 'fills',
      voiceCall: { callSummary: 'newer' },
    });
    await write(accounts.vcita, ofVcita(vcita, 9, { reason: 'follows' }, { callSummary: 'newest' }));
    expect(await readCall(client, into)).toMatchObject({
      reason: 'follows',
      voiceCall: { callSummary: 'newest' },
    });
  });

  it('of two calls that were joined are compared each with its own', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const named = async (value: string) => {
      const { id } = await givenCall(client, { references: [reference('BIRD', value)] });
      return { id };
    };
    const [call, duplicate] = [await named(one), await named(two)];
    await write(accounts.bird, ofBird(one, 5, { recordings: [recording('r', 5)] }));
    await write(accounts.bird, ofBird(two, 50, { duration: 50 }));
    await join(client, call, duplicate);
    await write(accounts.bird, ofBird(one, 7, { recordings: [recording('r', 7)], duration: 7 }));
    expect(await readCall(client, call.id)).toMatchObject({ duration: 50, recordings: [{ duration: 7 }] });
  });

  it('leave an upsert of a client late by the call’s time, whoever’s that is', async () => {
    const { id, bird, vcita } = await givenNames();
    await write(accounts.bird, ofBird(bird, 10, { reason: 'bird' }));
    await write(accounts.vcita, ofVcita(vcita, 5, { duration: 5 }));
    const { call } = await upsert(client, {
      references: [vcitaReference(vcita)],
      ...{
        vendorUpdatedAt: at(8).toISOString(),
        duration: 8,
        reason: 'client',
        startedAt: at(1).toISOString(),
      },
    });
    expect(call).toMatchObject({ id, duration: 5, reason: 'bird', vendorUpdatedAt: at(10).toISOString() });
    expect(call.startedAt).toBe(at(1).toISOString());
    await upsert(client, { references: [vcitaReference(vcita)], duration: 9 });
    await write(accounts.vcita, ofVcita(vcita, 6, { duration: 6 }));
    expect(await readCall(client, id)).toMatchObject({ duration: 9 });
    await write(accounts.vcita, ofVcita(vcita, 11, { duration: 11 }));
    expect(await readCall(client, id)).toMatchObject({ duration: 11 });
  });
});

const recording = (vendorId: string, duration: number) => ({
  ...{ system: 'BIRD' as const, vendorId, kind: 'CALL' as const },
  ...{ status: null, duration, format: null, createdAt: null },
});

describe('metadata of a late record', () => {
  const ofCreovai = (session: string, second: number, metadata: Record<string, unknown>): CallRecord => ({
    references: [reference('CREOVAI', session)],
    values: { vendorUpdatedAt: at(second), metadata },
  });

  it('overrides nothing that a newer one of the account has said, and adds what is not there', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const session = randomUUID();
      const records = [
        ofCreovai(session, 1, { mood: 'cross', pace: { words: 1 }, old: true }),
        ofCreovai(session, 2, { mood: 'calm', pace: { pauses: 2 }, new: true }),
      ];
      for (const each of order) await write(accounts.creovai, records[each] as CallRecord);
      const { callByReference } = await client.ask(
        'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { metadata } }',
        { reference: reference('CREOVAI', session) },
      );
      expect(callByReference.metadata).toEqual({ mood: 'calm', pace: { pauses: 2 }, old: true, new: true });
    }
  });

  it('without a vendor’s time is that of the record that was fetched first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const name = reference('BURKI', randomUUID());
      const fetched = (second: number, values: object): CallRecord => ({
        references: [name],
        fetchedAt: at(second),
        values,
      });
      const records = [
        fetched(1, { vendorStatus: 'ongoing', duration: 1, metadata: { step: 1, first: true } }),
        fetched(2, { vendorStatus: 'ongoing', duration: 2, metadata: { step: 2 } }),
      ];
      for (const each of order) await write(accounts.burki, records[each] as CallRecord);
      const { callByReference } = await client.ask(
        'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { duration metadata vendorUpdatedAt } }',
        { reference: name },
      );
      expect(callByReference).toEqual({
        duration: 2,
        metadata: { step: 2, first: true },
        vendorUpdatedAt: null,
      });
    }
  });
});

it('records of one voice call that are written at once end with the newest', async () => {
  const names = numbers(12).map(() => randomUUID());
  for (const uid of names) await write(accounts.vcita, ofVcita(uid, 0, { duration: 0 }, { duration: 0 }));
  const order = [3, 8, 1, 6, 2, 7, 5, 4];
  await Promise.all(
    names.flatMap((uid) =>
      order.map((second) =>
        write(accounts.vcita, ofVcita(uid, second, { duration: second }, { duration: second })),
      ),
    ),
  );
  const { calls } = await client.ask('{ calls(first: 20) { nodes { duration voiceCall { duration } } } }');
  expect(calls.nodes).toEqual(names.map(() => ({ duration: 8, voiceCall: { duration: 8 } })));
});
