import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Client,
  openTestGateway,
  type TestGateway,
  type Variables,
} from '../support/gateway.js';
import { numbers } from '../support/numbers.js';
import {
  createMatchRule,
  other,
  past,
  readEvent,
  recordCallEvent,
  session,
  upserted,
  withHistory,
} from './events.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const record = async (inputs: Variables[]): Promise<Data[]> =>
  (
    await client.ask(
      `mutation ($inputs: [RecordCallEventInput!]!) { payload: recordCallEvents(inputs: $inputs) {
        event { id eventId match metadata matchedBy { id } group { key } calls { nodes { id } } } errors { code path } } }`,
      { inputs: inputs.map((input) => ({ eventTime: new Date().toISOString(), ...input })) },
    )
  ).payload;

let names = 0;
const fresh = () => `batch-${++names}`;

describe('recordCallEvents', () => {
  it('does for each what recordCallEvent does, in order', async () => {
    const name = fresh();
    const { matchRule } = await createMatchRule(client, { name, metadataPath: [name], callField: 'FROM' });
    const group = { kind: 'case', key: name };
    const call = await upserted(client, {
      references: [session(name)],
      groups: [group],
      from: '+4930666001',
    });
    for (const value of ['1', '2'])
      await upserted(client, { references: [other(name + value)], from: '+4930666002' });
    const events = await record([
      { target: { sessionId: name }, metadata: { a: 1 } },
      { target: { call: { id: call.id } }, metadata: { b: 1 } },
      { target: { group }, metadata: { c: 1 } },
      { metadata: { [name]: '+4930666001' } },
      { metadata: { [name]: '+4930666002' } },
      { metadata: { [name]: '+4930666003' } },
      { target: { sessionId: `${name}-unknown` }, metadata: { d: 1 } },
      { target: { call: { id: 'call_01h2xcejqtf2nbrexx3vqjhp41' } }, metadata: {} },
      { target: { group: { kind: 'case', key: `${name}-empty` } }, metadata: { e: 1 } },
    ]);
    expect(events.map(({ event }) => event?.match)).toEqual([
      ...[
        'MATCHED',
        'MATCHED',
        'MATCHED',
        'MATCHED',
        'AMBIGUOUS',
        'PENDING',
        'PENDING',
        undefined,
        'PENDING',
      ],
    ]);
    expect(events.flatMap(({ errors }) => errors)).toEqual([
      { code: 'NOT_FOUND', path: ['inputs', '7', 'target', 'call', 'id'] },
    ]);
    expect(events[3]?.event.matchedBy.id).toBe(matchRule.id);
    expect((await withHistory(client, call.id)).metadata).toEqual({
      a: 1,
      b: 1,
      c: 1,
      [name]: '+4930666001',
    });
    // Those that wait are found by what comes.
    const late = await upserted(client, {
      ...{
        references: [session(`${name}-unknown`)],
        from: '+4930666003',
        groups: [{ kind: 'case', key: `${name}-empty` }],
      },
    });
    expect(late.metadata).toEqual({ d: 1, e: 1, [name]: '+4930666003' });
    await client.ask('mutation ($id: ID!) { deleteMatchRule(id: $id) { id } }', { id: matchRule.id });
  });

  it('knows events by their eventId, before and within the batch', async () => {
    const name = fresh();
    const call = await upserted(client, { references: [session(name)] });
    const target = { sessionId: name };
    const eventTime = past(5);
    const { event } = await recordCallEvent(client, { target, eventTime, eventId: name, metadata: { a: 1 } });
    const given = [
      { target, eventTime, eventId: name, metadata: { a: 1 } },
      { target, eventTime, eventId: name, metadata: { a: 2 } },
      { target, eventTime, eventId: `${name}-new`, metadata: { b: 1 } },
      { target, eventTime, eventId: `${name}-new`, metadata: { b: 1 } },
      { target, eventTime, eventId: `${name}-new`, metadata: { b: 2 } },
    ];
    const [same, differs, first, again, wrong] = await record(given);
    expect([same?.event.id, differs?.event.id]).toEqual([event.id, event.id]);
    expect(again?.event.id).toBe(first?.event.id);
    const conflict = (index: string) => [{ code: 'ALREADY_EXISTS', path: ['inputs', index, 'eventId'] }];
    expect([same, differs, first, again, wrong].map((each) => each?.errors)).toEqual([
      ...[[], conflict('1'), [], [], conflict('4')],
    ]);
    expect((await withHistory(client, call.id)).metadata).toEqual({ a: 1, b: 1 });
  });

  it('counts events of one time in the order of the batch', async () => {
    const name = fresh();
    const call = await upserted(client, { references: [session(name)] });
    const eventTime = past(1);
    await record(numbers(20).map((n) => ({ target: { sessionId: name }, eventTime, metadata: { last: n } })));
    expect((await withHistory(client, call.id)).metadata).toEqual({ last: 19 });
  });

  it('takes 500 in as many statements as 5, and no more', async () => {
    const name = fresh();
    await upserted(client, { references: [session(name)] });
    const statementsOf = async (count: number, target: object) => {
      gateway.takeStatements();
      const events = await record(numbers(count).map((n) => ({ target, metadata: { [`k${n % 7}`]: n } })));
      expect(events).toHaveLength(count);
      return gateway.takeStatements().length;
    };
    for (const target of [{ sessionId: name }, { sessionId: `${name}-waits` }]) {
      const few = await statementsOf(5, target);
      expect(await statementsOf(500, target)).toBe(few);
    }
    const { errors } = await client.send(
      'mutation ($inputs: [RecordCallEventInput!]!) { recordCallEvents(inputs: $inputs) { errors { code } } }',
      { inputs: numbers(501).map(() => ({ eventTime: past(1), metadata: {} })) },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('a wrong item is refused alone, and one that is too large is kept', async () => {
    const name = fresh();
    await upserted(client, { references: [session(name)], metadata: { big: 'x'.repeat(200_000) } });
    const [wrong, large, good] = await record([
      { target: { sessionId: '' }, metadata: {} },
      { target: { sessionId: name }, metadata: { more: 'x'.repeat(100_000) } },
      { target: { sessionId: name }, metadata: { good: 1 } },
    ]);
    expect(wrong).toEqual({
      event: null,
      errors: [{ code: 'INVALID', path: ['inputs', '0', 'target', 'sessionId'] }],
    });
    expect(large?.event.match).toBe('TOO_LARGE');
    expect((await readEvent(client, good?.event.id)).match).toBe('MATCHED');
  });
});
