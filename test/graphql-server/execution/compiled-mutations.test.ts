import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Names } from '../../identity/world.js';
import type { Client, TestGateway } from '../../support/gateway.js';
import { askBoth, codesIn, expectSame, type Send, sender } from './both-ways.js';
import { openRichGateway } from './rich-gateway.js';

let gateway: TestGateway;
let client: Client;
let names: Names;
let send: Send;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ gateway, client, names, send, close } = await openRichGateway());
});
afterAll(() => close());

const merge = (shown: string) =>
  `mutation ($call: CallLocator!, $metadata: JSONObject!, $revision: Int) {
    mergeCallMetadata(call: $call, metadata: $metadata, expectedRevision: $revision) { ${shown} errors { code message path } }
  }`;

/** Of the call, in the order in which they were written. */
async function mergesOf(call: string): Promise<unknown[]> {
  const { data } = await client.send(
    'query ($id: ID!) { call(id: $id) { history(first: 200) { nodes { kind newValues } } } }',
    { id: call },
  );
  const changes: { kind: string; newValues: object }[] = data?.call.history.nodes ?? [];
  return changes.filter(({ kind }) => kind === 'METADATA_MERGED').map(({ newValues }) => newValues);
}

const shownOf = (body: string, field: string) => JSON.parse(body).data?.[field];

describe('A mutation of one field', () => {
  it.each([
    ['nothing of the call', ''],
    ['what is stored', 'call { id metadata status from tags createdAt __typename }'],
    [
      'what is stored elsewhere',
      'call { id metadata parent { id } voiceCall { id status } callFlow { id commands { id command } } }',
    ],
    [
      'calls in two forms',
      'call { id parent { id status } children { nodes { id from } } voiceCall { id call { to } } }',
    ],
  ])('is answered the same when it shows %s', async (_, shown) => {
    const question = {
      document: merge(shown),
      variables: { call: { id: names.call }, metadata: { same: true } },
    };
    await send(question);
    await expectSame(send, question);
  });

  it('with a condition is answered by it', async () => {
    const document = `mutation ($call: CallLocator!, $isShown: Boolean!) {
      mergeCallMetadata(call: $call, metadata: { shown: 1 }) { call @include(if: $isShown) { id metadata } errors { code } }
    }`;
    for (const isShown of [true, false]) {
      await expectSame(send, { document, variables: { call: { id: names.call }, isShown } });
    }
  });

  it('that is refused says so', async () => {
    const document = merge('call { id revision metadata }');
    const call = { id: names.call };
    await expectSame(send, { document, variables: { call, metadata: { refused: 1 }, revision: 1_000 } });
    await expectSame(send, { document, variables: { call, metadata: { refused: 1 }, revision: -1 } });
    const wrong = { system: 'OTHER', name: 'of', value: 'no call' };
    await expectSame(send, { document, variables: { call: { reference: wrong }, metadata: {} } });
    expect(JSON.stringify(await mergesOf(names.call))).not.toContain('refused');
  });

  it('with an input of the wrong form is resolved by neither', async () => {
    const document = merge('call { id }');
    for (const call of [{}, { id: names.call, reference: null }, { id: null }]) {
      const variables = { call, metadata: {} };
      await expectSame(send, { document, variables }, { by: [], codes: ['BAD_USER_INPUT'] });
    }
    const bad = 'mutation { mergeCallMetadata(call: {}, metadata: {}) { errors { code } } }';
    await expectSame(send, { document: bad }, { by: [], codes: ['GRAPHQL_VALIDATION_FAILED'] });
  });

  it('for which the scope is missing is FORBIDDEN', async () => {
    const reader = await gateway.client({ scopes: ['CALLS_READ'] });
    const variables = { call: { id: names.call }, metadata: { forbidden: 1 } };
    const question = { document: merge('call { id }'), variables };
    await expectSame(sender(gateway.url, reader.token), question, { codes: ['FORBIDDEN'] });
    expect(JSON.stringify(await mergesOf(names.call))).not.toContain('forbidden');
  });

  it('is written once, though its answer has to be made anew', async () => {
    const document = merge('call { id metadata voiceCall { id } }');
    const before = await mergesOf(names.call);
    const ask = (at: number) =>
      send({ document, variables: { call: { id: names.call }, metadata: { anew: at } } });
    await ask(0);
    await gateway.database.db.execute(sql`alter table voice_calls rename to hidden`);
    const variables = { call: { id: names.call }, metadata: { anew: 1 } };
    const { compiled, interpreted, executors } = await askBoth(send, { document, variables });
    await gateway.database.db.execute(sql`alter table hidden rename to voice_calls`);
    expect(executors).toEqual(['compiled', 'graphql-js']);
    expect(compiled).toEqual(interpreted);
    expect(codesIn(compiled)).toEqual(['INTERNAL_SERVER_ERROR']);
    const written = (await mergesOf(names.call)).length - before.length;
    expect(written).toBe(3);
    const { body } = await ask(2);
    expect(shownOf(body, 'mergeCallMetadata').call.metadata.anew).toBe(2);
  });

  it('shows the flow that it has replaced by the same columns as any', async () => {
    const document = `mutation ($call: CallLocator!) {
      replaceCallFlow(call: $call, commands: [{ ringing: {} }, { hangup: {} }], expectedFlowRevision: 1000) {
        call { id from callFlow { revision } } callFlow { revision status commands { command } } errors { code message }
      }
    }`;
    await expectSame(send, { document, variables: { call: { id: names.call } } });
  });
});

describe('A mutation of two fields', () => {
  it('writes them in order, by graphql-js', async () => {
    const document = `mutation ($call: CallLocator!) {
      one: mergeCallMetadata(call: $call, metadata: { turn: 1 }) { call { metadata } errors { code } }
      two: mergeCallMetadata(call: $call, metadata: { turn: 2 }) { call { metadata } errors { code } }
    }`;
    const { compiled, executors } = await askBoth(send, {
      document,
      variables: { call: { id: names.call } },
    });
    expect(executors).toEqual(['graphql-js']);
    expect(shownOf(compiled.body, 'one').call.metadata.turn).toBe(1);
    expect(shownOf(compiled.body, 'two').call.metadata.turn).toBe(2);
  });
});
