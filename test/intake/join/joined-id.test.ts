import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../errors/fingerprint.js';
import { joinCalls, other } from '../../events/events.js';
import {
  createVoiceCall,
  givenCall,
  hangUpCall,
  mergeCallMetadata,
  readCall,
  replaceCallFlow,
} from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { VOICE_CALL } from '../voice-calls.js';
import { join } from './join.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'joiner' });
});
afterAll(() => gateway.close());

const flow = (text: string) => [{ say: { text } }];

describe('the duplicate’s id', () => {
  it('returns the call in every query and locator', async () => {
    const call = await givenCall(client, { references: [other('c')] });
    const duplicate = await givenCall(client, { references: [other('d')] });
    await join(client, call, duplicate);
    const answer = await client.ask(
      `query ($id: ID!, $reference: CallReferenceInput!) {
        call(id: $id) { id } node(id: $id) { __typename id } nodes(ids: [$id, $id]) { id }
        callByReference(reference: $reference) { id } }`,
      { id: duplicate.id, reference: other('d') },
    );
    const { id } = call;
    expect(answer).toEqual({
      call: { id },
      node: { __typename: 'Call', id },
      nodes: [{ id }, { id }],
      callByReference: { id },
    });
    const locator = { id: duplicate.id };
    const merged = await mergeCallMetadata(client, {
      call: locator,
      metadata: { a: 1 },
      expectedRevision: 2,
    });
    expect(merged.call).toMatchObject({ id, metadata: { a: 1 }, revision: 3 });
    const { mergeCallsMetadata } = await client.ask(
      'mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { call { id metadata } } }',
      { items: [{ call: locator, metadata: { b: 1 } }] },
    );
    expect(mergeCallsMetadata).toEqual([{ call: { id, metadata: { a: 1, b: 1 } } }]);
    const replaced = await replaceCallFlow(client, { call: locator, commands: flow('x') });
    expect(replaced.call).toMatchObject({ id, revision: 5 });
    const { voiceCall } = await createVoiceCall(client, {
      call: locator,
      input: { ...VOICE_CALL, status: 'INCOMING_CALL' },
    });
    expect(voiceCall.call.id).toBe(id);
    expect((await hangUpCall(client, locator)).call).toMatchObject({ id, status: 'COMPLETED', revision: 7 });
  });

  it('is in no list: the call is listed and counted once', async () => {
    const call = await givenCall(client, { tags: ['t'], status: 'RINGING' });
    const duplicate = await givenCall(client, { tags: ['t'], status: 'RINGING', metadata: { k: 1 } });
    await join(client, call, duplicate);
    const filters = [
      {},
      { status: ['RINGING'] },
      { tags: { anyOf: ['t'] } },
      { metadata: { hasKeys: ['k'] } },
      { system: ['OTHER'] },
      { hasVoiceCall: false },
    ];
    for (const filter of filters) {
      for (const orderBy of [null, { field: 'UPDATED_AT' }, { field: 'DURATION', direction: 'ASC' }]) {
        const { calls } = await client.ask(
          `query ($filter: CallFilter, $orderBy: CallOrder) {
            calls(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } }`,
          { filter, orderBy },
        );
        expect(calls).toEqual({ totalCount: 1, nodes: [{ id: call.id }] });
      }
    }
  });

  it('joined again changes nothing, as call or as duplicate', async () => {
    const call = await givenCall(client);
    const duplicate = await givenCall(client);
    const first = await join(client, call, duplicate);
    const before = await fingerprint(gateway.database);
    expect(await join(client, call, duplicate)).toEqual(first);
    expect(await join(client, duplicate, call)).toEqual(first);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('returns the third call after the call is joined into it, and so do its references', async () => {
    const [one, two, three] = [
      await givenCall(client, { metadata: { a: 1, one: true } }),
      await givenCall(client, { metadata: { a: 2, two: true } }),
      await givenCall(client, { metadata: { a: 3, three: true } }),
    ];
    await join(client, two, one);
    await join(client, three, two);
    const answer = await client.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [one.id, two.id, three.id],
    });
    expect(answer.nodes).toEqual(Array(3).fill({ id: three.id }));
    const merged = await mergeCallMetadata(client, { call: { id: one.id }, metadata: { late: true } });
    expect(merged.call).toMatchObject({
      id: three.id,
      revision: 3,
      metadata: { a: 3, one: true, two: true, three: true, late: true },
    });
    const after = await readCall(client, two.id);
    expect(after.references).toHaveLength(3);
    expect(after.history.totalCount).toBe(3 + 2 + 1);
    const before = await fingerprint(gateway.database);
    for (const again of [one, two]) expect((await join(client, three, again)).revision).toBe(3);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('moves the whole call when it is joined into a third', async () => {
    const [one, two, three] = [await givenCall(client), await givenCall(client), await givenCall(client)];
    await join(client, two, one);
    const joined = await joinCalls(client, { id: three.id }, { id: one.id });
    expect(joined.call.id).toBe(three.id);
    expect(joined.call.references).toHaveLength(3);
    expect((await readCall(client, two.id)).id).toBe(three.id);
  });
});
