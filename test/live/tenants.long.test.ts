import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordCallEvent } from '../events/events.js';
import { SUBSCRIPTION_ASKINGS } from '../identity/allowed.js';
import { comparable } from '../identity/comparable.js';
import { namesBeside } from '../identity/names-beside.js';
import { fresh, makeWorld, type Names } from '../identity/world.js';
import { givenDelivery, givenSender } from '../support/deliveries.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { followOver, TRANSPORTS } from './followers.js';

const OWN = { system: 'OTHER', name: 'case', value: 'own' };

/** What each subscriber sees of its own organization. */
const SEEN: Record<string, object> = {
  callUpdates: { transition: 'ENTERED', removedCallId: null, change: { kind: 'REGISTERED' } },
  callEventsChanged: { match: 'MATCHED', metadata: { own: 'event' } },
  deliveriesChanged: { kind: 'METADATA', account: { name: 'own' } },
};

const recordOwnEvent = (client: Client, key: string) =>
  recordCallEvent(client, {
    target: { group: { kind: 'case', key } },
    eventTime: '2026-11-28T10:00:00Z',
    metadata: { own: 'event' },
  });

let gateway: TestGateway;
let owner: Client;
let theirs: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  theirs = await makeWorld(owner, gateway.database);
});
afterAll(() => gateway.close());

describe.each(TRANSPORTS)('over %s, names of another organization are as those of nothing', (transport) => {
  it.each(SUBSCRIPTION_ASKINGS)('for $field by $by', async ({ field, by, document, variables }) => {
    const twins = await Promise.all(
      [theirs, namesBeside(theirs)].map(async (names) => {
        const client = await gateway.client();
        const follower = followOver(
          transport,
          { url: gateway.url, token: client.token },
          document,
          variables(names),
        );
        return { client, follower, names };
      }),
    );
    const refused = await Promise.race([
      Promise.all(twins.map(({ follower }) => follower.ended())).then(() => true),
      gateway.subscribers(2).then(() => false),
    ]);
    const { call } = await mergeCallMetadata(owner, {
      call: { id: theirs.call },
      metadata: { secret: fresh('a') },
    });
    expect(call.id).toBe(theirs.call);
    await givenDelivery(gateway.database, theirs.vendorAccount, theirs.call);
    for (const { client, follower, names } of twins) {
      const groups = [{ kind: 'case', key: names.groupKey }];
      const own = await givenCall(client, { references: [OWN], groups });
      const account = await givenSender(gateway.database, client, { name: 'own', kinds: [] });
      await givenDelivery(gateway.database, account, own.id);
      if (field === 'callEventsChanged') await recordOwnEvent(client, names.groupKey);
      if (!refused) await follower.until(1);
    }
    const results = twins.map(({ follower: { answers, errors, over }, names }) =>
      comparable({ answers, errors, over: typeof over === 'object' ? 'refused' : (over ?? null) }, names),
    );
    expect(results[0]).toEqual(results[1]);
    expect(JSON.stringify(results)).not.toContain('secret');
    const code = by === 'a cursor' ? 'BAD_USER_INPUT' : 'NOT_FOUND';
    if (refused) expect(twins[0]?.follower.errors).toMatchObject([{ extensions: { code } }]);
    else
      expect(twins[0]?.follower.changes).toMatchObject([SEEN[field] ?? { kind: 'REGISTERED', revision: 1 }]);
    for (const { follower } of twins) follower.stop();
    await gateway.subscribers(0);
  });
});
