import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinCalls, other, recordCallEvent, session } from '../events/events.js';
import { canonical, mergePatch } from '../metadata/reference.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let other1: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client({ organization: 'acme', name: 'first' });
  other1 = await gateway.client({ organization: 'acme', name: 'second' });
});
afterAll(() => gateway.close());

const CALL = `id revision metadata status vendorStatus direction duration tags reason from to customerNumber
  references { system name value } groups { kind key } parent { id } callFlow { revision }
  voiceCall { status staffUid callSummary rate }`;
const CHANGES = `history(first: 200) { totalCount nodes {
  id kind actor revision patch patchOrder oldValues newValues effectiveAt recordedAt event { id } call { id } } }`;

const read = async (id: string): Promise<Data> => {
  const { call } = await client.ask(`query ($id: ID!) { call(id: $id) { ${CALL} updatedAt ${CHANGES} } }`, {
    id,
  });
  return { ...call, history: call.history.nodes.toReversed() };
};
const mutate = (who: Client, mutation: string, variables: object = {}) => who.ask(mutation, { ...variables });

let names = 0;
const freshName = () => {
  names += 1;
  return `history ${names}`;
};

const upsert = (who: Client, input: object) =>
  mutate(
    who,
    'mutation ($input: UpsertCallInput!) { payload: upsertCall(input: $input) { call { id } errors { code } } }',
    {
      input,
    },
  );

/** Every kind of mutation, as (client, name, n). Each may change something or nothing. */
const MUTATIONS: Record<string, (who: Client, name: string, n: number) => Promise<unknown>> = {
  upsert: (who, name, n) =>
    upsert(who, {
      references: [other(name)],
      status: n % 2 ? 'RINGING' : 'IN_PROGRESS',
      tags: [`tag ${n % 3}`],
      reason: n % 2 ? 'busy' : null,
      ...(n % 2 && { metadata: { upserted: n % 3, nested: { n } } }),
    }),
  rename: (who, name, n) => upsert(who, { references: [other(name), other(`${name} ${n % 3}`)] }),
  group: (who, name, n) =>
    upsert(who, { references: [other(name)], groups: [{ kind: 'case', key: `${name} ${n % 2}` }] }),
  parent: (who, name, n) =>
    upsert(who, {
      references: [other(name)],
      parent: n % 3 === 0 ? null : { reference: other(`parent ${n % 3} of ${name}`) },
    }),
  merge: (who, name, n) =>
    mutate(
      who,
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) { errors { code } } }',
      { call: { reference: other(name) }, metadata: { merged: n % 3, nested: { n: null, m: n } } },
    ),
  event: (who, name, n) =>
    recordCallEvent(who, {
      target: { call: { reference: other(name) } },
      metadata: { merged: -n, evented: n % 2 },
      eventTime: new Date(Date.now() - 1000 * n).toISOString(),
    }),
  groupEvent: (who, name, n) =>
    recordCallEvent(who, {
      target: { group: { kind: 'case', key: `${name} ${n % 2}` } },
      metadata: { grouped: n % 2 },
      eventTime: new Date(Date.now() - 1000 * n).toISOString(),
    }),
  flow: (who, name) =>
    mutate(
      who,
      'mutation ($call: CallLocator!) { replaceCallFlow(call: $call, commands: [{ hangup: {} }]) { errors { code } } }',
      { call: { reference: other(name) } },
    ),
  voiceCall: (who, name) =>
    mutate(
      who,
      `mutation ($call: CallLocator!, $name: String!) { createVoiceCall(call: $call, input: {
        staffUid: "s", clientUid: "c", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
        status: INCOMING_CALL, rate: "0", provider: VONAGE, sourceId: $name, externalUuid: $name
      }) { errors { code } } }`,
      { call: { reference: other(name) }, name },
    ),
  patchVoiceCall: (who, name, n) =>
    mutate(
      who,
      'mutation ($call: CallLocator!, $input: PatchVoiceCallInput!) { patchVoiceCall(voiceCall: { call: $call }, input: $input) { errors { code } } }',
      { call: { reference: other(name) }, input: { callSummary: `summary ${n % 2}` } },
    ),
  join: async (who, name, n) => {
    const duplicate = `${name} duplicate ${n % 2}`;
    await upsert(who, {
      references: [other(duplicate)],
      metadata: { joined: n, merged: 'of the duplicate' },
    });
    await joinCalls(who, { reference: other(name) }, { reference: other(duplicate) });
  },
};

const step = fc.record({ mutation: fc.constantFrom(...Object.keys(MUTATIONS)), n: fc.nat({ max: 5 }) });

describe('the history of a call', () => {
  it('is complete: its patches result in the metadata, and each mutation that changes the call is one revision', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
        const name = freshName();
        const { payload } = await upsert(client, { references: [other(name)] });
        const { id } = payload.call;
        // An awaited parent is a change, but the call does not show it.
        for (const n of [1, 2]) await upsert(client, { references: [other(`parent ${n} of ${name}`)] });
        let before = await read(id);
        expect(before.revision).toBe(1);
        for (const { mutation, n } of steps) {
          await MUTATIONS[mutation]?.(n % 2 ? client : other1, name, n);
          const after = await read(id);
          const fold = after.history
            .filter((change: Data) => change.patch !== null)
            .toSorted((a: Data, b: Data) => (a.patchOrder < b.patchOrder ? -1 : 1))
            .reduce((metadata: Data, { patch }: Data) => mergePatch(metadata, patch), {});
          expect(canonical(after.metadata)).toBe(canonical(fold));
          const shown = ({ history: _history, revision: _revision, updatedAt: _at, ...call }: Data) =>
            canonical(call);
          const isChanged = shown(after) !== shown(before);
          expect({ mutation, raised: after.revision - before.revision }).toEqual({
            mutation,
            raised: isChanged ? 1 : 0,
          });
          const known = new Set(before.history.map((change: Data) => change.id));
          const fresh = after.history.filter(
            (change: Data) => !known.has(change.id) && change.call.id === id,
          );
          const own = fresh.filter(({ revision }: Data) => revision === after.revision);
          expect(own.length > 0).toBe(isChanged);
          expect(after.updatedAt !== before.updatedAt).toBe(isChanged);
          for (const change of own) expect(change.actor).toBe(n % 2 ? 'first' : 'second');
          before = after;
        }
      }),
      { numRuns: 8 },
    );
    expect(gateway.log).toEqual([]);
  });

  it('shows the old and new values of each mutation, named as in the schema', async () => {
    const name = freshName();
    await upsert(client, { references: [other(name)], status: 'RINGING' });
    await upsert(client, { references: [other(name), session(name)], status: 'COMPLETED', tags: ['vip'] });
    const { callByReference } = await client.ask(
      'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id } }',
      { reference: other(name) },
    );
    const { history } = await read(callByReference.id);
    expect(history).toMatchObject([
      { kind: 'REGISTERED', oldValues: {}, newValues: { status: 'RINGING', references: [other(name)] } },
      {
        kind: 'UPDATED',
        revision: 2,
        oldValues: { status: 'RINGING', tags: [], references: [other(name)] },
        newValues: { status: 'COMPLETED', tags: ['vip'], references: [other(name), session(name)] },
        patch: null,
        patchOrder: null,
        event: null,
      },
    ]);
    expect(history[1].effectiveAt).toBe(history[1].recordedAt);
  });
});
