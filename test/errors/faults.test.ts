import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type Names } from '../identity/world.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
let hidden: string | null = null;
afterEach(async () => {
  await restore();
  gateway.log.length = 0;
});
afterAll(() => gateway.close());

async function hide(table: string): Promise<void> {
  await gateway.database.db.execute(sql.raw(`alter table ${table} rename to hidden`));
  hidden = table;
}

async function restore(): Promise<void> {
  if (hidden !== null) await gateway.database.db.execute(sql.raw(`alter table hidden rename to ${hidden}`));
  hidden = null;
}

const SECRET = 'a secret parameter';

/** The client receives an id and nothing else; the log has the id and the cause. */
function expectMasked(answer: Answer, path: (string | number)[], cause: RegExp): void {
  const text = JSON.stringify(answer);
  expect(answer.errors).toHaveLength(1);
  const [error] = answer.errors ?? [];
  const { code, id, ...more } = error?.extensions ?? { code: '', id: '' };
  expect({ message: error?.message, code, more, path: error?.path }).toEqual({
    message: 'Internal server error',
    code: 'INTERNAL_SERVER_ERROR',
    more: {},
    path,
  });
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const logged = gateway.log.filter((line) => line.includes(String(id)));
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatch(cause);
  expect(text).not.toMatch(
    /select|insert|update|calls_|call_references|voice_calls|relation|127\.0\.0\.1|localhost|5432|postgres|drizzle/i,
  );
  expect(text).not.toMatch(/\bat \S+ \(|\.ts:|\.js:|node_modules|stack/);
  expect(text).not.toContain(SECRET);
}

describe('a fault', () => {
  it('in a read is masked', async () => {
    await hide('calls');
    const answer = await client.send('query ($id: ID!) { call(id: $id) { id } }', { id: names.call });
    expectMasked(answer, ['call'], /calls.*does not exist/);
    expect(answer.data).toEqual({ call: null });
  });

  it('in one field leaves the others intact', async () => {
    await hide('voice_calls');
    const answer = await client.send(
      'query ($id: ID!) { call(id: $id) { metadata voiceCall { id } } other: call(id: $id) { metadata } }',
      { id: names.call },
    );
    expectMasked(answer, ['call', 'voiceCall'], /voice_calls/);
    expect(answer.data).toEqual({
      call: { metadata: { a: 1 }, voiceCall: null },
      other: { metadata: { a: 1 } },
    });
  });

  it('in a write is masked, its parameters too, and the write is undone', async () => {
    await hide('call_changes');
    const answer = await client.send(
      `mutation ($value: String!) {
        upsertCall(input: { references: [{ system: OTHER, name: "case", value: $value }], reason: $value }) { created }
      }`,
      { value: SECRET },
    );
    expectMasked(answer, ['upsertCall'], /call_changes/);
    expect(answer.data).toEqual({ upsertCall: null });
    await restore();
    const { callByReference } = await client.ask(
      'query ($value: String!) { callByReference(reference: { system: OTHER, name: "case", value: $value }) { id } }',
      { value: SECRET },
    );
    expect(callByReference).toBeNull();
  });

  it('in a merge, which is one function in the database, is masked', async () => {
    await hide('call_changes');
    const answer = await client.send(
      'mutation ($id: ID!, $secret: JSONObject!) { mergeCallMetadata(call: { id: $id }, metadata: $secret) { call { id } } }',
      { id: names.call, secret: { secret: SECRET } },
    );
    expectMasked(answer, ['mergeCallMetadata'], /call_changes/);
  });

  it('while signing in is masked', async () => {
    await hide('api_keys');
    const { status, data, errors } = await client.send('{ viewer { name } }');
    expect(status).toBe(500);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    const [error] = errors ?? [];
    expect(error).toMatchObject({
      message: 'Internal server error',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
    expect(JSON.stringify(error)).not.toMatch(/api_keys|select|token/i);
    expect(gateway.log.join('\n')).toContain(String(error?.extensions.id));
    expect(gateway.log.join('\n')).not.toContain(client.token);
  });

  it('of each of several fields has its own id', async () => {
    await hide('calls');
    const { errors } = await client.send(
      'query ($id: ID!) { one: call(id: $id) { id } other: calls { totalCount } }',
      {
        id: names.call,
      },
    );
    const ids = (errors ?? []).map(({ extensions }) => extensions.id);
    expect(new Set(ids).size).toBe(errors?.length);
    expect(ids.length).toBeGreaterThan(1);
    for (const id of ids) expect(gateway.log.join('\n')).toContain(String(id));
  });

  it('leaves the gateway as it was, once its cause is gone', async () => {
    await hide('calls');
    await client.send('query ($id: ID!) { call(id: $id) { id } }', { id: names.call });
    await restore();
    expect(await client.ask('query ($id: ID!) { call(id: $id) { id } }', { id: names.call })).toEqual({
      call: { id: names.call },
    });
  });
});

describe('an expected error', () => {
  it('is not logged: refusals, missing scopes, malformed requests', async () => {
    const reader = await gateway.client({ scopes: ['CALLS_READ'] });
    const { call } = names;
    await client.send('mutation ($call: ID!) { hangUpCall(call: { id: $call }) { errors { code } } }', {
      call: `${call}x`,
    });
    await client.send('{ call(id: "x") { id } }');
    await client.send('{ nothing }');
    await client.send('{');
    await reader.send('mutation ($call: ID!) { hangUpCall(call: { id: $call }) { errors { code } } }', {
      call,
    });
    await gateway.anonymous('Bearer x').send('{ viewer { name } }');
    expect(gateway.log).toEqual([]);
  });
});
