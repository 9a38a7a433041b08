import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createMatchRule, joinCalls, other, past, recordCallEvent, session, upserted } from './events.js';
import { faults } from './faults.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const groupOf = (name: number) => ({ kind: 'case', key: `group ${name}` });

/** Few names, so that they collide. */
const name = fc.nat({ max: 2 });
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('upsert' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('member' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('session' as const), name, of: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('group' as const), name, of: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), name, of: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), name, of: fc.nat({ max: 4 }) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Ignores the expected refusals: a reference of another call, a missing call, two targets that are one call. */
async function perform({ do: what, name: number, of }: Operation): Promise<void> {
  const metadata = { [`k${of}`]: `${what} ${number}`, shared: of };
  const reference = { reference: other(`call ${of}`) };
  if (what === 'session' || what === 'group') {
    const target = what === 'group' ? { group: groupOf(number) } : { sessionId: `session ${number}` };
    const { errors } = await recordCallEvent(client, { target, metadata, eventTime: past(of) });
    expect(errors).toEqual([]);
  } else if (what === 'merge') {
    await client.ask(
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) { errors { code } } }',
      { call: reference, metadata },
    );
  } else if (what === 'join') {
    await joinCalls(client, reference, { reference: other(`call ${number}`) });
  } else {
    await client.ask(
      'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { code } } }',
      {
        input: {
          references: [other(`call ${of}`), ...(what === 'upsert' ? [session(`session ${number}`)] : [])],
          ...(what === 'member' && { groups: [groupOf(number)] }),
          metadata,
        },
      },
    );
  }
}

describe('concurrent calls and events', () => {
  it('never miss each other: every event with a call is applied to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 8, maxLength: 24 }), async (operations) => {
        client = await gateway.client();
        await Promise.all(operations.map(perform));
        expect(await faults(gateway)).toEqual([]);
      }),
      { numRuns: 8 },
    );
    expect(gateway.log).toEqual([]);
  });

  it('find each other when an event and the upsert of its call are concurrent', async () => {
    for (let round = 0; round < 20; round += 1) {
      const key = `round ${round}`;
      await Promise.all([
        recordCallEvent(client, { target: { sessionId: key }, metadata: { a: 1 } }),
        upserted(client, { references: [session(key)] }),
        recordCallEvent(client, { target: { group: { kind: 'case', key } }, metadata: { b: 1 } }),
        upserted(client, { references: [other(key)], groups: [{ kind: 'case', key }] }),
      ]);
    }
    expect(await faults(gateway)).toEqual([]);
    const { calls } = await client.ask('{ calls(first: 200) { nodes { metadata } } }');
    expect(calls.nodes.map(({ metadata }: { metadata: object }) => metadata)).toEqual(
      expect.arrayContaining([{ a: 1 }, { b: 1 }]),
    );
    expect(
      calls.nodes.filter(({ metadata }: { metadata: object }) => Object.keys(metadata).length !== 1),
    ).toEqual([]);
  });

  it('find each other in a known group that gets events and calls concurrently', async () => {
    await upserted(client, { references: [other('first')], groups: [groupOf(0)] });
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(
        ['a', 'b', 'c', 'd'].flatMap((letter) => [
          upserted(client, { references: [other(`${letter}${round}`)], groups: [groupOf(0)] }),
          recordCallEvent(client, { target: { group: groupOf(0) }, metadata: { [`${letter}${round}`]: 1 } }),
        ]),
      );
    }
    expect(await faults(gateway)).toEqual([]);
    const { callGroup } = await client.ask(
      '{ callGroup(group: { kind: "case", key: "group 0" }) { calls(first: 200) { nodes { metadata } } } }',
    );
    const sizes = callGroup.calls.nodes.map(
      ({ metadata }: { metadata: object }) => Object.keys(metadata).length,
    );
    expect(sizes).toEqual(Array.from({ length: 33 }, () => 32));
  });

  it('find each other by a rule, even if the rule is created concurrently', async () => {
    for (let round = 0; round < 12; round += 1) {
      const number = `+1415555${1000 + round}`;
      const path = [`key${round}`];
      await Promise.all([
        createMatchRule(client, { name: number, metadataPath: path, callField: 'FROM' }),
        recordCallEvent(client, { metadata: { [`key${round}`]: number } }),
        upserted(client, { references: [other(number)], from: number }),
      ]);
    }
    const { callEvents } = await client.ask(
      '{ callEvents(first: 200) { nodes { match calls { totalCount } } } }',
    );
    expect(callEvents.nodes).toEqual(
      Array.from({ length: 12 }, () => ({ match: 'MATCHED', calls: { totalCount: 1 } })),
    );
    expect(gateway.log).toEqual([]);
  });
});
