import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codesOf,
  givenCall,
  mergeCallMetadata,
  readCall,
  readCalls,
  upsertCall,
} from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

const KIB = 1024;
const MOST = 256 * KIB;

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const merge = (id: string, metadata: object) => mergeCallMetadata(client, { call: { id }, metadata });

/** Metadata with exactly so many bytes of compact JSON. */
function ofBytes(bytes: number, name = 'text'): Record<string, string> {
  return { [name]: 'x'.repeat(bytes - JSON.stringify({ [name]: '' }).length) };
}

/** Nested objects; `{}` has one level. */
function ofLevels(levels: number): object {
  return levels === 1 ? {} : { a: ofLevels(levels - 1) };
}

const TOO_MUCH = { code: 'LIMIT_EXCEEDED', path: ['metadata'] };

describe('256 KiB', () => {
  it('hold one merge of 200 KiB; a second is LIMIT_EXCEEDED, and nothing of it is written', async () => {
    const { id } = await givenCall(client);
    const first = ofBytes(200 * KIB, 'first');
    expect((await merge(id, first)).errors).toEqual([]);
    const before = await readCall(client, id);

    const payload = await merge(id, { ...ofBytes(200 * KIB, 'second'), small: 1 });

    expect(payload.call).toBeNull();
    expect(codesOf(payload)).toEqual([TOO_MUCH]);
    expect(await readCall(client, id)).toEqual(before);
    expect(before).toMatchObject({ metadata: first, revision: 2, history: { totalCount: 2 } });
  });

  it('accept one of two such concurrent merges', async () => {
    const { id } = await givenCall(client);
    const payloads = await Promise.all(['one', 'two'].map((name) => merge(id, ofBytes(200 * KIB, name))));
    expect(payloads.flatMap(codesOf)).toEqual([TOO_MUCH]);
    expect(await readCall(client, id)).toMatchObject({ revision: 2, history: { totalCount: 2 } });
  });

  it('are enough if the same merge removes something', async () => {
    const { id } = await givenCall(client, { metadata: ofBytes(200 * KIB, 'first') });
    const { call, errors } = await merge(id, { first: null, ...ofBytes(200 * KIB, 'second') });
    expect(errors).toEqual([]);
    expect(Object.keys(call.metadata)).toEqual(['second']);
  });

  it('are a bound to the byte, in one patch', async () => {
    const { id } = await givenCall(client);
    const over = await merge(id, ofBytes(MOST + 1));
    expect(codesOf(over)).toEqual([TOO_MUCH]);
    expect(await readCall(client, id)).toMatchObject({ revision: 1, metadata: {} });
    const { errors } = await merge(id, ofBytes(MOST));
    expect(errors).toEqual([]);
  });

  it('are a bound to the byte, after merging', async () => {
    const kept = { kept: [1, 2, { a: 'b' }] };
    const { id } = await givenCall(client, { metadata: kept });
    const room = MOST - JSON.stringify(kept).length + 1;
    expect(codesOf(await merge(id, ofBytes(room + 1)))).toEqual([TOO_MUCH]);
    expect((await merge(id, ofBytes(room))).errors).toEqual([]);
    expect(JSON.stringify((await readCall(client, id)).metadata)).toHaveLength(MOST);
  });

  it('are bytes rather than characters', async () => {
    const { id } = await givenCall(client);
    expect(codesOf(await merge(id, { text: 'é'.repeat(MOST / 2) }))).toEqual([TOO_MUCH]);
    expect((await merge(id, { text: 'é'.repeat(MOST / 2 - 10) })).errors).toEqual([]);
  });

  it('hold a long list of small numbers that a client writes in less', async () => {
    const list = new Array(100_000).fill(7);
    expect(JSON.stringify({ list }).length).toBeLessThan(MOST);
    const { id } = await givenCall(client);
    expect((await merge(id, { list })).errors).toEqual([]);
    expect((await merge(id, { small: 1 })).errors).toEqual([]);
  });

  it('hold numbers whose digits Postgres writes out, by what a client writes', async () => {
    const { id } = await givenCall(client);
    expect((await merge(id, { list: new Array(5000).fill(1e-300) })).errors).toEqual([]);
    expect((await merge(id, { small: 1e-300 })).errors).toEqual([]);
  });

  it('bound an upsert as well: none is created, and none is changed', async () => {
    const other = await gateway.client();
    const references = [{ system: 'OTHER', name: 'test', value: randomUUID() }];
    const refused = await upsertCall(other, { references, metadata: ofBytes(MOST + 1) });
    expect(refused).toMatchObject({ call: null, created: false });
    expect(codesOf(refused)).toEqual([{ code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] }]);
    expect(await readCalls(other)).toEqual([]);

    await upsertCall(other, { references, metadata: ofBytes(200 * KIB, 'first') });
    const before = await readCalls(other);
    const second = await upsertCall(other, {
      references,
      duration: 9,
      metadata: ofBytes(200 * KIB, 'second'),
    });
    expect(codesOf(second)).toEqual([{ code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] }]);
    expect(await readCalls(other)).toEqual(before);
  });
});

describe('32 levels', () => {
  it('are allowed, and kept', async () => {
    const { id } = await givenCall(client);
    const { call, errors } = await merge(id, ofLevels(32));
    expect(errors).toEqual([]);
    expect(call.metadata).toEqual(ofLevels(32));
  });

  it.each([33, 34, 200])('are exceeded by %i, and nothing is written', async (levels) => {
    const { id } = await givenCall(client);
    const payload = await merge(id, ofLevels(levels));
    expect(payload.call).toBeNull();
    expect(codesOf(payload)).toEqual([TOO_MUCH]);
    expect(await readCall(client, id)).toMatchObject({
      revision: 1,
      metadata: {},
      history: { totalCount: 1 },
    });
  });

  it('count lists as well as objects', async () => {
    const { id } = await givenCall(client);
    const inLists = (levels: number): unknown => (levels === 0 ? 1 : [inLists(levels - 1)]);
    expect(codesOf(await merge(id, { a: inLists(32) }))).toEqual([TOO_MUCH]);
    expect((await merge(id, { a: inLists(31) })).errors).toEqual([]);
  });

  it('are never exceeded by merging what has no more', async () => {
    const { id } = await givenCall(client, { metadata: ofLevels(32) });
    const { call, errors } = await merge(id, { a: { b: ofLevels(30) } });
    expect(errors).toEqual([]);
    expect(call.metadata.a).toMatchObject({ b: ofLevels(30) });
  });
});

describe('other limits', () => {
  it('hold when they are configured', async () => {
    const strict = await openTestGateway({ metadataMaxBytes: 100, metadataMaxDepth: 2 });
    try {
      const user = await strict.client();
      const { id } = await givenCall(user, { metadata: { a: 'x'.repeat(60) } });
      const tries = [{ b: { c: {} } }, { b: 'x'.repeat(60) }];
      for (const metadata of tries) {
        expect(codesOf(await mergeCallMetadata(user, { call: { id }, metadata }))).toEqual([TOO_MUCH]);
      }
      expect((await readCall(user, id)).revision).toBe(1);
    } finally {
      await strict.close();
    }
  });
});
