import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer, inSeconds, newSigningKey } from '../support/issuer.js';
import { CALLS_CHANGED, followOver, TRANSPORTS } from './followers.js';

let issuer: Issuer;
let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  issuer = await Issuer.open();
  gateway = await openTestGateway({ jwt: issuer.config({ JWT_CLOCK_SKEW: '60' }), liveMaxConnections: 3 });
  client = await gateway.client({ organization: 'acme' });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

// Connections of the previous test may still be closing, and would be counted.
beforeEach(() => gateway.subscribers(0));

const at = (token: string) => ({ url: gateway.url, token });
const OVER = { ws: expect.objectContaining({ code: 4403 }), sse: 'complete' };
/** A second, and what a busy machine may add. */
const SOON = 2_000;

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a person receives the changes of the organization', async () => {
    const follower = followOver(transport, at(await issuer.token({ scope: 'CALLS_READ' })));
    await gateway.subscribers(1);
    const call = await givenCall(client);
    expect(await follower.until(1)).toMatchObject([{ call: { id: call.id } }]);
  });

  it('subscriptions end within a second of their token, and those of another token go on', async () => {
    const ends = inSeconds(3);
    const short = followOver(transport, at(await issuer.token({ exp: ends })));
    const long = followOver(transport, at(await issuer.token()));
    const key = followOver(transport, at(client.token));
    await gateway.subscribers(3);
    const reason = await short.ended();
    const late = Date.now() - ends * 1000;
    expect(reason).toEqual(OVER[transport]);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(SOON);
    if (transport === 'sse')
      expect(short.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    await givenCall(client);
    expect(await long.until(1)).toHaveLength(1);
    expect(await key.until(1)).toHaveLength(1);
    expect(short.changes).toEqual([]);
  });

  it('the end comes on time while the database is slow', async () => {
    const ends = inSeconds(3);
    const short = followOver(transport, at(await issuer.token({ exp: ends })));
    const key = followOver(transport, at(client.token));
    await gateway.subscribers(2);
    await gateway.database.transaction(async (tx) => {
      await tx.execute('lock table api_keys in access exclusive mode');
      await short.ended();
      expect(Date.now() - ends * 1000).toBeLessThan(SOON);
    });
    await givenCall(client);
    expect(await key.until(1)).toHaveLength(1);
  });

  it.each([
    ['is another issuer’s', async () => issuer.token({ iss: 'https://another.example' })],
    ['is signed by another', async () => issuer.token({}, await newSigningKey())],
    ['has expired', () => issuer.token({ exp: inSeconds(-61) })],
    ['is of no organization', () => issuer.token({ organization: 'nobody' })],
  ])('a token that %s subscribes to nothing', async (_, made) => {
    const follower = followOver(transport, at(await made()));
    await follower.ended();
    expect(follower.changes).toEqual([]);
    if (transport === 'ws') expect(follower.over).toMatchObject({ code: 4403 });
    else expect(follower.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  });

  it('a token without scopes subscribes to nothing', async () => {
    const follower = followOver(transport, at(await issuer.token({ scope: 'openid' })));
    await follower.ended();
    expect(follower.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  it('a person has as many connections as a key, with any number of tokens, and so has another person', async () => {
    const subject = `crowd-${transport}`;
    const crowd = await Promise.all(
      [1, 2, 3].map(async (index) =>
        followOver(transport, at(await issuer.token({ sub: subject, exp: inSeconds(600 + index) }))),
      ),
    );
    await gateway.subscribers(3);
    const fourth = followOver(transport, at(await issuer.token({ sub: subject })));
    await fourth.ended();
    const other = followOver(transport, at(await issuer.token({ sub: `${subject}-2` })), CALLS_CHANGED);
    await gateway.subscribers(4);
    for (const each of [...crowd, other]) expect(each.over).toBeUndefined();
  });
});

it('people need no database queries, and leave nothing when they disconnect', async () => {
  const keys = new ApiKeyService(gateway.database);
  expect(await keys.list('acme')).toHaveLength(1);
  const follower = followOver('ws', at(await issuer.token()));
  await gateway.subscribers(1);
  follower.stop();
  await expect.poll(() => gateway.counts(), { timeout: 10_000 }).toMatchObject({ keys: 0, subscriptions: 0 });
  expect(gateway.log.filter((line) => line.includes('keys could not be checked'))).toEqual([]);
});
