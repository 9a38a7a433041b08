import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { exported, linesOf, pathOf } from '../../export/exported.js';
import { openLiveClient } from '../../live/transports.js';
import { givenCall } from '../../support/documents.js';
import {
  type Client,
  clientOf,
  openGatewayOn,
  openTestGateway,
  type TestGateway,
} from '../../support/gateway.js';
import { codeOf, get, hashed, post, sha256 } from './persisted.js';

const VIEWER = 'query Viewer { viewer { organization { slug } } }';
const CALL = 'query Call($id: ID!) { call(id: $id) { id status } }';
const CHANGED = 'subscription Changed($call: CallLocator!) { callChanged(call: $call) { call { id } } }';
const COSTLY = 'query Costly { calls(first: 200) { nodes { history(first: 200) { nodes { id } } } } }';
const ALL = [VIEWER, CALL, CHANGED, COSTLY];

/** As Relay's compiler names them. */
const MD5 = '0f9c1d8a6f7ba9f1b3f4f3a9d1c0aa11';

const FORMS: Record<string, { manifest: object; idOf(document: string): string }> = {
  "Apollo's format": {
    manifest: {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: ALL.map((body) => ({ id: sha256(body), name: 'any', type: 'query', body })),
    },
    idOf: sha256,
  },
  'an object by hash, of graphql-codegen': {
    manifest: Object.fromEntries(ALL.map((document) => [sha256(document).slice(0, 40), document])),
    idOf: (document) => sha256(document).slice(0, 40),
  },
  "Relay's, with MD5": {
    manifest: Object.fromEntries(ALL.map((document, index) => [`${MD5}${index}`, document])),
    idOf: (document) => `${MD5}${ALL.indexOf(document)}`,
  },
};

let folder: string;
let first: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-manifest-'));
  first = await openTestGateway();
});
afterAll(async () => {
  await first.close();
  await rm(folder, { recursive: true });
});

