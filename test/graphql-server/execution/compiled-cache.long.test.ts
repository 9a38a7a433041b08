import { type DocumentNode, type OperationDefinitionNode, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledOperations } from '../../../src/graphql-server/execution/executor.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { givenCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { anew, type Send, sender, takeExecutors, watchExecutors } from './both-ways.js';
import { fakeContext } from './fake-context.js';

/** Runs compiled code for the only operation of a document; null where graphql-js must execute it. */
type Ask = (document: DocumentNode, variables?: Record<string, unknown>) => Promise<unknown>;

async function newCache(): Promise<Ask> {
  const steps = compiledOperations(publicSchema());
  return async (document, variables = {}) => {
    const [operation] = document.definitions;
    const response = await steps.responseForOperation?.({
      document,
      operation: operation as OperationDefinitionNode,
      request: { variables },
      contextValue: fakeContext(),
      response: { http: {} },
    } as never);
    const body = response?.body;
    return body?.kind === 'single' ? JSON.parse(JSON.stringify(body.singleResult)) : null;
  };
}

const named = (name: string) => parse(`{ ${name}: viewer { name } }`);
const answer = (name: string) => ({ data: { [name]: { name: 'ci' } } });

describe('the cache of compiled operations', () => {
  it('compiles an operation at its second request, and keeps it', async () => {
    const ask = await newCache();
    const document = named('a');
    expect(await ask(document)).toBeNull();
    for (let time = 0; time < 3; time += 1) expect(await ask(document)).toEqual(answer('a'));
  });

  it('keeps 500 operations, and evicts the least recently used', async () => {
    const ask = await newCache();
    const documents = Array.from({ length: 500 }, (_, index) => named(`a${index}`));
    for (const document of documents) await ask(document);
    for (const [index, document] of documents.entries())
      expect(await ask(document)).toEqual(answer(`a${index}`));
    // Requests the first again, so that the second is the oldest.
    expect(await ask(documents[0] as DocumentNode)).toEqual(answer('a0'));
    await ask(named('one more'.replaceAll(' ', '_')));
    expect(await ask(documents[0] as DocumentNode)).toEqual(answer('a0'));
    expect(await ask(documents[499] as DocumentNode)).toEqual(answer('a499'));
    expect(await ask(documents[1] as DocumentNode)).toBeNull();
    expect(await ask(documents[1] as DocumentNode)).toEqual(answer('a1'));
  });

  it('compiles nothing of many operations that come in turn, which it could not keep', async () => {
    const ask = await newCache();
    const documents = Array.from({ length: 600 }, (_, index) => named(`a${index}`));
    for (let round = 0; round < 3; round += 1) {
      for (const document of documents) expect(await ask(document)).toBeNull();
    }
  });

  const FIELDS = Array.from({ length: 100 }, (_, index) => `b${index}: name`).join(' ');
  it.each([
    ['of long text', (index: number) => `{ a${index}: viewer { name } } # ${'x'.repeat(20_000)}`, {}],
    [
      'of much code',
      (index: number) => `query ($x: Boolean!, $y: Boolean!, $z: Boolean!) {
        a${index}: viewer @skip(if: $x) { ${FIELDS} } b: viewer @skip(if: $y) { name } c: viewer @skip(if: $z) { name }
      }`,
      { x: false, y: false, z: false },
    ],
  ])('keeps fewer %s', async (_, documentOf, variables) => {
    const ask = await newCache();
    const documents = Array.from({ length: 90 }, (_each, index) => parse(documentOf(index)));
    let known = 0;
    for (const document of documents) {
      await ask(document, variables);
      await ask(document, variables);
    }
    // Backwards, so that no request evicts the next.
    for (const document of documents.toReversed()) if ((await ask(document, variables)) !== null) known += 1;
    expect(known).toBeGreaterThan(40);
    expect(known).toBeLessThan(85);
  });
});

describe('through the gateway', () => {
  let gateway: TestGateway;
  let client: Client;
  let send: Send;
  let unwatch: () => void;
  beforeAll(async () => {
    unwatch = watchExecutors();
    gateway = await openTestGateway();
    client = await gateway.client();
    send = sender(gateway.url, client.token);
  });
  afterAll(async () => {
    unwatch();
    await gateway.close();
  });

  it('the same document sent concurrently gets equal answers, and is compiled afterwards', async () => {
    const question = anew({
      document: 'query ($n: Int) { viewer { name } calls(first: $n) { totalCount } }',
    });
    const bodies = await Promise.all(Array.from({ length: 20 }, () => send(question)));
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1);
    await send(question);
    await send(question);
    takeExecutors();
    expect(await send(question)).toEqual(bodies[0]);
    expect(takeExecutors()).toEqual(['compiled']);
  });

  it('the operations of a document are distinguished, also between alternating clients', async () => {
    const { document } = anew({
      document: `query A { viewer { ...V } } query B { viewer { kind ...V } } query C($x: Boolean!) { viewer { ...V @skip(if: $x) kind } }
      fragment V on Viewer { name scopes }`,
    });
    const expected: Record<string, string[]> = {
      A: ['name', 'scopes'],
      B: ['kind', 'name', 'scopes'],
      C: ['kind'],
    };
    for (const operationName of ['A', 'B', 'C', 'A', 'B', 'C', 'B', 'A', 'C']) {
      const { body } = await send({ document, operationName, variables: { x: true } });
      expect(Object.keys(JSON.parse(body).data.viewer)).toEqual(expected[operationName]);
    }
    expect(takeExecutors()).toEqual(['compiled', 'graphql-js']);
  });

  it('code compiled for one key shows another key only what it may see', async () => {
    const other = await gateway.client();
    const { id } = await givenCall(client);
    const { document } = anew({
      document: 'query ($id: ID!) { call(id: $id) { id } calls { nodes { id } } viewer { name } }',
    });
    const own = { call: { id }, calls: { nodes: [{ id }] }, viewer: { name: 'test key' } };
    for (let time = 0; time < 3; time += 1) {
      expect(await client.ask(document, { id })).toEqual(own);
      expect(await other.ask(document, { id })).toEqual({ ...own, call: null, calls: { nodes: [] } });
    }
    expect((await gateway.anonymous().send(document, { id })).status).toBe(401);
    expect(takeExecutors()).toEqual(['compiled', 'graphql-js']);
  });

  it('GET takes the same way, and shares what was compiled for POST', async () => {
    const get = sender(gateway.url, client.token, 'GET');
    const document = 'query ($n: Int, $f: CallFilter) { calls(first: $n, filter: $f) { totalCount } }';
    const question = anew({ document, variables: { n: 1, f: { metadata: { contains: { a: 1 } } } } });
    const interpreted = await get(question);
    expect(takeExecutors()).toEqual(['graphql-js']);
    expect(await get(question)).toEqual(interpreted);
    expect(await send(question)).toEqual(interpreted);
    expect(takeExecutors()).toEqual(['compiled']);
    const wrong = { ...question, variables: { n: 'x' } };
    expect((await get(wrong)).status).toBe(400);
    expect(await get(wrong)).toEqual(await send(anew(wrong)));
    const mutation = 'mutation { hangUpCall(call: { id: "x" }) { errors { code } } }';
    for (let time = 0; time < 3; time += 1) expect((await get({ document: mutation })).status).toBe(405);
  });
});
