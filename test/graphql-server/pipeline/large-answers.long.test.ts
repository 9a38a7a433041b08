import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { wsClient } from '../../live/followers.js';
import {
  type Client,
  clientOf,
  openGatewayOn,
  openTestGateway,
  type TestGateway,
} from '../../support/gateway.js';

/** Bytes of one answer here, and of the metadata of each call. */
const MOST = 300_000;
const METADATA = 50_000;
const CALLS = 20;
const SOON = { timeout: 60_000 };

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ answerMaxBytes: MOST });
  client = await gateway.client();
  const inputs = Array.from({ length: CALLS }, (_, index) => ({
    references: [{ system: 'OTHER', name: 'number', value: `${index}` }],
    metadata: { text: 'x'.repeat(METADATA) },
    ...(index > 0 && { parent: { reference: { system: 'OTHER', name: 'number', value: '0' } } }),
  }));
  await client.ask(UPSERT, { inputs });
});
afterAll(() => gateway.close());

const UPSERT =
  'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { message } } }';
const reference = (value: number | string) =>
  `reference: { system: OTHER, name: "number", value: "${value}" }`;
const named = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

async function metric(name: string): Promise<number> {
  const { body } = await request(new URL('/metrics', gateway.url));
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await body.text())?.[1]);
}

const TOO_LARGE = {
  message: `The answer would take more than ${MOST} bytes (ANSWER_MAX_BYTES): ask for fewer things at once, or for fewer of their fields`,
  extensions: { code: 'ANSWER_TOO_LARGE', limit: MOST, variable: 'ANSWER_MAX_BYTES' },
};

describe('a query with too many bytes is answered by one error:', () => {
  it.each([
    ['of many calls', '{ calls { nodes { metadata } } }'],
    ['of one call under many names', `{ callByReference(${reference(0)}) { ${named(10, 'metadata')} } }`],
    ['of one call at many places', '{ calls { nodes { parent { metadata } } } }'],
    ['of a history', '{ calls { nodes { history { nodes { patch newValues } } } } }'],
    ['in several fields', `{ ${named(10, `callByReference(${reference(0)}) { metadata }`)} }`],
    ['beside what is small', `{ viewer { name } calls { nodes { metadata } } }`],
  ])('%s', async (_, query) => {
    // Compiled the second time.
    for (const _time of [1, 2, 3]) {
      const answer = await client.send(query);
      expect(answer).toEqual({
        status: 400,
        errors: [TOO_LARGE],
        extensions: { cost: expect.anything() },
      });
    }
    await vi.waitFor(async () => expect(await metric('switchboard_answer_bytes')).toBe(0), SOON);
  });

  it('with 200 for clients that do not accept GraphQL’s own type', async () => {
    const { statusCode } = await request(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${client.token}`,
      },
      body: JSON.stringify({ query: '{ calls { nodes { metadata } } }' }),
    });
    expect(statusCode).toBe(200);
  });

  it('over WebSocket and as an event stream', async () => {
    const query = '{ calls { nodes { metadata } } }';
    const socket = wsClient({ url: gateway.url, token: client.token });
    await expect(socket.iterate({ query }).next()).rejects.toEqual([TOO_LARGE]);
    const small = await socket.iterate({ query: '{ calls(first: 2) { nodes { metadata } } }' }).next();
    expect(JSON.stringify(small.value?.data).length).toBeGreaterThan(2 * METADATA);
    const { body } = await request(`${gateway.url}/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${client.token}`,
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query }),
    });
    expect(await body.text()).toContain(JSON.stringify(TOO_LARGE));
    await vi.waitFor(async () => expect(await metric('switchboard_answer_bytes')).toBe(0), SOON);
  });

  it('and one of a few bytes less is answered', async () => {
    const { calls } = await client.ask('{ calls(first: 4) { nodes { metadata } } }');
    expect(calls.nodes).toHaveLength(4);
    const { calls: all } = await client.ask(
      '{ calls { nodes { id parent { id children { nodes { id } } } } } }',
    );
    expect(all.nodes).toHaveLength(CALLS);
  });
});

describe('what is read once and shown many times', () => {
  it('counts as often as it is shown, before it is', async () => {
    const narrow = await openGatewayOn(gateway.databaseUrl, { answersMaxBytes: 1_500_000 });
    onTestFinished(() => narrow.close());
    const { send } = clientOf(narrow.url, client.token, `Bearer ${client.token}`);
    const query = (names: number) =>
      `{ calls { nodes { parent { children { nodes { ${named(names, 'createdAt')} } } } } } }`;
    expect((await send(query(20))).data?.calls.nodes).toHaveLength(CALLS);
    for (const _time of [1, 2]) {
      expect((await send(query(50))).errors).toMatchObject([
        {
          message: expect.stringMatching(/^The answer would take more than 750000 bytes/),
          extensions: { code: 'ANSWER_TOO_LARGE', limit: 750_000, variable: 'ANSWERS_MAX_BYTES' },
        },
      ]);
    }
  });
});

describe('numbers that take many digits in the database', () => {
  it('count as their text', async () => {
    // 20 kB of JSON, which Postgres compresses to 900 bytes.
    const numbers = Array.from({ length: 3_000 }, () => 1e-300);
    const value = 'digits';
    const other = await gateway.client();
    await other.ask(UPSERT, {
      inputs: [{ references: [{ system: 'OTHER', name: 'number', value }], metadata: { numbers } }],
    });
    const roomy = await openGatewayOn(gateway.databaseUrl, { answerMaxBytes: 1_500_000 });
    onTestFinished(() => roomy.close());
    const query = `{ callByReference(${reference(value)}) { ${named(60, 'metadata')} } }`;
    const { body } = await request(roomy.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${other.token}` },
      body: JSON.stringify({ query }),
    });
    const text = await body.text();
    expect(text.length).toBeLessThan(1_500_000);
    expect(JSON.parse(text).data.callByReference.a59).toEqual({ numbers });
  });
});