let files = 0;
async function fileWith(content: unknown): Promise<string> {
  files += 1;
  const path = join(folder, `manifest-${files}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const openWith = async (content: unknown, mode: 'only' | 'auto' = 'only') =>
  openGatewayOn(first.databaseUrl, {
    persistedOperations: mode,
    persistedManifest: await fileWith(content),
    graphqlMaxCost: 10_000,
  });

describe.each(Object.entries(FORMS))('a manifest in %s', (_, { manifest, idOf }) => {
  let gateway: TestGateway;
  let client: Client;
  beforeAll(async () => {
    gateway = await openWith(manifest);
    client = await gateway.client();
  });
  afterAll(() => gateway.close());

  const extensionOf = (document: string) => ({
    persistedQuery: { version: 1, sha256Hash: idOf(document) },
  });

  it('serves its documents: by their ids, by POST and by GET, and by their text', async () => {
    const call = await givenCall(await first.client());
    const variables = { id: call.id };
    const asked: object[] = [
      { extensions: extensionOf(CALL), variables },
      { documentId: idOf(CALL), variables },
      { documentId: `sha256:${idOf(CALL)}`, variables },
      { query: CALL, variables },
      { query: CALL, variables, extensions: extensionOf(CALL) },
      { query: CALL, variables, extensions: hashed(CALL) },
    ];
    for (const request of asked) {
      for (const answer of [
        await post(gateway, client.token, request),
        await get(gateway, client.token, request as Record<string, unknown>),
      ]) {
        expect(answer.data).toEqual({ call: null });
        expect(answer.errors).toBeUndefined();
      }
    }
  });

  it('refuses every other document, and says which variable it is', async () => {
    const text = { code: 'QUERY_NOT_IN_SAFELIST', variable: 'PERSISTED_OPERATIONS' };
    const id = { code: 'PERSISTED_QUERY_NOT_IN_LIST', variable: 'PERSISTED_OPERATIONS' };
    const other = 'query Other { viewer { __typename } }';
    const refused: [object, object][] = [
      [{ query: other }, text],
      [{ query: `${VIEWER} ` }, text],
      [{ query: '{ __schema { queryType { name } } }' }, text],
      [{ query: '{ unknown' }, text],
      [{ query: other, extensions: hashed(other) }, text],
      [{ extensions: hashed(other) }, id],
      [{ documentId: 'toString' }, id],
      [{ documentId: `sha256:${sha256(other)}` }, id],
    ];
    for (const [request, extensions] of refused) {
      const answer = await post(gateway, client.token, request);
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions }] });
      expect(answer.data).toBeUndefined();
    }
    // A hash of another text is the client's own fault.
    const wrong = await post(gateway, client.token, { query: other, extensions: extensionOf(VIEWER) });
    expect(codeOf(wrong)).toBe('PERSISTED_QUERY_HASH_MISMATCH');
  });

  it.each(['ws', 'sse'] as const)('holds over %s too', async (transport) => {
    const live = openLiveClient(transport, gateway.url, client.token);
    onTestFinished(() => live.close());
    const call = await givenCall(givenElsewhere(client));
    const variables = { call: { id: call.id } };
    const following = live.iterate({ query: '', documentId: idOf(CHANGED), variables } as never);
    const next = following.next();
    await gateway.subscribers(1);
    await givenElsewhere(client).ask(
      'mutation ($call: CallLocator!) { mergeCallMetadata(call: $call, metadata: { a: 1 }) { call { id } } }',
      variables,
    );
    expect((await next).value.data).toEqual({ callChanged: { call: { id: call.id } } });
    await following.return?.();
    await gateway.subscribers(0);
    const other = live.iterate({ query: `${CHANGED} `, variables }).next();
    const answered = await other.then(
      ({ value }) => value.errors,
      (errors) => errors,
    );
    expect(answered).toMatchObject([{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }]);
  });

  it('leaves the limits in force', async () => {
    const answer = await post(gateway, client.token, { documentId: idOf(COSTLY) });
    expect(codeOf(answer)).toBe('OPERATION_TOO_COSTLY');
    expect((await post(gateway, null, { documentId: idOf(VIEWER) })).status).toBe(401);
  });

  it("leaves the gateway's own documents alone: exports", async () => {
    const elsewhere = givenElsewhere(client);
    await givenCall(elsewhere, { reason: 'exported' });
    const { status, text } = await exported(gateway, client.token, pathOf('ndjson', {}));
    expect(status).toBe(200);
    expect(linesOf(text).length).toBeGreaterThan(0);
  });
});

/** The same key at the gateway that takes every document. */
const givenElsewhere = ({ token }: Client): Client => clientOf(first.url, token, `Bearer ${token}`);

it('beside automatic ones a manifest serves its own from the start', async () => {
  const gateway = await openWith(FORMS["Relay's, with MD5"]?.manifest, 'auto');
  const client = await gateway.client();
  expect((await post(gateway, client.token, { documentId: `${MD5}0` })).data).toMatchObject({ viewer: {} });
  expect((await client.ask('{ viewer { __typename } }')).viewer).toBeDefined();
  await gateway.close();
});

describe('the start stops at', () => {
  const deep = `{ calls { nodes { ${'parent { '.repeat(30)} id ${'} '.repeat(30)} } } }`;
  it.each([
    [
      'a document that does not fit the schema',
      { abc: '{ calls { nodes { colour } } }' },
      /the document abc does not fit the schema: Cannot query field "colour"/,
    ],
    [
      'a document that is not GraphQL',
      { abc: '{ calls { ' },
      /the document abc is not GraphQL: Syntax Error/,
    ],
    ['a document that is too deep', { abc: deep }, /the document abc exceeds a limit: .*GRAPHQL_MAX_DEPTH/],
    [
      'a document that is too long',
      { abc: `{ __typename } # ${'x'.repeat(600_000)}` },
      /exceeds a limit: .*GRAPHQL_MAX_DOCUMENT_BYTES/,
    ],
    [
      'a nullable member of a @oneOf',
      { abc: 'query ($r: ReferenceInput) { call: callByLocator { id } }' },
      /the document abc does not fit/,
    ],
    ['a file that is not JSON', '{', /is not JSON/],
    ['a file of another form', [1], /must be a manifest of the format/],
    [
      'another version of the format',
      { format: 'apollo-persisted-query-manifest', version: 2, operations: [] },
      /must be a manifest of the format/,
    ],
    [
      'an operation without a body',
      { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: 'a' }] },
      /must be a manifest of the format/,
    ],
    ['a document that is no text', { abc: 1 }, /must be a manifest of the format/],
    ['an empty one', {}, /has no documents/],
    [
      'an id of two documents',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          { id: 'a', body: VIEWER },
          { id: 'a', body: CALL },
        ],
      },
      /a stands for two documents/,
    ],
  ])('%s', async (_, content, message) => {
    const opening = openWith(content);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(/^PERSISTED_MANIFEST .*manifest-\d+\.json/);
  });

  it('a file that is not there', async () => {
    const opening = openGatewayOn(first.databaseUrl, {
      persistedOperations: 'only',
      persistedManifest: '/nowhere.json',
    });
    await expect(opening).rejects.toThrow(/^PERSISTED_MANIFEST \/nowhere\.json cannot be read: ENOENT/);
  });
});
