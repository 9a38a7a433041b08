import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upsertCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { type Follower, followOver, settled, TRANSPORTS } from './followers.js';

let gateway: TestGateway;
let keys: Client[];
beforeAll(async () => {
  gateway = await openTestGateway();
  keys = [await gateway.client({ organization: 'acme' }), await gateway.client({ organization: 'acme' })];
});
afterAll(() => gateway.close());

const DOCUMENT = `subscription ($f: CallFilter = { status: [COMPLETED] }) {
  callsChanged(filter: $f) { cursor kind call { status } } }`;

/** Variables that JSON writes alike, or nearly, and the statuses of the calls that each is about. */
const NEAR_EQUAL: [Variables, string[]][] = [
  [{}, ['COMPLETED']],
  [{ f: null }, ['RINGING', 'COMPLETED']],
  [{ f: {} }, ['RINGING', 'COMPLETED']],
  [{ f: { status: null } }, ['RINGING', 'COMPLETED']],
  [{ f: { status: 'COMPLETED' } }, ['COMPLETED']],
  [{ f: { status: ['RINGING'] } }, ['RINGING']],
  [{ f: { status: [], from: null } }, []],
];

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('those who ask at once for nearly the same get what each of them asks for', async () => {
    await settled(gateway);
    const followers: [Follower, string[]][] = [];
    // Each order in which they may come: the first one's filter must not become the others'.
    for (const [index, variables] of [...NEAR_EQUAL, ...NEAR_EQUAL.toReversed()].entries()) {
      const { token } = keys[index % keys.length] as Client;
      const follower = followOver(transport, { url: gateway.url, token }, DOCUMENT, variables[0]);
      followers.push([follower, variables[1]]);
    }
    await gateway.subscribers(followers.length);
    const [writer] = keys as [Client];
    for (const status of ['RINGING', 'COMPLETED']) {
      const value = `${transport} ${status}`;
      await upsertCall(writer, { references: [{ system: 'OTHER', name: 'case', value }], status });
    }
    for (const [follower, statuses] of followers) {
      const changes = await follower.until(statuses.length);
      expect(changes.map(({ call }) => (call as unknown as { status: string }).status)).toEqual(statuses);
    }
    expect(followers.flatMap(([{ errors }]) => errors)).toEqual([]);
    for (const [follower] of followers) follower.stop();
  });
});
