import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { creovai } from '../../../src/vendors/creovai/creovai.js';
import {
  type VendorAnswer,
  type VendorClient,
  VendorUnreachable,
} from '../../../src/vendors/request/vendor-client.js';
import type { ConnectedAccount, OutgoingEvent } from '../../../src/vendors/vendor.js';
import { REQUEST } from '../creovai-document.js';
import { account, delivery, refusal, scripted } from '../scripted-client.js';

/** Tokens are kept by account. */
let accounts = 0;
let creovaiAccount: ConnectedAccount;
beforeEach(() => {
  accounts += 1;
  creovaiAccount = account({
    id: `account-${accounts}`,
    secrets: { clientId: 'client', clientSecret: 'the secret & more' },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const EVENT: OutgoingEvent = {
  eventTime: new Date('2018-10-15T09:00:00Z'),
  metadata: REQUEST.Metadata,
  sessionId: REQUEST.SessionId,
  group: null,
};
const event = (change: Partial<OutgoingEvent> = {}) =>
  delivery({ kind: 'EVENT', event: { ...EVENT, ...change } });
const token = (access_token: string, expires_in: unknown = 1799) => ({
  body: { access_token, token_type: 'bearer', expires_in },
});
const DONE = { body: undefined };

/** A Creovai that refuses tokens on demand, and answers in a later turn. */
function creovaiServer() {
  const revoked = new Set<string>();
  const seen: string[] = [];
  let tokens = 0;
  const client: VendorClient = {
    async send({ path, headers }): Promise<VendorAnswer> {
      await new Promise((resolve) => setImmediate(resolve));
      const answer = { status: 200, headers: {}, requestId: null };
      if (path === '/Token') {
        tokens += 1;
        return { ...answer, ...token(`token-${tokens}`) };
      }
      const used = String(headers?.authorization).replace('Bearer ', '');
      seen.push(used);
      if (revoked.has(used)) throw refusal(401);
      return { ...answer, body: undefined };
    },
  };
  return { client, seen, revoke: (name: string) => revoked.add(name), tokens: () => tokens };
}

describe('an event', () => {
  it("is the document's request", async () => {
    const client = scripted(token('t-1'), DONE);

    expect(await creovai.deliver(event(), creovaiAccount, client)).toEqual({
      state: 'DELIVERED',
      requestId: 'request-2',
    });
    expect(client.requests).toEqual([
      {
        method: 'POST',
        path: '/Token',
        form: {
          grant_type: 'client_credentials',
          client_id: 'client',
          client_secret: 'the secret & more',
        },
      },
      {
        method: 'POST',
        path: '/callevent/v1/outofband/event',
        json: { ...REQUEST, EventTime: '2018-10-15T09:00:00.000Z' },
      },
    ]);
    expect(client.headers).toEqual([{}, { authorization: 'Bearer t-1' }]);
  });

  it("goes to the call's session if it names none", async () => {
    const client = scripted(token('t'), DONE);
    const references = [{ system: 'CREOVAI' as const, name: 'sessionId', value: 's-1' }];

    await creovai.deliver({ ...event({ sessionId: null }), references }, creovaiAccount, client);

    expect(client.requests[1]?.json).toMatchObject({ SessionId: 's-1' });
  });

  it('waits for a session, unless Creovai matches without', async () => {
    expect(await creovai.deliver(event({ sessionId: null }), creovaiAccount, scripted())).toMatchObject({
      state: 'INCOMPLETE',
    });

    const client = scripted(token('t'), DONE);
    const matching = { ...creovaiAccount, settings: { matchesWithoutSession: true } };
    expect(await creovai.deliver(event({ sessionId: null }), matching, client)).toMatchObject({
      state: 'DELIVERED',
    });
    expect(client.requests[1]?.json).toEqual({
      EventTime: '2018-10-15T09:00:00.000Z',
      Metadata: REQUEST.Metadata,
    });
  });

  it.each([
    ['master', '/callevent/v1/outofband/mastercall', 'masterCallId'],
    ['case', '/callevent/v1/outofband/case', 'caseReferenceId'],
    ['collection', '/capture/v2/outofband/collection', 'collectionId'],
  ])('for a group of kind %s has a path of its own', async (kind, path, member) => {
    const client = scripted(token('t'), DONE);

    await creovai.deliver(event({ sessionId: null, group: { kind, key: 'g-1' } }), creovaiAccount, client);

    const json = { [member]: 'g-1', eventTime: '2018-10-15T09:00:00.000Z', metadata: REQUEST.Metadata };
    expect(client.requests[1]).toEqual({ method: 'POST', path, json });
  });

  it.each(['campaign', 'constructor'])('for a group of kind %s is not sent', async (kind) => {
    const sent = event({ sessionId: null, group: { kind, key: 'g-1' } });
    expect(await creovai.deliver(sent, creovaiAccount, scripted())).toMatchObject({ state: 'DISCARDED' });
  });
});

describe('the token', () => {
  it('is fetched once for a hundred parallel events', async () => {
    const server = creovaiServer();

    const sent = Array.from({ length: 100 }, () => creovai.deliver(event(), creovaiAccount, server.client));
    await Promise.all(sent);

    expect(server.tokens()).toBe(1);
    expect(server.seen).toEqual(Array(100).fill('token-1'));
  });

  it('is fetched once more if it is refused, for all together', async () => {
    const server = creovaiServer();
    server.revoke('token-1');

    const sent = Array.from({ length: 20 }, () => creovai.deliver(event(), creovaiAccount, server.client));
    await Promise.all(sent);

    expect(server.tokens()).toBe(2);
  });

  it('is given up if the new one is refused too', async () => {
    const server = creovaiServer();
    server.revoke('token-1');
    server.revoke('token-2');

    await expect(creovai.deliver(event(), creovaiAccount, server.client)).rejects.toMatchObject({
      status: 401,
    });
    expect(server.tokens()).toBe(2);
  });

  it('is renewed 45 seconds before its end, and not earlier', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = creovaiServer();
    await creovai.deliver(event(), creovaiAccount, server.client);
    vi.setSystemTime(Date.now() + (1799 - 46) * 1_000);
    await creovai.deliver(event(), creovaiAccount, server.client);
    expect(server.seen).toEqual(['token-1', 'token-1']);

    vi.setSystemTime(Date.now() + 1_000);
    await Promise.all([1, 2, 3].map(() => creovai.deliver(event(), creovaiAccount, server.client)));

    expect(server.seen.slice(2)).toEqual(Array(3).fill('token-2'));
  });

  it('belongs to one account and one version of its secrets', async () => {
    const server = creovaiServer();
    const others = [
      creovaiAccount,
      { ...creovaiAccount, secretsVersion: '2' },
      { ...creovaiAccount, organizationId: 'another' },
      { ...creovaiAccount, baseUrl: 'https://another.example' },
    ];
    for (const each of others) await creovai.deliver(event(), each, server.client);
    expect(server.seen).toEqual(['token-1', 'token-2', 'token-3', 'token-4']);
  });

  it.each(['bearer', 'Bearer', 'BEARER'])('may be of type %s', async (token_type) => {
    const client = scripted({ body: { access_token: 't', token_type } }, DONE);
    expect(await creovai.deliver(event(), creovaiAccount, client)).toMatchObject({ state: 'DELIVERED' });
  });

  it.each([{ access_token: 't', token_type: 'mac' }, { token_type: 'bearer' }, undefined])(
    'is none if the answer is %o, and is asked for again then',
    async (body) => {
      const client = scripted({ body }, token('t'), DONE);
      await expect(creovai.deliver(event(), creovaiAccount, client)).rejects.toBeInstanceOf(
        VendorUnreachable,
      );
      expect(await creovai.deliver(event(), creovaiAccount, client)).toMatchObject({ state: 'DELIVERED' });
    },
  );

  it.each([
    [400, 401],
    [401, 401],
    [403, 401],
    [404, 401],
    [429, 429],
    [500, 500],
  ])('refused with %i is a %i of the account', async (status, shown) => {
    const client = scripted({ status, text: 'invalid_client' });
    await expect(creovai.deliver(event(), creovaiAccount, client)).rejects.toMatchObject({
      status: shown,
      text: expect.stringContaining('invalid_client'),
    });
  });

  it('is what the test asks for', async () => {
    const client = scripted(token('t'));
    expect(await creovai.test(creovaiAccount, client)).toBe('Creovai gives a token, good for 29 minutes.');
    expect(client.requests).toMatchObject([{ path: '/Token' }]);
  });
});
