import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fresh } from '../identity/world.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { fingerprint } from './fingerprint.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

/** Sends the body as it is, because JSON.stringify cannot write all that must be tried. */
async function post(body: string): Promise<Answer & { text: string }> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
    body,
  });
  const text = await response.text();
  return { status: response.status, text, ...JSON.parse(text) };
}

const PAYLOAD = '{ call { metadata } errors { code message path } }';

interface Way {
  path: string[];
  field: string;
  variable(metadata: string): Promise<string>;
  literal(metadata: string): Promise<string>;
}

async function newCall(): Promise<string> {
  const value = fresh('case');
  const reference = `{ system: OTHER, name: "case", value: "${value}" }`;
  await client.ask(
    `mutation { upsertCall(input: { references: [${reference}], metadata: { kept: 1 } }) { created } }`,
  );
  return value;
}

const locator = (value: string) => ({ reference: { system: 'OTHER', name: 'case', value } });
const body = (query: string, variables: string) =>
  `{"query":${JSON.stringify(query)},"variables":${variables}}`;

const UPSERT: Way = {
  field: 'upsertCall',
  path: ['input', 'metadata'],
  variable: async (metadata) => {
    const references = JSON.stringify([locator(await newCall()).reference]);
    return body(
      `mutation ($input: UpsertCallInput!) { upsertCall(input: $input) ${PAYLOAD} }`,
      `{"input":{"references":${references},"metadata":${metadata}}}`,
    );
  },
  literal: async (metadata) =>
    `mutation { upsertCall(input: {
      references: [{ system: OTHER, name: "case", value: "${await newCall()}" }], metadata: ${metadata}
    }) ${PAYLOAD} }`,
};

const MERGE: Way = {
  field: 'mergeCallMetadata',
  path: ['metadata'],
  variable: async (metadata) =>
    body(
      `mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) ${PAYLOAD} }`,
      `{"call":${JSON.stringify(locator(await newCall()))},"metadata":${metadata}}`,
    ),
  literal: async (metadata) =>
    `mutation { mergeCallMetadata(
      call: { reference: { system: OTHER, name: "case", value: "${await newCall()}" } }, metadata: ${metadata}
    ) ${PAYLOAD} }`,
};

const nested = (depth: number, open = '{"a":', close = '}') => `${open.repeat(depth)}1${close.repeat(depth)}`;

async function expectRefusal(way: Way, request: string, code: string): Promise<string> {
  const before = await fingerprint(gateway.database);
  const { status, data, errors, text } = await post(request);
  expect(status).toBeLessThan(500);
  expect(text.length).toBeLessThan(2_000);
  if (code === 'INVALID' || code === 'LIMIT_EXCEEDED') {
    expect(errors).toBeUndefined();
    expect(data[way.field]).toMatchObject({ call: null, errors: [{ code, path: way.path }] });
  } else {
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe(code);
  }
  expect(await fingerprint(gateway.database)).toEqual(before);
  return errors?.[0]?.message ?? data[way.field].errors[0].message;
}

