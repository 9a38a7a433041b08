import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { followOver, TRANSPORTS } from './followers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a subscriber receives every change of its organization in order, with the call as it is now', async () => {
    const client = await gateway.client();
    const follower = followOver(transport, { url: gateway.url, token: client.token });
    await gateway.subscribers(1);
    const call = await givenCall(client, { status: 'RINGING' });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 1 } });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 2 } });
    const changes = await follower.until(3);
    expect(changes.map(({ kind, revision, matches }) => ({ kind, revision, matches }))).toEqual([
      { kind: 'REGISTERED', revision: 1, matches: true },
      { kind: 'METADATA_MERGED', revision: 2, matches: true },
      { kind: 'METADATA_MERGED', revision: 3, matches: true },
    ]);
    expect(changes.at(-1).call).toMatchObject({
      id: call.id,
      status: 'RINGING',
      metadata: { a: 2 },
      revision: 3,
    });
  });
});
