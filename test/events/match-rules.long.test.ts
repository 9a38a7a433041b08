import { fromUUID } from 'typeid-js';
import { V7Generator } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { codesOf } from '../support/documents.js';
import { givenRule } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import {
  assignCallEvent,
  createMatchRule,
  deleteMatchRule,
  other,
  readEvent,
  recordCallEvent,
  upserted,
  withHistory,
} from './events.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const rule = (input: Variables) => createMatchRule(client, { name: 'rule', metadataPath: ['key'], ...input });
const event = async (metadata: object, more: Variables = {}) =>
  (await recordCallEvent(client, { metadata, ...more })).event;
let number = 0;
const call = (input: Variables = {}) => {
  number += 1;
  return upserted(client, { references: [other(`call ${number}`)], ...input });
};

/** Per field: a call with a value, event values that equal it, and some that do not. */
const FIELDS: [string, Variables, Variables, unknown[], unknown[]][] = [
  [
    'FROM',
    {},
    { from: '+14155550148' },
    ['+14155550148', '+1 (415) 555-0148', '0014155550148', 'tel:+1-415-555-0148', '14155550148', 14155550148],
    ['+14155550149', '4155550148', true, null, ['+14155550148']],
  ],
  ['FROM', {}, { from: '+1 415 555 0148' }, ['+14155550148', '+1.415.555.0148'], ['4155550148']],
  ['FROM', {}, { from: '972501234567' }, ['+972501234567', '972501234567'], ['0501234567']],
  ['FROM', {}, { from: 'anonymous' }, [], ['anonymous', '+266696687', '', 'Restricted']],
  ['FROM', {}, { from: 'sip:anna@example.com' }, ['sip:anna@example.com'], ['sip:Anna@example.com']],
  ['TO', {}, { to: '0049 30 1234567' }, ['+49301234567'], ['030 1234567']],
  ['CUSTOMER_NUMBER', {}, { customerNumber: '+14155550148' }, ['+1 415-555-0148'], ['+14155550148 ext. 2']],
  ['CUSTOMER_NUMBER', {}, { from: '+14155550148', direction: 'INBOUND' }, ['+14155550148'], ['+14155550149']],
  [
    'REFERENCE',
    {},
    { references: [{ system: 'BURKI', name: 'id', value: '101' }] },
    ['101', 101, ' 101 '],
    ['0101', 10],
  ],
  [
    'REFERENCE',
    {},
    { references: [{ system: 'BIRD', name: 'id', value: 'AB-1' }] },
    ['ab-1', 'AB-1', ' Ab-1'],
    ['ab-2'],
  ],
  [
    'REFERENCE',
    {},
    { references: [{ system: 'BURKI', name: 'callSid', value: 'CA-1' }] },
    ['CA-1'],
    ['ca-1'],
  ],
  [
    'METADATA',
    { callMetadataPath: ['crm', 'id'] },
    { metadata: { crm: { id: 'c-1' } } },
    ['c-1'],
    ['c-2', { id: 'c-1' }],
  ],
  ['METADATA', { callMetadataPath: ['id'] }, { metadata: { id: 42 } }, [42, '42'], [43, '042']],
  ['METADATA', { callMetadataPath: ['id'] }, { metadata: { id: '42' } }, ['42', 42], [4.2]],
];

describe.each(FIELDS)('a rule on %s %j with a call %j', (callField, more, input, equal, unequal) => {
  it.each(equal)('finds it by %j, whichever comes first', async (value) => {
    await rule({ callField, ...more });
    const waiting = await event({ key: value, early: true });
    expect(waiting).toMatchObject({ match: 'PENDING', matchedBy: null });
    const { id } = await call(input);
    expect(await readEvent(client, waiting.id)).toMatchObject({
      match: 'MATCHED',
      matchedBy: { name: 'rule' },
      calls: { nodes: [{ id }] },
    });
    const second = await event({ key: value, late: true });
    expect(second).toMatchObject({ match: 'MATCHED', matchedBy: { name: 'rule' } });
    expect((await withHistory(client, id)).metadata).toMatchObject({ early: true, late: true });
  });

  it.each(unequal)('does not find it by %j', async (value) => {
    await rule({ callField, ...more });
    const { id, metadata } = await call(input);
    const waiting = await event({ key: value });
    expect(waiting.match).toBe('PENDING');
    await upserted(client, { references: [other('another')] });
    expect((await withHistory(client, id)).metadata).toEqual(metadata);
  });
});

