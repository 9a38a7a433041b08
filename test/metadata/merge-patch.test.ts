import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall, mergeCallMetadata, readCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { jsonValue, metadataObject } from './arbitraries.js';
import { canonical, isObject, type Json, mergePatch } from './reference.js';
import { APPENDIX_A, DOCUMENT } from './rfc-7396.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

async function inDatabase(original: Json, patch: Json): Promise<Json> {
  const [row] = await gateway.database.db.execute<{ result: string }>(
    sql`select merge_patch(${JSON.stringify(original)}::text::jsonb, ${JSON.stringify(patch)}::text::jsonb)::text as result`,
  );
  return JSON.parse(row?.result ?? 'undefined');
}

/** Metadata is always an object and never contains null. */
const THROUGH_THE_API = [...APPENDIX_A, DOCUMENT].filter(
  ([original, patch]) => isObject(original) && isObject(patch) && !Object.values(original).includes(null),
);

describe('merge_patch', () => {
  it.each([...APPENDIX_A, DOCUMENT])('makes of %j by %j the document %j', async (original, patch, result) => {
    expect(await inDatabase(original, patch)).toEqual(result);
  });

  it('takes an absent target for an empty object', async () => {
    const [row] = await gateway.database.db.execute<{ result: string }>(
      sql`select merge_patch(null, '{"a": {"b": 1, "c": null}, "d": null}')::text as result`,
    );
    expect(JSON.parse(row?.result ?? 'undefined')).toEqual({ a: { b: 1 } });
  });

  it('agrees with the pseudocode of section 2 on any two values', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(metadataObject, jsonValue),
        fc.oneof(metadataObject, jsonValue),
        async (original, patch) => {
          expect(canonical(await inDatabase(original, patch))).toBe(canonical(mergePatch(original, patch)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('mergeCallMetadata', () => {
  it('has all cases of appendix A that have an object on both sides', () => {
    expect(THROUGH_THE_API).toHaveLength(10);
  });

  it.each(THROUGH_THE_API)('makes of %j by %j the metadata %j', async (original, patch, result) => {
    const { id } = await givenCall(client, { metadata: original });
    const { call, errors } = await mergeCallMetadata(client, {
      call: { id },
      metadata: { ...Object(patch) },
    });
    expect(errors).toEqual([]);
    expect(call).toMatchObject({ id, revision: 2 });
    expect(call.metadata).toEqual(result);
    expect((await readCall(client, id)).metadata).toEqual(result);
  });

  it.each(APPENDIX_A.filter(([original]) => isObject(original)))(
    'comes to the same, one level down, for %j by %j',
    async (original, patch, result) => {
      const { id } = await givenCall(client, { metadata: { kept: [null], part: original } });
      const { call } = await mergeCallMetadata(client, { call: { id }, metadata: { part: patch } });
      // No stored object contains null, neither the original nor the result.
      const { e: _removed, ...part } = isObject(result) ? result : { e: null };
      const whole = isObject(result) ? part : result;
      expect(call.metadata).toEqual(result === null ? { kept: [null] } : { kept: [null], part: whole });
    },
  );
});