describe('a mutation', () => {
  const metadata = { text: 'y'.repeat(METADATA) };
  const items = (ids: (number | string)[]) =>
    ids.map((value) => ({
      call: { reference: { system: 'OTHER', name: 'number', value: `${value}` } },
      metadata: { seen: true },
    }));
  const MERGE = (fields: string) =>
    `mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { call { ${fields} } errors { code } } }`;
  const seen = async (value: number) => {
    const query = `{ callByReference(${reference(value)}) { metadata } }`;
    return (await client.ask(query)).callByReference.metadata.seen;
  };

  it('that must read too much does nothing, and reports it', async () => {
    const answer = await client.send(MERGE('id metadata'), { items: items([10, 11, 12, 13, 14, 15, 16]) });
    expect(answer).toMatchObject({
      status: 200,
      data: { mergeCallsMetadata: null },
      errors: [
        {
          message: `Nothing of this was done. ${TOO_LARGE.message}`,
          path: ['mergeCallsMetadata'],
          extensions: TOO_LARGE.extensions,
        },
      ],
    });
    expect(await seen(10)).toBeUndefined();
    expect(await seen(16)).toBeUndefined();
  });

  it('is done where less is shown', async () => {
    const all = Array.from({ length: CALLS }, (_, index) => index);
    const { mergeCallsMetadata } = await client.ask(MERGE('id'), { items: items(all) });
    expect(mergeCallsMetadata).toHaveLength(CALLS);
    expect(await seen(19)).toBe(true);
  });

  it('that is done, but too large to be shown, reports it: its field is null, and the others are shown', async () => {
    const large = `upsertCalls(inputs: $inputs) { call { ${named(10, 'metadata')} } }`;
    const answer = await client.send(
      `mutation ($inputs: [UpsertCallInput!]!) {
        small: upsertCalls(inputs: $inputs) { created }
        ${large}
        again: upsertCalls(inputs: $inputs) { created }
      }`,
      { inputs: [{ references: [{ system: 'OTHER', name: 'number', value: 'large' }], metadata }] },
    );
    expect(answer).toMatchObject({
      status: 200,
      data: { small: [{ created: true }], upsertCalls: null, again: [{ created: false }] },
      errors: [
        {
          message: `This was done, but cannot be shown. ${TOO_LARGE.message}`,
          path: ['upsertCalls'],
          extensions: TOO_LARGE.extensions,
        },
      ],
    });
  });

  it('that is done, but requires too large a read, is null there', async () => {
    const answer = await client.send(
      `mutation ($metadata: JSONObject!) {
        mergeCallMetadata(call: { ${reference(3)} }, metadata: $metadata) {
          call { id parent { children { nodes { metadata } } } }
          errors { code }
        }
      }`,
      { metadata: { late: true } },
    );
    expect(answer.data).toEqual({
      mergeCallMetadata: { call: { id: expect.anything(), parent: null }, errors: [] },
    });
    expect(answer.errors).toMatchObject([
      {
        message: `This was done, but cannot be shown. ${TOO_LARGE.message}`,
        path: ['mergeCallMetadata', 'call', 'parent', 'children', 'nodes'],
        extensions: TOO_LARGE.extensions,
      },
    ]);
    expect(
      (await client.ask(`{ callByReference(${reference(3)}) { metadata } }`)).callByReference.metadata.late,
    ).toBe(true);
  });
});