describe.each([UPSERT, MERGE])('metadata given to $field', (way) => {
  const variable = async (metadata: string) => way.variable(metadata);
  const literal = async (metadata: string) => JSON.stringify({ query: await way.literal(metadata) });
  const refuse = async (request: Promise<string>, code: string) => expectRefusal(way, await request, code);

  it.each([
    ['a NUL in a string', '{"a":"x\\u0000"}', '{ a: "x\\u0000" }', /key "a".*NUL/],
    [
      'a NUL in a string in a list in an object',
      '{"b":[{"a":["\\u0000"]}]}',
      '{ b: [{ a: ["\\u0000"] }] }',
      /NUL/,
    ],
    ['a NUL in a key', '{"a\\u0000":1}', null, /key.*NUL/],
    ['a NUL in a nested key', '{"b":{"\\u0000":null}}', null, /key.*NUL/],
    ['a lone high surrogate in a string', '{"a":"\\ud800"}', null, /surrogate/],
    ['a lone low surrogate in a string', '{"a":["x\\udc00y"]}', null, /surrogate/],
    ['surrogates in the wrong order', '{"a":"\\udc00\\ud800"}', null, /surrogate/],
    ['a lone surrogate in a key', '{"\\ud83d":1}', null, /key.*surrogate/],
  ])('is INVALID with %s, and nothing is written', async (_, json, text, message) => {
    expect(await refuse(variable(json), 'INVALID')).toMatch(message);
    if (text !== null) expect(await refuse(literal(text), 'INVALID')).toMatch(message);
  });

  it('is a syntax error with a lone surrogate in the document', async () => {
    expect(await refuse(literal('{ a: "\\ud800" }'), 'GRAPHQL_PARSE_FAILED')).toMatch(/Unicode/);
  });

  it.each([
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '1e16',
    '123456789012345678901234567890',
  ])('is refused with the integer %s rather than rounded', async (number) => {
    const metadata = `{"a":1,"b":[{"c":${number}}]}`;
    for (const request of [await variable(metadata), await literal(metadata.replaceAll('"', ''))]) {
      const message = await expectRefusal(way, request, 'BAD_USER_INPUT');
      expect(message).toMatch(/2\^53/);
      expect(message).toContain(way.path.join('.'));
    }
  });

  it('keeps integers up to ±(2^53−1) and other numbers exactly', async () => {
    const metadata =
      '{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":1e-7,"e":1.5e-300,"f":-0.5,"g":1e15}';
    const { data } = await post(await variable(metadata));
    expect(data[way.field]).toEqual({ call: { metadata: { kept: 1, ...JSON.parse(metadata) } }, errors: [] });
  });

  it.each(['1e400', '-1e400', '1.5e309'])(
    'is refused with %s, which is not a finite number',
    async (number) => {
      expect(await refuse(variable(`{"a":{"b":[${number}]}}`), 'BAD_USER_INPUT')).toMatch(/too large/);
      expect(await refuse(literal(`{ a: { b: [${number}] } }`), 'BAD_USER_INPUT')).toMatch(/too large/);
    },
  );

  it.each(['[]', '[{}]', '"{}"', '""', '1', '0', 'true', 'false'])(
    'is refused when it is %s',
    async (value) => {
      for (const given of [variable, literal]) {
        const message = await refuse(given(value), 'BAD_USER_INPUT');
        expect(message).toMatch(/must be an object/);
        expect(message).toContain(way.path.join('.'));
      }
    },
  );

  it.each([33, 10_000, 200_000])('is LIMIT_EXCEEDED when it is %i levels deep', async (depth) => {
    expect(await refuse(variable(nested(depth)), 'LIMIT_EXCEEDED')).toMatch(/32 levels/);
    expect(await refuse(variable(`{"a":${nested(depth, '[', ']')}}`), 'LIMIT_EXCEEDED')).toMatch(/32 levels/);
    expect(await client.ask('{ viewer { name } }')).toEqual({ viewer: { name: 'test key' } });
  });

  it('is LIMIT_EXCEEDED when it is 33 levels deep in the document', async () => {
    expect(await refuse(literal(nested(33, '{a:')), 'LIMIT_EXCEEDED')).toMatch(/32 levels/);
    const { data } = await post(await literal(nested(32, '{a:')));
    expect(data[way.field].errors).toEqual([]);
  });

  it('is refused unparsed when it is 10,000 levels deep in the document, and the process stays up', async () => {
    expect(await refuse(literal(nested(10_000, '{a:')), 'GRAPHQL_PARSE_FAILED')).toMatch(/nested/);
    expect(await refuse(literal(`{a: ${nested(10_000, '[', ']')}}`), 'GRAPHQL_PARSE_FAILED')).toMatch(
      /nested/,
    );
    expect(await client.ask('{ viewer { name } }')).toEqual({ viewer: { name: 'test key' } });
  });

  it('may have thousands of brackets within its strings', async () => {
    const brackets = '{['.repeat(1_000);
    const { data } = await post(await literal(`{ a: "${brackets}", b: """${brackets}""" }`));
    expect(data[way.field].call.metadata).toEqual({ kept: 1, a: brackets, b: brackets });
  });

  const STRANGE = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    'then',
    'null',
  ];

  it.each(STRANGE)('keeps %s as a key like any other, nested too', async (key) => {
    const value = `{"${key}":{"${key}":[{"${key}":"x"}]},"list":[{"${key}":null}]}`;
    const literalValue = `{ ${key}: { ${key}: [{ ${key}: "x" }] }, list: [{ ${key}: null }] }`;
    for (const request of [await variable(value), await literal(literalValue)]) {
      const { data } = await post(request);
      expect(data[way.field].errors).toEqual([]);
      expect(sorted(data[way.field].call.metadata)).toBe(sorted(JSON.parse(`{"kept":1,${value.slice(1)}`)));
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

/** JSON with sorted keys. Unlike toEqual it compares a key named __proto__. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

describe('a key __proto__', () => {
  it.each(['__proto__', 'constructor'])(
    '%s is merged into, and removed by null, like any other',
    async (key) => {
      const call = locator(await newCall());
      const merge = async (patch: string) => {
        const query = `mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) ${PAYLOAD} }`;
        const { data } = await post(body(query, `{"call":${JSON.stringify(call)},"metadata":${patch}}`));
        expect(data.mergeCallMetadata.errors).toEqual([]);
        return sorted(data.mergeCallMetadata.call.metadata);
      };
      expect(await merge(`{"${key}":{"a":1,"${key}":{"b":2}}}`)).toBe(
        sorted(JSON.parse(`{"${key}":{"${key}":{"b":2},"a":1},"kept":1}`)),
      );
      expect(await merge(`{"${key}":{"a":null,"${key}":{"c":3}}}`)).toBe(
        sorted(JSON.parse(`{"${key}":{"${key}":{"b":2,"c":3}},"kept":1}`)),
      );
      expect(await merge(`{"${key}":{"${key}":null}}`)).toBe(sorted(JSON.parse(`{"${key}":{},"kept":1}`)));
      expect(await merge(`{"${key}":null}`)).toBe('{"kept":1}');
    },
  );

  it('appears in the patch, old and new values of the history', async () => {
    const value = await newCall();
    const call = locator(value);
    const patch = '{"__proto__":{"a":1},"constructor":null}';
    const query = `mutation ($call: CallLocator!, $metadata: JSONObject!) {
      mergeCallMetadata(call: $call, metadata: $metadata) { call { history(first: 1) { nodes { patch oldValues newValues } } } }
    }`;
    const { text } = await post(body(query, `{"call":${JSON.stringify(call)},"metadata":${patch}}`));
    const [change] = JSON.parse(text).data.mergeCallMetadata.call.history.nodes;
    expect(sorted(change.patch)).toBe(sorted(JSON.parse(patch)));
    expect(sorted(change.newValues)).toBe('{"metadata":{"__proto__":{"a":1}}}');
    expect(sorted(change.oldValues)).toBe('{"metadata":{}}');
  });

  it('in the body, beside the query or among the variables changes nothing', async () => {
    const query = 'query ($id: ID!) { call(id: $id) { id } }';
    const { data } = await post(
      `{"__proto__":{"query":"{ a }"},"constructor":{"prototype":{"x":1}},"query":"{ __typename }"}`,
    );
    expect(data).toEqual({ __typename: 'Query' });
    const { status, errors } = await post(
      `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"id":"x"}}}`,
    );
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