describe('a rule', () => {
  it('searches within its window around the call’s startedAt, else ringingAt, else createdAt', async () => {
    await rule({ callField: 'FROM', windowMinutes: 60 });
    const at = (minutes: number) =>
      new Date(Date.parse('2024-01-15T10:00:00Z') + minutes * 60_000).toISOString();
    const cases: [Variables, number, boolean][] = [
      [{ startedAt: at(0), ringingAt: at(-600) }, 60, true],
      [{ startedAt: at(0) }, -60, true],
      [{ startedAt: at(0) }, 61, false],
      [{ startedAt: at(0) }, -61, false],
      [{ ringingAt: at(0), answeredAt: at(600) }, 59, true],
      [{ ringingAt: at(0) }, 61, false],
      [{ answeredAt: at(0) }, 0, false],
    ];
    for (const [index, [input, minutes, found]] of cases.entries()) {
      const from = `+1415555${1000 + index}`;
      await call({ from, ...input });
      const { match } = await event({ key: from }, { eventTime: at(minutes) });
      expect({ input, minutes, match }).toEqual({ input, minutes, match: found ? 'MATCHED' : 'PENDING' });
      // The same for an event that waits for its call.
      const waiting = await event({ key: `${from}0` }, { eventTime: at(minutes) });
      await call({ from: `${from}0`, ...input });
      expect((await readEvent(client, waiting.id)).match).toBe(found ? 'MATCHED' : 'PENDING');
    }
  });

  it('that finds several calls makes the event AMBIGUOUS, and assignCallEvent settles it', async () => {
    await rule({ callField: 'FROM' });
    const [one, two] = [await call({ from: '+14155550148' }), await call({ from: '+14155550148' })];
    const unsettled = await event({ key: '+14155550148', a: 1 });
    expect(unsettled).toMatchObject({ match: 'AMBIGUOUS', matchedBy: null, calls: { totalCount: 0 } });
    for (const { id } of [one, two]) expect((await withHistory(client, id)).metadata).toEqual({});
    await call({ from: '+14155550148' });
    expect((await readEvent(client, unsettled.id)).match).toBe('AMBIGUOUS');
    const { event: settled, errors } = await assignCallEvent(client, unsettled.id, { id: two.id });
    expect(errors).toEqual([]);
    expect(settled).toMatchObject({ match: 'MATCHED', matchedBy: null, calls: { nodes: [{ id: two.id }] } });
    expect((await withHistory(client, two.id)).metadata).toMatchObject({ a: 1 });
    const again = await assignCallEvent(client, unsettled.id, { id: one.id });
    expect(codesOf(again)).toEqual([{ code: 'ALREADY_EXISTS', path: ['id'] }]);
    expect(again.event).toEqual(settled);
    expect((await withHistory(client, one.id)).metadata).toEqual({});
  });

  it('makes a waiting event AMBIGUOUS when two candidates come in one batch', async () => {
    await rule({ callField: 'FROM' });
    const waiting = await event({ key: '+14155550148' });
    await client.ask(
      'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { code } } }',
      { inputs: ['a', 'b'].map((value) => ({ references: [other(value)], from: '+14155550148' })) },
    );
    expect(await readEvent(client, waiting.id)).toMatchObject({
      match: 'AMBIGUOUS',
      calls: { totalCount: 0 },
    });
  });

  it('gives way to an older one that has a candidate', async () => {
    await rule({ name: 'old', callField: 'TO', metadataPath: ['to'] });
    await rule({ name: 'new', callField: 'FROM', metadataPath: ['from'] });
    const [a, b] = [await call({ to: '+14155550101' }), await call({ from: '+14155550102' })];
    const both = await event({ to: '+14155550101', from: '+14155550102' });
    expect(both).toMatchObject({ matchedBy: { name: 'old' }, calls: { nodes: [{ id: a.id }] } });
    const newer = await event({ to: '+14155550199', from: '+14155550102' });
    expect(newer).toMatchObject({ matchedBy: { name: 'new' }, calls: { nodes: [{ id: b.id }] } });
  });

  it('gives way to one that was created before it by a gateway whose clock is ahead', async () => {
    const { id: from } = await call({ from: '+14155550140' });
    await call({ to: '+14155550140' });
    const ahead = new Date(Date.now() + 2000);
    const id = new V7Generator().generateOrResetWithTs(ahead.getTime()).toString();
    await givenRule(gateway.database, from, { id, createdAt: ahead, metadataPath: ['key'] });
    const first = fromUUID(id, 'match_rule');
    const { matchRule } = await rule({ callField: 'TO' });
    const { matchRule: third } = await rule({ callField: 'TO' });
    expect(await event({ key: '+14155550140' })).toMatchObject({
      matchedBy: { id: first },
      calls: { nodes: [{ id: from }] },
    });
    const { matchRules } = await client.ask('{ matchRules { id createdAt } }');
    expect(matchRules.map(({ id: each }: { id: string }) => each)).toEqual([third.id, matchRule.id, first]);
  });

  it('is tried at once on the events that wait', async () => {
    const { id } = await call({ from: '+14155550148' });
    const waiting = await event({ key: '+14155550148', a: 1 });
    const elsewhere = await event({ key: '+14155550149' });
    expect(waiting.match).toBe('PENDING');
    const { matchRule } = await rule({ callField: 'FROM' });
    expect(await readEvent(client, waiting.id)).toMatchObject({
      match: 'MATCHED',
      matchedBy: { id: matchRule.id },
    });
    expect((await readEvent(client, elsewhere.id)).match).toBe('PENDING');
    expect((await withHistory(client, id)).metadata).toMatchObject({ a: 1 });
    // It still applies to the events that keep waiting.
    await call({ from: '+14155550149' });
    expect((await readEvent(client, elsewhere.id)).match).toBe('MATCHED');
  });

  it('that is deleted finds nothing more, and events that it matched keep it', async () => {
    const { matchRule } = await rule({ callField: 'FROM' });
    await call({ from: '+14155550148' });
    const matched = await event({ key: '+14155550148' });
    const waiting = await event({ key: '+14155550149' });
    expect(await deleteMatchRule(client, matchRule.id)).toEqual({ id: matchRule.id, errors: [] });
    expect((await client.ask('{ matchRules { id } }')).matchRules).toEqual([]);
    await call({ from: '+14155550149' });
    expect((await readEvent(client, waiting.id)).match).toBe('PENDING');
    expect((await event({ key: '+14155550148' })).match).toBe('PENDING');
    expect((await readEvent(client, matched.id)).matchedBy).toEqual({ id: matchRule.id, name: 'rule' });
    expect(codesOf(await deleteMatchRule(client, matchRule.id))).toEqual([
      { code: 'NOT_FOUND', path: ['id'] },
    ]);
  });

  it('finds nothing of another organization', async () => {
    await rule({ callField: 'FROM' });
    const stranger = await gateway.client();
    await upserted(stranger, { references: [other('1')], from: '+14155550148' });
    const waiting = await event({ key: '+14155550148' });
    expect(waiting.match).toBe('PENDING');
    await upserted(stranger, { references: [other('2')], from: '+14155550148' });
    expect((await readEvent(client, waiting.id)).match).toBe('PENDING');
    const theirs = (await recordCallEvent(stranger, { metadata: { key: '+14155550148' } })).event;
    expect(theirs.match).toBe('PENDING');
    const { matchRule } = await rule({ callField: 'TO' });
    expect(codesOf(await deleteMatchRule(stranger, matchRule.id))).toEqual([
      { code: 'NOT_FOUND', path: ['id'] },
    ]);
    expect((await client.ask('{ matchRules { id } }')).matchRules).toHaveLength(2);
  });

  it('is listed newest first with its input', async () => {
    const made = [
      await rule({ name: 'one', callField: 'FROM' }),
      await rule({ name: 'two', callField: 'METADATA', callMetadataPath: ['a', 'b'], windowMinutes: 5 }),
    ];
    const { matchRules } = await client.ask(
      '{ matchRules { id name metadataPath callField callMetadataPath windowMinutes createdAt } }',
    );
    expect(matchRules).toEqual(made.map(({ matchRule }) => matchRule).toReversed());
    expect(matchRules[1]).toMatchObject({ windowMinutes: 1440, callMetadataPath: null });
  });

  it.each([
    [{ callField: 'METADATA' }, 'callMetadataPath'],
    [{ callField: 'FROM', callMetadataPath: ['a'] }, 'callMetadataPath'],
    [{ callField: 'METADATA', callMetadataPath: [] }, 'callMetadataPath'],
    [{ callField: 'FROM', metadataPath: [] }, 'metadataPath'],
    [{ callField: 'FROM', metadataPath: ['a', ''] }, 'metadataPath.1'],
    [{ callField: 'FROM', windowMinutes: 0 }, 'windowMinutes'],
    [{ callField: 'FROM', windowMinutes: 43_201 }, 'windowMinutes'],
    [{ callField: 'FROM', name: '' }, 'name'],
  ])('of %j is INVALID at %s, and nothing is written', async (input, path) => {
    const before = await fingerprint(gateway.database);
    const payload = await rule(input);
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['input', ...path.split('.')] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('is LIMIT_EXCEEDED beyond the hundredth', async () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `r${index}`);
    for (let half = 0; half < 2; half += 1) {
      const made = await client.ask(
        `mutation ($input: CreateMatchRuleInput!) {
          ${fifty.map((alias) => `${alias}: createMatchRule(input: $input) { errors { code } }`).join('\n')}
        }`,
        { input: { name: 'rule', metadataPath: ['key'], callField: 'FROM' } },
      );
      expect(made).toEqual(Object.fromEntries(fifty.map((alias) => [alias, { errors: [] }])));
    }
    expect(codesOf(await rule({ callField: 'FROM' }))).toEqual([{ code: 'LIMIT_EXCEEDED', path: null }]);
  });

  it('compares values of any length without an error: those of more than 500 characters match nothing', async () => {
    await rule({ callField: 'METADATA', callMetadataPath: ['key'] });
    const long = 'x'.repeat(100_000);
    const waiting = await event({ key: long });
    await call({ metadata: { key: long }, from: long.slice(0, 4096) });
    expect((await readEvent(client, waiting.id)).match).toBe('PENDING');
    expect(gateway.log).toEqual([]);
  });
});