describe('other requests for the same data at the same time', () => {
  it('are answered, though one of them requests too much', async () => {
    const { calls } = await client.ask('{ calls { nodes { id } } }');
    const ids = calls.nodes.map(({ id }: { id: string }) => id);
    const pending = [
      client.send('query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Call { metadata } } }', { ids }),
      ...ids.map((id: string) => client.send('query ($id: ID!) { call(id: $id) { id metadata } }', { id })),
    ];
    const [first, ...rest] = await Promise.all(pending);
    expect(first?.errors).toEqual([TOO_LARGE]);
    expect(rest.map(({ data }) => data?.call.id)).toEqual(ids);
  });
});

describe('while there is no space', () => {
  it('a large answer is 503 with Retry-After, a small one is sent, and another organization has its own space', async () => {
    const full = await openGatewayOn(gateway.databaseUrl, { answersMaxBytes: 50_000_000 });
    onTestFinished(() => full.close());
    const ask = async (query: string, token = client.token) => {
      const { statusCode, headers, body } = await request(full.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query }),
      });
      return { statusCode, retryAfter: headers['retry-after'], body };
    };
    const other = await full.client();
    const inputs = [
      {
        references: [{ system: 'OTHER', name: 'number', value: '0' }],
        metadata: { text: 'x'.repeat(METADATA) },
      },
    ];
    await other.ask(UPSERT, { inputs });
    // Two that no kernel buffers, and that their client does not read.
    const held = await Promise.all(
      [1, 2].map(() => ask(`{ calls(first: 4) { nodes { ${named(60, 'metadata')} } } }`)),
    );
    expect(held.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const large = '{ calls(first: 20) { nodes { metadata } } }';
    const refused = await ask(large);
    expect([refused.statusCode, refused.retryAfter]).toEqual([503, '1']);
    expect(await refused.body.json()).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    expect((await ask('{ calls(first: 4) { nodes { metadata } } }')).statusCode).toBe(200);
    const theirs = await ask(`{ calls { nodes { ${named(60, 'metadata')} } } }`, other.token);
    expect(theirs.statusCode).toBe(200);
    await theirs.body.text();
    await held[0]?.body.text();
    held[1]?.body.destroy();
    await vi.waitFor(async () => expect((await ask(large)).statusCode).toBe(200), SOON);
  });
});
