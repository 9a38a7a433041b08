import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** As a client may send it: members in any order, and numbers that Postgres writes differently. */
const SENT = `{"bb": "x: y, \\"z\\", {1: 2}", "a": 1.50, "10": [1, {"d": -0, "c": null}, []], "9": 1e-300,
  "__proto__": {"ü": 0.10, "\\ud83d\\ude00": true}, "zz": -12.5e-9, "ratio": 0.30000000000000004, "n": 1e2}`;
const SHOWN =
  '{"9":1e-300,"a":1.5,"n":100,"10":[1,{"c":null,"d":0},[]],"bb":"x: y, \\"z\\", {1: 2}","zz":-1.25e-8,' +
  '"ratio":0.30000000000000004,"__proto__":{"ü":0.1,"😀":true}}';

/** The texts of all values at the key `shown` or `metadata`, at any depth. */
function shownIn(body: string): string[] {
  return [...body.matchAll(/"(?:shown|metadata)":\s*\{/g)].map(({ 0: found, index }) =>
    objectAt(body, index + found.length - 1),
  );
}

function objectAt(body: string, start: number): string {
  let depth = 0;
  for (const { 0: part, index } of body.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (part === '{') depth += 1;
    if (part === '}') depth -= 1;
    if (depth === 0) return body.slice(start, start + index + 1);
  }
  throw new Error('an object has no end');
}

async function post(query: string, variables = '{}', path = ''): Promise<string> {
  const { body } = await request(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${client.token}`,
      accept: path === '' ? 'application/json' : 'text/event-stream',
    },
    body: `{"query": ${JSON.stringify(query)}, "variables": ${variables}}`,
  });
  return body.text();
}

const CALL = (reference: string) =>
  `call: { reference: { system: BURKI, name: "id", value: "${reference}" } }`;

async function upsert(reference: string, metadata = SENT): Promise<string> {
  return post(
    `mutation ($metadata: JSONObject!) {
      upsertCall(input: {
        references: [{ system: BURKI, name: "id", value: "${reference}" }], metadata: $metadata
        groups: [{ kind: "case", key: "${reference}" }], parent: { reference: { system: BURKI, name: "id", value: "parent" } }
      }) { call { id shown: metadata } errors { message } }
    }`,
    `{"metadata": ${metadata}}`,
  );
}

const READ = (reference: string) => `{
  callByReference(reference: { system: BURKI, name: "id", value: "${reference}" }) {
    shown: metadata
    history { nodes { shown: patch newValues } }
    groups { calls { nodes { shown: metadata } } }
  }
  calls(filter: { group: { kind: "case", key: "${reference}" } }) { nodes { shown: metadata } }
}`;

/** Collects messages of a WebSocket up to and including `last`. */
function overWebSocket(query: string, last: RegExp, begun = () => {}): Promise<string> {
  const socket = new WebSocket(gateway.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  let received = '';
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${client.token}` } }),
      ),
    );
    socket.on('message', (data) => {
      const message = String(data);
      received += message;
      if (message.includes('connection_ack')) {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
        begun();
      } else if (last.test(message)) resolve(received);
    });
  });
}

describe('a value of metadata is spelled alike', () => {
  it('by upserts, queries and the history', async () => {
    const upserted = shownIn(await upsert('read'));
    expect(upserted).toEqual([SHOWN]);
    // The second run uses the compiled query.
    for (const _ of [1, 2]) {
      const shown = shownIn(await post(READ('read')));
      expect(shown).toHaveLength(5);
      for (const each of shown) expect(each).toBe(SHOWN);
    }
  });

  it('by merges, alone and in a batch', async () => {
    await upsert('merge', '{}');
    const merged = await post(
      `mutation ($metadata: JSONObject!) {
        mergeCallMetadata(${CALL('merge')}, metadata: $metadata) { call { shown: metadata } errors { message } }
        mergeCallsMetadata(items: [{ ${CALL('merge')}, metadata: $metadata }]) { call { shown: metadata } }
      }`,
      `{"metadata": ${SENT}}`,
    );
    expect(shownIn(merged)).toEqual([SHOWN, SHOWN]);
  });

  it('by events, recorded and read', async () => {
    await upsert('event', '{}');
    const record = (id: string, target: string) =>
      post(
        `mutation ($metadata: JSONObject!) {
          recordCallEvent(input: {
            target: { ${target} }, eventId: "${id}", eventTime: "2024-01-15T10:00:00Z", metadata: $metadata
          }) { event { id shown: metadata calls { nodes { shown: metadata } } } errors { message } }
        }`,
        `{"metadata": ${SENT}}`,
      );
    expect(shownIn(await record('e1', CALL('event')))).toEqual([SHOWN, SHOWN]);
    expect(shownIn(await record('e2', 'sessionId: "s"'))).toEqual([SHOWN]);
    const read = shownIn(
      await post(`{
        callEvents { nodes { shown: metadata } }
        callByReference(reference: { system: BURKI, name: "id", value: "event" }) { events { nodes { shown: metadata } } }
      }`),
    );
    expect(read).toEqual([SHOWN, SHOWN, SHOWN]);
  });

  it('over WebSocket and as an event stream', async () => {
    await upsert('transport');
    const socket = shownIn(await overWebSocket(READ('transport'), /"next"/));
    const stream = shownIn(await post(READ('transport'), '{}', '/stream'));
    expect(socket).toHaveLength(5);
    expect(stream).toHaveLength(5);
    for (const each of [...socket, ...stream]) expect(each).toBe(SHOWN);
  });

  it.each([
    'call { id shown: metadata }',
    'newValues',
    'shown: patch',
    'call { children { nodes { id } } } newValues',
  ])('in subscriptions to %s', async (fields) => {
    const reference = `live ${fields}`.replaceAll(/\W/g, '');
    const { changeCursor } = await client.ask('{ changeCursor }');
    const subscription = `subscription { callsChanged(after: "${changeCursor}") { ${fields} } }`;
    await upsert(reference);
    const told = shownIn(await overWebSocket(subscription, /shown|metadata/));
    expect(told).toEqual([SHOWN]);
  });
});