describe('assignCallEvent', () => {
  it('assigns a PENDING event, which then waits no longer', async () => {
    const { event: waiting } = await recordCallEvent(client, {
      target: { sessionId: 's1' },
      metadata: { a: 1 },
    });
    const { id } = await call();
    const { event: settled } = await assignCallEvent(client, waiting.id, { id });
    expect(settled).toMatchObject({ match: 'MATCHED', calls: { nodes: [{ id }] } });
    const later = await upserted(client, {
      references: [{ system: 'CREOVAI', name: 'sessionId', value: 's1' }],
    });
    expect(later.metadata).toEqual({});
  });

  it('is NOT_FOUND for an unknown event or call, INVALID for a malformed id, and writes nothing', async () => {
    const waiting = await event({ a: 1 });
    const { id } = await call();
    const theirs = (await recordCallEvent(await gateway.client(), { metadata: { a: 1 } })).event;
    const before = await fingerprint(gateway.database);
    expect(codesOf(await assignCallEvent(client, theirs.id, { id }))).toEqual([
      { code: 'NOT_FOUND', path: ['id'] },
    ]);
    expect(codesOf(await assignCallEvent(client, waiting.id, { reference: other('?') }))).toEqual([
      { code: 'NOT_FOUND', path: ['call', 'reference'] },
    ]);
    expect(codesOf(await assignCallEvent(client, id, { id }))).toEqual([{ code: 'INVALID', path: ['id'] }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('by two clients at once is applied once', async () => {
    const waiting = await event({ a: 1 });
    const calls = [await call(), await call()];
    const payloads = await Promise.all(calls.map(({ id }) => assignCallEvent(client, waiting.id, { id })));
    expect(payloads.map((payload) => codesOf(payload).length).toSorted()).toEqual([0, 1]);
    expect((await readEvent(client, waiting.id)).calls.totalCount).toBe(1);
  });
});
